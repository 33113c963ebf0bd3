"""Packed bits as the stages above use them."""

from __future__ import annotations

from server_node.kernels.bits import pack, planes, unpack

__all__ = ["pack", "planes", "unpack"]
