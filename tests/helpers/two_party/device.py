"""Where the protocol suite computes: the processor, or the device that ``IMAGEGUARD_TEST_DEVICE`` names (``cuda``)."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Final

import torch

DEVICE: Final = torch.device(os.environ.get("IMAGEGUARD_TEST_DEVICE", "cpu"))


def moved(value: Any, device: torch.device) -> Any:
    """Tensors inside tuples, lists, dictionaries and data classes on a device; everything else as it is."""
    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, tuple | list):
        return type(value)(moved(part, device) for part in value)
    if isinstance(value, dict):
        return {name: moved(part, device) for name, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return dataclasses.replace(value, **{f.name: moved(getattr(value, f.name), device) for f in fields if f.init})
    return value


class OnDevice:
    """Correlations of another source, handed out on a device."""

    def __init__(self, correlations: Any, device: torch.device) -> None:
        self._correlations, self._device = correlations, device
        self.by_digits: bool = correlations.by_digits

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self._correlations, name)
        return lambda *arguments: moved(plain(*arguments), self._device)
