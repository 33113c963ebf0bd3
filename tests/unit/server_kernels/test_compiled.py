"""What must be compiled is announced; what is on disk is loaded in silence."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from server_node.kernels import compiled

SOURCE = """
import numpy as np
from server_node.kernels.compiled import compiled, compiled_parallel, sample
import numba

@compiled
def doubled(values):
    for i in range(values.shape[0]):
        values[i] *= 2

@compiled_parallel
def total(values):
    result = 0
    for i in numba.prange(values.shape[0]):
        result += values[i]
    return result

def uncalled():
    raise AssertionError("nobody gave a sample of this one")

@sample
def _doubled():
    doubled(np.zeros(1, np.int64))
"""


def fresh(folder: Path) -> ModuleType:
    """The module imported as a new process would: only what is on disk is shared with earlier imports."""
    path = folder / "loops.py"
    path.write_text(SOURCE)
    specification = importlib.util.spec_from_file_location("loops", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def no_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_samples", [])


@pytest.mark.usefixtures("no_samples")
def test_warm_up_names_what_it_compiles_and_nothing_that_is_on_disk(tmp_path: Path) -> None:
    said: list[str] = []
    fresh(tmp_path)
    compiled.warm_up(said.append)
    assert said == ["doubled"]
    again = fresh(tmp_path)
    compiled.warm_up(said.append)
    assert said == ["doubled"]
    values = np.arange(3)
    again.doubled(values)
    assert values.tolist() == [0, 2, 4]


@pytest.mark.usefixtures("no_samples")
def test_announced_hears_of_kernels_without_a_sample_until_it_ends(tmp_path: Path) -> None:
    said: list[str] = []
    module = fresh(tmp_path)
    with compiled.announced(said.append):
        module.doubled(np.arange(3))
    module.doubled(np.arange(3, dtype=np.uint64))
    assert said == ["doubled"]


@pytest.mark.slow
@pytest.mark.usefixtures("no_samples")
def test_parallel_kernels_are_compiled_once_too(tmp_path: Path) -> None:
    said: list[str] = []
    with compiled.announced(said.append):
        assert fresh(tmp_path).total(np.arange(101)) == 5050
        assert fresh(tmp_path).total(np.arange(11)) == 55
    assert said == ["total"]
