"""The tests of AES and of what is made with it once more, as on processors that can do less than this one."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from server_node.kernels.vector import detect

ROOT = Path(__file__).resolve().parents[3]
TESTED = [
    "tests/unit/server_kernels/test_aes.py",
    "tests/unit/server_kernels/test_streams.py",
    "tests/unit/server_kernels/test_transpose.py",
    "tests/unit/server_offline/test_rows.py",
    "tests/unit/server_offline_ot/test_hashing.py",
]
FEATURES = "+64bit,+cx16,+popcnt,+cmov,+fxsr,+sse,+sse2,+sse3,+ssse3,+sse4.1,+sse4.2"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(platform.machine() != "x86_64", reason="for processors of this kind")
@pytest.mark.parametrize("aes", [True, False])
def test_kernels_are_exact_on_a_processor_without_wide_vectors(aes: bool, tmp_path: Path) -> None:
    if aes and not detect.has_aes():
        pytest.skip("the processor has no AES instructions")
    told = {
        "NUMBA_CPU_NAME": "nehalem",
        "NUMBA_CPU_FEATURES": f"{FEATURES},{'+' if aes else '-'}aes",
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTED]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert ("skipped" in done.stdout) == (not aes)
