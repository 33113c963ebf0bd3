"""Matrix products over the ring of integers modulo 2^64."""

from __future__ import annotations

import threading
from typing import Any, cast

import numba
import numpy as np
import torch

from server_node.kernels import portable, wide
from server_node.kernels.compiled import sample
from server_node.kernels.matmul_cuda import limb_matmul

_LEAST_WORK = 1 << 20
"""Multiplications below which a second thread costs more than it saves."""
_DEEP = 16
"""A product whose depth is so many times its larger side is divided along its depth."""

_ROWS, _COLUMNS = 6, 32
"""What a thread gets is a multiple of a tile."""

_kernels = wide if wide.is_fast() else portable
_one_at_a_time = threading.Lock()


def ring_matmul(
    a: torch.Tensor, b: torch.Tensor, out: torch.Tensor | None = None, accumulate: bool = False
) -> torch.Tensor:
    """The exact product ``a @ b`` modulo 2^64.

    ``a`` [m, k] and ``b`` [k, n] are int64 with any strides, ``out`` [m, n] int64 is overwritten, or added to when
    ``accumulate``; it shares no memory with them. Returns ``out``, or a new contiguous tensor. Runs on as many threads
    as torch is set to use. Meta tensors answer with the shape alone.
    Raises ``ValueError`` for shapes or types that do not fit.
    """
    m, k, n = _shape(a, b, out)
    if a.is_cuda and min(m, k, n) > 0:
        return _store(limb_matmul(a, b), out, accumulate)
    target = torch.empty((m, n), dtype=torch.int64, device=a.device) if out is None else out
    add = accumulate and out is not None
    if a.is_meta or m == 0 or n == 0:
        return target
    if k == 0:
        return target if add else target.zero_()
    if n > 1 and target.stride(1) != 1:
        return _store(ring_matmul(a, b), target, add)
    _multiply(a, b, target, (m, k, n), add)
    return target


def _store(product: torch.Tensor, out: torch.Tensor | None, add: bool) -> torch.Tensor:
    if out is None:
        return product
    return out.add_(product) if add else out.copy_(product)


def _shape(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor | None) -> tuple[int, int, int]:
    """Rows, depth and columns of the product, or ``ValueError``."""
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"shapes {tuple(a.shape)} and {tuple(b.shape)} have no matrix product")
    (m, k), n, device = a.shape, b.shape[1], a.device
    if out is not None and (out.shape != (m, n) or out.dtype != torch.int64 or out.device != device):
        raise ValueError(f"an int64 product of shape {(m, n)} on {device} does not fit {tuple(out.shape)}")
    if a.dtype != torch.int64 or b.dtype != torch.int64 or b.device != device:
        raise ValueError("ring products are of int64 tensors on one device")
    return m, k, n


def _multiply(a: torch.Tensor, b: torch.Tensor, target: torch.Tensor, shape: tuple[int, int, int], add: bool) -> None:
    """target (+)= a @ b on the processor; no side is empty, the target's columns lie side by side."""
    threads = torch.get_num_threads()
    if threads == 1 or shape[0] * shape[1] * shape[2] < _LEAST_WORK:
        _kernels.product(_matrix(a), _matrix(b), (target.data_ptr(), target.stride(0)), shape, int(add))
    else:
        _divide(a, b, target, add, min(threads, cast(Any, numba.config).NUMBA_NUM_THREADS))


def _divide(a: torch.Tensor, b: torch.Tensor, target: torch.Tensor, add: bool, threads: int) -> None:
    """:func:`_multiply` in parts, one for each thread."""
    if a.shape[1] > _DEEP * max(target.shape):
        parts = zip(a.tensor_split(threads, 1), b.tensor_split(threads, 0), strict=True)
        sums = [target, *(torch.empty_like(target) for _ in range(threads - 1))]
        _run([(*part, total, add and total is target) for part, total in zip(parts, sums, strict=True)])
        for total in sums[1:]:
            target += total
    elif a.shape[0] >= b.shape[1]:
        cuts = _cuts(a.shape[0], threads, _ROWS)
        _run([(rows, b, c, add) for rows, c in zip(a.tensor_split(cuts), target.tensor_split(cuts), strict=True)])
    else:
        cuts = _cuts(b.shape[1], threads, _COLUMNS)
        right, targets = b.tensor_split(cuts, 1), target.tensor_split(cuts, 1)
        _run([(a, columns, c, add) for columns, c in zip(right, targets, strict=True)])


def _cuts(size: int, parts: int, unit: int) -> list[int]:
    """Where to cut ``size`` so that all parts but the last are whole tiles and none is empty."""
    step = (size + parts * unit - 1) // (parts * unit) * unit
    return list(range(step, size, step))


def _run(jobs: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor, bool]]) -> None:
    """Every (left, right, target, whether to add) on a thread of its own."""
    rows = [(*_matrix(a), *_matrix(b), *_matrix(c)[:2], *a.shape, b.shape[1], add) for a, b, c, add in jobs]
    # The layer that numba falls back to where it finds no better one must not be entered by two threads at once.
    with _one_at_a_time:
        numba.set_num_threads(len(jobs))
        _kernels.products(np.array(rows, np.int64))


def _matrix(tensor: torch.Tensor) -> tuple[int, int, int]:
    return tensor.data_ptr(), tensor.stride(0), tensor.stride(1)


@sample
def _small_product() -> None:
    ring_matmul(*torch.ones((2, 1, 1), dtype=torch.int64))


@sample
def _divided_product() -> None:
    if torch.get_num_threads() > 1:
        _run([(*torch.ones((3, 1, 1), dtype=torch.int64), False)])
