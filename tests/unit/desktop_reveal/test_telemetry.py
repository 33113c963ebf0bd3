"""Exporting a model tells nobody about it: the library that checks the export is kept from reporting to its makers."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from tests.contract.repository import PACKAGES, ROOT, name_of, python_files, syntax_tree

ONLY_PLACE = "desktop_client/reveal/exports/onnx_file.py"
PROGRAM = """
import os, sys
sys.modules["onnxruntime"] = None  # an import before onnx_session() would fail
from pathlib import Path
from desktop_client.reveal.exports.onnx_file import export_onnx
from desktop_client.reveal.network import build_network
from tests.unit.desktop_reveal.models import architecture, random_model
del sys.modules["onnxruntime"]
assert "ORT_DISABLE_TELEMETRY" not in os.environ
export_onnx(Path(sys.argv[1]), build_network(random_model(architecture("filter-bank", "mlp", "unit", 1))))
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1" and "onnxruntime" in sys.modules
"""


def test_export_leaves_no_trace_of_a_report(tmp_path: Path) -> None:
    """A session file in the folder for temporary files is what the uploader leaves first."""
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    environment = {**kept, "HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "model.onnx")]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, timeout=100)
    assert (tmp_path / "model.onnx").stat().st_size > 1000
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "model.onnx"]


def test_library_is_imported_in_one_place_behind_the_variable() -> None:
    found = {}
    for path in python_files(*PACKAGES, "tests"):
        for node in ast.walk(syntax_tree(path)):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if any(module.partition(".")[0] == "onnxruntime" for module in modules):
                found[name_of(path)] = node.lineno
    assert list(found) == [ONLY_PLACE]
    lines = (ROOT / ONLY_PLACE).read_text(encoding="utf-8").splitlines()
    assert lines[found[ONLY_PLACE] - 2].strip() == 'os.environ["ORT_DISABLE_TELEMETRY"] = "1"'
