"""Networks between torch and a project: any ``torch.nn.Sequential`` of known layers as a list of layers, and back.

Only the structure travels: a training starts with weights of its own. ``json.dump(describe_sequential(module), file)``
writes what ``imguard project create --network`` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import nn

from common.architecture.nodes import DROP_WHOLE, NORM_EPSILON, Shape
from common.architecture.shapes import shape_of
from common.errors import SpecRefused
from common.layers import Layer, check_layers


class Square(nn.Module):
    """``x * x``, the cheapest activation on shares."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values * values


class Residual(nn.Module):
    """The layers inside, and their input added to what they give."""

    def __init__(self, inside: nn.Sequential) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = values + self.inside(values)
        return result


def describe_sequential(module: nn.Sequential) -> list[Layer]:
    """The layers of a module, as they stand in a specification.

    A dropout is rounded to 256ths, a normalisation has the epsilon and the momentum that torch's has by default, and
    ``Flatten`` after ``AdaptiveAvgPool2d(1)`` is part of the pooling.

    Raises:
        SpecRefused: names the first layer that is not supported.
    """
    layers: list[Layer] = []
    _describe_into(module, layers)
    return list(check_layers(layers))


def build_sequential(layers: Sequence[Layer], shape: Shape, classes: int) -> nn.Sequential:
    """The module that a list of layers stands for, for images ``[n, c, h, w]`` (or flat values) of ``shape``.

    Raises:
        SpecRefused: layers that do not fit each other, the images or the number of classes.
    """
    modules, result = _build(check_layers(list(layers)), shape)
    if result != (classes,):
        raise SpecRefused(f"The last layer must give one output per class, which are {classes}.", field="model.layers")
    return nn.Sequential(*modules)


def _describe_into(module: nn.Sequential, layers: list[Layer]) -> None:
    for child in module:
        if isinstance(child, nn.Sequential):
            _describe_into(child, layers)
        elif not isinstance(child, nn.Identity):
            layers += _describe(child, bool(layers) and layers[-1]["layer"] == "global-average-pool")


def _describe(module: nn.Module, is_pooled: bool) -> list[Layer]:
    """None, or one layer."""
    if is_pooled and isinstance(module, nn.Flatten):
        return []
    if isinstance(module, nn.Dropout) and round(module.p * DROP_WHOLE) == 0:
        return []
    describe = _DESCRIPTIONS.get(type(module))
    found = describe(module) if describe is not None else None
    if found is None:
        raise SpecRefused(f"The layer {module} is not supported.", field="model.layers")
    return [found]


def _describe_conv(module: Any) -> Layer | None:
    stride, padding = _side(module.stride), _side({"valid": 0}.get(str(module.padding), module.padding))
    if module.padding_mode != "zeros" or _side(module.dilation) != 1 or stride is None or padding is None:
        return None
    return {
        "layer": "conv",
        "outputs": module.out_channels,
        "kernel": list(module.kernel_size),
        "stride": stride,
        "padding": padding,
        "groups": module.groups,
        "bias": module.bias is not None,
    }


def _describe_average(module: Any) -> Layer | None:
    size = _side(module.kernel_size)
    plain = _side(module.padding) == 0 and not module.ceil_mode and module.divisor_override is None
    if size is None or _side(module.stride) != size or not plain:
        return None
    return {"layer": "average-pool", "size": size}


def _describe_max(module: Any) -> Layer | None:
    size, stride = _side(module.kernel_size), _side(module.stride)
    plain = _side(module.padding) == 0 and _side(module.dilation) == 1
    if size is None or stride is None or not plain or module.ceil_mode or module.return_indices:
        return None
    return {"layer": "max-pool", "size": size, "stride": stride}


def _describe_global(module: Any) -> Layer | None:
    return {"layer": "global-average-pool"} if _side(module.output_size) == 1 else None


def _describe_norm(module: Any) -> Layer | None:
    return {"layer": "batch-norm"} if module.affine and module.track_running_stats else None


