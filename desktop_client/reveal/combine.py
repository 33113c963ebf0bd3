"""Two sealed model shares in, the model in the clear out: on the owner's machine and nowhere else (``model-v2``).

A share is a length (u32 LE), a canonical JSON header of that length and the tensors as int64 LE in the header's order.
A model in the clear is written the same way with float64 LE tensors and no party.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.crypto import domains
from common.crypto.sealing import SealingKey
from common.documents import canonical
from common.errors import BadBundle, PeerMismatch
from common.net.files import write_private
from common.ring.fixed_point import decode

MODEL_VERSION: Final = 2
MAX_HEADER: Final = 1 << 20
MAX_TENSORS: Final = 1024
MAX_ELEMENTS: Final = 1 << 27
_MAX_DIMENSIONS: Final = 4
_LENGTH: Final = struct.Struct("<I")
_KEYS: Final = {"version", "job", "project_hash", "architecture", "tensors", "fraction_bits", "epoch"}
_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_PART: Final = re.compile(r"\.[0-9a-f]{16}\.part")

Tensor = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class ModelShare:
    """One party's opened share; it prints as nothing."""

    header: dict[str, Any]
    tensors_share: dict[str, npt.NDArray[np.uint64]]


@dataclass(frozen=True)
class Model:
    """A trained model in the clear: float64 tensors by name and what the header says about them."""

    header: dict[str, Any]
    tensors: dict[str, Tensor]

    @property
    def architecture(self) -> dict[str, Any]:
        return dict(self.header["architecture"])

    @property
    def parameters(self) -> int:
        return sum(tensor.size for tensor in self.tensors.values())


def open_share(key: SealingKey, sealed: bytes) -> ModelShare:
    """Open a sealed share with the recipient's key and parse it.

    Raises:
        BadSeal: sealed for somebody else, or damaged.
        BadBundle: not a ``model-v2`` share.
    """
    header, flat = _parse(key.open(domains.MODEL_SEAL_V1, sealed), _KEYS | {"party"}, np.dtype("<u8"))
    if header["party"] not in ("a", "b"):
        raise BadBundle("The model share names no known party.")
    return ModelShare(header, _cut(header, flat))


def combine(share_a: ModelShare, share_b: ModelShare) -> Model:
    """Add the shares modulo 2^64 and decode the fixed point.

    Raises:
        PeerMismatch: the shares are not the two halves of one model.
    """
    headers = [{k: v for k, v in share.header.items() if k != "party"} for share in (share_a, share_b)]
    parties = (share_a.header["party"], share_b.header["party"])
    if headers[0] != headers[1] or parties != ("a", "b"):
        raise PeerMismatch("The two model shares do not belong together.")
    tensors = {}
    for name, half in share_a.tensors_share.items():
        tensors[name] = decode(half + share_b.tensors_share[name], headers[0]["fraction_bits"])
    return Model(headers[0], tensors)


def write_model(path: Path, model: Model) -> None:
    """Write a model in the clear, mode 0600; parts that a killed fetch left of it are removed."""
    for beside in path.parent.iterdir():
        if beside.name.startswith(path.name) and _PART.fullmatch(beside.name.removeprefix(path.name)):
            beside.unlink(missing_ok=True)
    header = canonical(model.header)
    order = [str(entry["name"]) for entry in model.header["tensors"]]
    parts = [np.ascontiguousarray(model.tensors[name], "<f8").tobytes() for name in order]
    write_private(path, _LENGTH.pack(len(header)) + header + b"".join(parts))


def read_model(path: Path) -> Model:
    """Read what :func:`write_model` wrote.

    Raises:
        BadBundle: unreadable, or not a model.
    """
    try:
        if path.stat().st_size > 8 * MAX_ELEMENTS + MAX_HEADER + _LENGTH.size:
            raise BadBundle(f"{path.name} is too large for a model.")
        raw = path.read_bytes()
    except OSError as error:
        raise BadBundle(f"Cannot read the model {path}: {error.strerror}.") from error
    header, flat = _parse(raw, _KEYS, np.dtype("<f8"))
    if not np.isfinite(flat).all():
        raise BadBundle("The model holds values that are no numbers.")
    return Model(header, _cut(header, flat))


def _parse(raw: bytes, keys: set[str], dtype: np.dtype[Any]) -> tuple[dict[str, Any], npt.NDArray[Any]]:
    """Header and all elements; nothing is allocated before the length was compared with the header."""
    if len(raw) < _LENGTH.size:
        raise BadBundle("The model ends inside its header.")
    (size,) = _LENGTH.unpack_from(raw)
    if size > MAX_HEADER or _LENGTH.size + size > len(raw):
        raise BadBundle("The header of the model is longer than it may be.")
    text = raw[_LENGTH.size : _LENGTH.size + size]
    try:
        header = json.loads(text)
        is_canonical = canonical(header) == text
    except (ValueError, RecursionError) as error:
        raise BadBundle("The header of the model is not canonical JSON.") from error
    if not is_canonical or not isinstance(header, dict) or set(header) != keys:
        raise BadBundle("The header of the model does not have the fields it must have.")
    _check_header(header)
    elements = sum(prod(entry["shape"]) for entry in header["tensors"])
    if elements > MAX_ELEMENTS or len(raw) != _LENGTH.size + size + 8 * elements:
        raise BadBundle("The model is shorter or longer than its header says.")
    return header, np.frombuffer(raw, dtype, elements, _LENGTH.size + size)


def _check_header(header: dict[str, Any]) -> None:
    if header["version"] != MODEL_VERSION or type(header["version"]) is not int:
        raise BadBundle(f"Only models of version {MODEL_VERSION} can be read here.")
    if type(header["fraction_bits"]) is not int or not 0 <= header["fraction_bits"] <= 32:
        raise BadBundle("The model states an impossible number of fraction bits.")
    if type(header["epoch"]) is not int or header["epoch"] < 0:
        raise BadBundle("The model states no valid epoch.")
    if not isinstance(header["job"], str) or not isinstance(header["project_hash"], str):
        raise BadBundle("The model names no job or project.")
    if not isinstance(header["architecture"], dict):
        raise BadBundle("The model has no architecture.")
    tensors = header["tensors"]
    if not isinstance(tensors, list) or not 1 <= len(tensors) <= MAX_TENSORS:
        raise BadBundle(f"A model has 1 to {MAX_TENSORS} tensors.")
    for entry in tensors:
        _check_tensor(entry)
    if len({entry["name"] for entry in tensors}) != len(tensors):
        raise BadBundle("Two tensors of the model have the same name.")


def _check_tensor(entry: object) -> None:
    if not isinstance(entry, dict) or set(entry) != {"name", "shape"}:
        raise BadBundle("A tensor of the model has not just a name and a shape.")
    name, shape = entry["name"], entry["shape"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadBundle("A tensor of the model has no valid name.")
    if not isinstance(shape, list) or not 1 <= len(shape) <= _MAX_DIMENSIONS:
        raise BadBundle(f"Tensor {name} has no valid shape.")
    if any(type(side) is not int or not 1 <= side <= MAX_ELEMENTS for side in shape):
        raise BadBundle(f"Tensor {name} has no valid shape.")


def _cut(header: dict[str, Any], flat: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    tensors, start = {}, 0
    for entry in header["tensors"]:
        size = prod(entry["shape"])
        tensors[entry["name"]] = flat[start : start + size].reshape(entry["shape"])
        start += size
    return tensors
