"""Matrix products over the ring of integers modulo 2^64."""

from __future__ import annotations

import torch


def ring_matmul(
    a: torch.Tensor, b: torch.Tensor, out: torch.Tensor | None = None, accumulate: bool = False
) -> torch.Tensor:
    """The exact product ``a @ b`` modulo 2^64.

    ``a`` [m, k] and ``b`` [k, n] are int64 with any strides, ``out`` [m, n] int64 is overwritten, or added to when
    ``accumulate``. Returns ``out``, or a new contiguous tensor. Meta tensors answer with the shape alone.
    Raises ``ValueError`` for shapes or types that do not fit.
    """
    _check(a, b, out)
    if out is None:
        return torch.matmul(a, b)
    if accumulate:
        return out.add_(torch.matmul(a, b))
    return torch.matmul(a, b, out=out)


def _check(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor | None) -> None:
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"shapes {tuple(a.shape)} and {tuple(b.shape)} have no matrix product")
    if out is not None and out.shape != (a.shape[0], b.shape[1]):
        raise ValueError(f"a product of shape {(a.shape[0], b.shape[1])} does not fit {tuple(out.shape)}")
    for tensor in (a, b) if out is None else (a, b, out):
        if tensor.dtype != torch.int64 or tensor.device != a.device:
            raise ValueError("ring products are of int64 tensors on one device")
