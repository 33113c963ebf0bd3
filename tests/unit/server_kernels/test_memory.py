"""The allocator of a computing process."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from server_node.kernels.memory import keep_memory

SCRIPT = """
import resource, torch
from server_node.kernels.memory import keep_memory
assert keep_memory()
x = torch.zeros(1 << 20, dtype=torch.int64)
for _ in range(3):
    x + 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    x + 1
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator of glibc")
def test_memory_of_freed_tensors_is_used_again() -> None:
    """Twenty results of 8 MiB touch far fewer fresh pages than they have."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) < 20 * 2048 // 2


def test_memory_without_glibc_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    monkeypatch.setitem(os.environ, "THP_MEM_ALLOC_ENABLE", "0")
    assert keep_memory() is False
    assert os.environ["THP_MEM_ALLOC_ENABLE"] == "0"
