"""What the processor that compiled code is made for can do; what numba is told to leave out counts as missing."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numba
from llvmlite import binding


def has(*features: str) -> bool:
    """Whether compiled code may use all of these, named as LLVM names them."""
    told = cast(Any, numba.config).CPU_FEATURES
    if told is None:
        return all(_host().get(feature, False) for feature in features)
    return {f"+{feature}" for feature in features} <= set(str(told).split(","))


@cache
def _host() -> Any:
    """Asking takes a while."""
    return binding.get_host_cpu_features()


def has_aes() -> bool:
    """Whether one instruction makes an AES round of a block."""
    return has("aes", "sse2")


def has_vector_aes() -> bool:
    """Whether one instruction makes an AES round of four blocks."""
    return has("aes", "vaes", "avx512f")
