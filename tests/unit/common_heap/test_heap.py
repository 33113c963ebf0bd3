"""Freed memory is used again where the C library can do that."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from common.heap import keep_freed

SCRIPT = """
import resource, sys
from common.heap import keep_freed
if sys.argv[1] == "keep":
    assert keep_freed(64 << 20)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
block = bytearray(b"x") * (4 << 20)
before = faults()
for _ in range(8):
    block = None
    block = b""
before = faults()
for size in range(4, 13):
    block = None
    # Each is larger than all before, so that the library does not learn by itself.
    block = bytearray(b"x") * (size << 20)
print(faults() - before)
"""


@pytest.mark.skipif(not os.confstr("CS_GNU_LIBC_VERSION"), reason="only glibc can be told")
def test_large_blocks_come_from_memory_that_was_freed() -> None:
    faults = {
        mode: int(subprocess.run([sys.executable, "-c", SCRIPT, mode], capture_output=True, check=True).stdout)
        for mode in ("plain", "keep")
    }
    assert faults["plain"] > 15_000 and faults["keep"] < 6000


def test_without_such_a_library_everything_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert keep_freed(1) is False