def _describe_flatten(module: Any) -> Layer | None:
    return {"layer": "flatten"} if (module.start_dim, module.end_dim) == (1, -1) else None


def _describe_dropout(module: Any) -> Layer | None:
    return {"layer": "dropout", "drop": round(module.p * DROP_WHOLE)} if module.p < 1 else None


def _side(value: Any) -> int | None:
    """The side of something square, which torch writes as one number or as two."""
    sides = set(value) if isinstance(value, tuple) else {value}
    side = sides.pop() if len(sides) == 1 else None
    return side if type(side) is int else None


def _build(layers: Sequence[Layer], shape: Shape) -> tuple[list[nn.Module], Shape]:
    """Modules of the layers and the shape of what the last one gives."""
    modules: list[nn.Module] = []
    for layer in layers:
        if layer["layer"] == "residual":
            inside, result = _build(layer["layers"], shape)
            if result != shape:
                raise SpecRefused("The layers of a residual must keep the shape.", field="model.layers")
            modules.append(Residual(nn.Sequential(*inside)))
            continue
        result = shape_of({"id": layer["layer"], "op": layer["layer"], "in": ["x"], **layer}, [shape])
        if min(result) < 1:
            raise SpecRefused(f"The images are too small for the layer {layer['layer']}.", field="model.layers")
        modules += _MODULES[layer["layer"]](layer, shape)
        shape = result
    return modules, shape


def _build_conv(layer: Layer, shape: Shape) -> list[nn.Module]:
    kernel = (layer["kernel"][0], layer["kernel"][1])
    if shape[0] % layer["groups"] or layer["outputs"] % layer["groups"]:
        raise SpecRefused("The groups of a convolution must divide its channels.", field="model.layers")
    return [
        nn.Conv2d(
            shape[0],
            layer["outputs"],
            kernel,
            stride=layer["stride"],
            padding=layer["padding"],
            groups=layer["groups"],
            bias=layer["bias"],
        )
    ]


def _build_norm(layer: Layer, shape: Shape) -> list[nn.Module]:
    kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
    return [kind(shape[0], eps=NORM_EPSILON)]


_DESCRIPTIONS: Final[dict[type[nn.Module], Callable[[Any], Layer | None]]] = {
    nn.Linear: lambda m: {"layer": "linear", "outputs": m.out_features, "bias": m.bias is not None},
    nn.Conv2d: _describe_conv,
    nn.ReLU: lambda m: {"layer": "relu"},
    nn.AvgPool2d: _describe_average,
    nn.MaxPool2d: _describe_max,
    nn.AdaptiveAvgPool2d: _describe_global,
    nn.BatchNorm1d: _describe_norm,
    nn.BatchNorm2d: _describe_norm,
    nn.Flatten: _describe_flatten,
    nn.Dropout: _describe_dropout,
    Square: lambda m: {"layer": "square"},
    Residual: lambda m: {"layer": "residual", "layers": describe_sequential(m.inside)},
}
_MODULES: Final[dict[str, Callable[[Layer, Shape], list[nn.Module]]]] = {
    "linear": lambda layer, shape: [nn.Linear(shape[0], layer["outputs"], bias=layer["bias"])],
    "conv": _build_conv,
    "relu": lambda layer, shape: [nn.ReLU()],
    "square": lambda layer, shape: [Square()],
    "average-pool": lambda layer, shape: [nn.AvgPool2d(layer["size"])],
    "max-pool": lambda layer, shape: [nn.MaxPool2d(layer["size"], layer["stride"])],
    "global-average-pool": lambda layer, shape: [nn.AdaptiveAvgPool2d(1), nn.Flatten()],
    "batch-norm": _build_norm,
    "flatten": lambda layer, shape: [nn.Flatten()],
    "dropout": lambda layer, shape: [nn.Dropout(layer["drop"] / DROP_WHOLE)],
}
