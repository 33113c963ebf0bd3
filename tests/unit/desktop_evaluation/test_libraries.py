"""Formats whose library is not installed are refused by name; nothing else needs these libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from common.errors import LibraryMissing, UsageError
from desktop_client.reveal.exports.libraries import find_exporter, missing_libraries, named_library

WITHOUT = """
import sys
sys.modules["torch"] = sys.modules["onnx"] = sys.modules["onnxruntime"] = None
import desktop_client.reveal.evaluate, desktop_client.reveal.fetch, desktop_client.reveal.metrics
from common.errors import LibraryMissing
from desktop_client.reveal.exports.libraries import find_exporter, missing_libraries
for kind, name in (("onnx", "onnx"), ("torch", "torch")):
    try:
        find_exporter(kind)
    except LibraryMissing as error:
        assert error.details == {"library": name}, error.details
    else:
        raise SystemExit(f"{kind} was found")
print(missing_libraries("onnx"), missing_libraries("torch"))
"""


def test_exporters_are_found() -> None:
    assert (find_exporter("onnx").__name__, find_exporter("torch").__name__) == ("export_onnx", "export_torch")
    assert (missing_libraries("onnx"), missing_libraries("torch")) == ((), ())


def test_unknown_format_is_refused() -> None:
    for ask in (find_exporter, missing_libraries):
        with pytest.raises(UsageError, match="onnx, torch"):
            ask("pickle")


def test_missing_libraries_are_named_and_nothing_else_needs_them() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "('onnx', 'onnxruntime') ('torch',)\n"), done.stderr


def test_library_that_breaks_while_it_loads_is_named_too() -> None:
    with pytest.raises(LibraryMissing) as found, named_library():
        raise ImportError("DLL load failed", name="onnx.onnx_cpp2py_export")
    assert found.value.details == {"library": "onnx"}
