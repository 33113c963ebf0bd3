"""The import rules of ``pyproject.toml`` hold, and they would notice if they did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.contract.repository import PACKAGES, ROOT

LINTER = Path(sys.executable).parent / "lint-imports"

# One violation of each rule; ``stranger`` is a module that no contract names.
VIOLATIONS = {
    "desktop_client/settings.py": "import desktop_client.keystore\nimport server_node.settings\n",
    "desktop_client/keystore.py": "",
    "desktop_client/upload/__init__.py": "",
    "desktop_client/reveal/__init__.py": "",
    "desktop_client/offline_plugin/__init__.py": "",
    "desktop_client/offline_plugin/images.py": "import common.config\n",
    "server_node/settings.py": "import server_node.train\n",
    "server_node/train/__init__.py": "import PySide6\n",
    "server_node/kernels/__init__.py": "",
    "server_node/kernels/matmul.py": "",
    "server_node/kernels/compiled.py": "import server_node.kernels.matmul\n",
    "log_node/ledger/__init__.py": "import aiohttp\n",
    "log_node/stranger.py": "",
    "common/net/__init__.py": "",
    "common/config.py": "import socket\n",
    "common/errors/__init__.py": "import common.config\n",
}
BROKEN = ("R1:", "R2:", "R3:", "R4:", "R5:", "R6:", "R7:", "Log node:", "Kernels:")


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1"}
    command = [str(LINTER), "--no-cache", "--config", str(folder / "pyproject.toml")]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def test_imports_of_the_project_keep_every_contract() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_imports_with_one_violation_of_each_rule_break_each_contract(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    for name, text in VIOLATIONS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = _lint(tmp_path)
    assert result.returncode != 0
    verdicts = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    missed = [rule for rule in BROKEN if not any(line.startswith(rule) for line in verdicts)]
    assert not missed, result.stdout
