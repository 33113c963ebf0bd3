"""Finds the exporter of a format; a library that is not installed is a named error, not a broken program."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from common.errors import LibraryMissing, UsageError
from desktop_client.reveal.network import Network

Exporter = Callable[[Path, Network], None]
ONNX, TORCH = "onnx", "torch"
# Format: its module in this package, the function, and the libraries it needs besides numpy.
_FORMATS: Final = {
    ONNX: ("onnx_file", "export_onnx", ("onnx", "onnxruntime")),
    TORCH: ("torch_file", "export_torch", ("torch",)),
}


def find_exporter(kind: str) -> Exporter:
    """The function that writes a network in this format: ``onnx`` or ``torch``.

    Raises:
        UsageError: there is no such format.
        LibraryMissing: a library that it needs is not installed.
    """
    if kind not in _FORMATS:
        raise UsageError(f"A model is exported as one of {', '.join(_FORMATS)}.")
    module, function, _ = _FORMATS[kind]
    with named_library():
        found: Any = importlib.import_module(f"{__package__}.{module}")
    return cast(Exporter, getattr(found, function))


def missing_libraries(kind: str) -> tuple[str, ...]:
    """The libraries of a format that are not installed; nothing is loaded to find out.

    Raises:
        UsageError: there is no such format.
    """
    if kind not in _FORMATS:
        raise UsageError(f"A model is exported as one of {', '.join(_FORMATS)}.")
    return tuple(name for name in _FORMATS[kind][2] if not _is_installed(name))


@contextmanager
def named_library() -> Iterator[None]:
    """Raises:
    LibraryMissing: an import inside failed.
    """
    try:
        yield
    except ImportError as error:
        name = (error.name or "").partition(".")[0]
        raise LibraryMissing(f"This needs the library {name or 'of another program'}.", library=name) from error


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
