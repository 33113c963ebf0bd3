"""Layers of a network as a project owner writes them: a list of small JSON objects, checked before anybody signs it.

=====================  ==========================================  ===================================================
layer                  fields                                      meaning
=====================  ==========================================  ===================================================
linear                 outputs, bias                               weighted sums of flat values
conv                   outputs, kernel [h, w], stride, padding,    cross-correlation with trained kernels
                       groups, bias
batch-norm                                                         normalised over the batch, channel by channel
relu, square                                                       max(x, 0) and x * x
average-pool           size                                        mean over size x size, remainder dropped
max-pool               size, stride                                maximum over size x size
global-average-pool                                                mean of each channel
flatten                                                            [c, h, w] to [c * h * w]
dropout                drop                                        of 256 values about ``drop`` become zero in training
residual               layers                                      the layers inside, and their input added to the end
=====================  ==========================================  ===================================================
"""

from __future__ import annotations

from typing import Any, Final

from common.errors import SpecRefused

Layer = dict[str, Any]
MAX_LAYERS: Final = 240
MAX_DEPTH: Final = 4
MAX_OUTPUTS: Final = 65536
MAX_KERNEL: Final = 64
LIMITS: Final[dict[str, tuple[int, int]]] = {
    "outputs": (1, MAX_OUTPUTS),
    "stride": (1, 16),
    "padding": (0, 32),
    "groups": (1, MAX_OUTPUTS),
    "size": (1, 64),
    "drop": (1, 255),
}
"""Smallest and largest value of every whole number in a layer."""
_FIELDS: Final[dict[str, frozenset[str]]] = {
    "linear": frozenset({"outputs", "bias"}),
    "conv": frozenset({"outputs", "kernel", "stride", "padding", "groups", "bias"}),
    "batch-norm": frozenset(),
    "relu": frozenset(),
    "square": frozenset(),
    "average-pool": frozenset({"size"}),
    "max-pool": frozenset({"size", "stride"}),
    "global-average-pool": frozenset(),
    "flatten": frozenset(),
    "dropout": frozenset({"drop"}),
    "residual": frozenset({"layers"}),
}
_WHERE: Final = "model.layers"


def check_layers(value: object) -> tuple[Layer, ...]:
    """A list of layers whose fields are all in range; whether they fit each other and the images shows later.

    Raises:
        SpecRefused: names the first layer that cannot be used.
    """
    if _count(value, 0) > MAX_LAYERS:
        raise SpecRefused(f"A network has at most {MAX_LAYERS} layers.", field=_WHERE)
    return _check_list(value)


def is_kernel(value: object) -> bool:
    """Whether a value is the height and width of a kernel."""
    return isinstance(value, list) and len(value) == 2 and all(type(v) is int and 1 <= v <= MAX_KERNEL for v in value)


def _count(value: object, depth: int) -> int:
    """Layers of a list and of all lists inside it; what is no list counts when it is checked."""
    if not isinstance(value, list):
        return 0
    if depth > MAX_DEPTH:
        raise SpecRefused(f"Residual layers are nested at most {MAX_DEPTH} deep.", field=_WHERE)
    return len(value) + sum(_count(one.get("layers"), depth + 1) for one in value if isinstance(one, dict))


def _check_list(value: object) -> tuple[Layer, ...]:
    if not isinstance(value, list) or not value:
        raise SpecRefused("A network and a residual layer need a list of at least one layer.", field=_WHERE)
    for layer in value:
        _check_layer(layer)
    return tuple(value)


def _check_layer(layer: object) -> None:
    kind = layer.get("layer") if isinstance(layer, dict) else None
    if not isinstance(layer, dict) or not isinstance(kind, str) or kind not in _FIELDS:
        raise SpecRefused(f"The kinds of layers are {', '.join(_FIELDS)}.", field=_WHERE)
    fields = _FIELDS[kind]
    if set(layer) != fields | {"layer"}:
        wanted = ", ".join(sorted(fields)) or "no further fields"
        raise SpecRefused(f"A {kind} layer has exactly: {wanted}.", field=_WHERE)
    for name, (low, high) in LIMITS.items():
        if name in fields and (type(layer[name]) is not int or not low <= layer[name] <= high):
            raise SpecRefused(f"{name} of a {kind} layer is a whole number from {low} to {high}.", field=_WHERE)
    if "bias" in fields and type(layer["bias"]) is not bool:
        raise SpecRefused(f"bias of a {kind} layer is true or false.", field=_WHERE)
    if "kernel" in fields and not is_kernel(layer["kernel"]):
        raise SpecRefused(f"The kernel of a {kind} layer is [height, width], each 1 to {MAX_KERNEL}.", field=_WHERE)
    if "layers" in fields:
        _check_list(layer["layers"])
