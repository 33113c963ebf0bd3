"""A network as boxes one below the other: what stands in each, and which arrows lead where."""

from __future__ import annotations

from dataclasses import dataclass

from common.architecture import Architecture, Node, Shape
from common.architecture.nodes import INPUT, tensor_names, volume


@dataclass(frozen=True)
class Box:
    """One node. ``kind`` is input, public, or what a trained node does; ``sources`` are places of boxes above."""

    name: str
    kind: str
    title: str
    shape: str
    parameters: int
    sources: tuple[int, ...]
    is_public: bool


def boxes_of(network: Architecture) -> list[Box]:
    """Images first, then every node in order."""
    places = {INPUT: 0}
    found = [Box(INPUT, "input", "", sides(network.shape), 0, (), True)]
    public = len(network.extractor)
    for number, node in enumerate(network.nodes):
        size = sum(volume(network.tensors[name]) for name in tensor_names(node))
        sources = tuple(places[source] for source in node["in"])
        shape = sides(network.shapes[node["id"]])
        places[node["id"]] = len(found)
        found.append(Box(node["id"], node["op"], title_of(node), shape, size, sources, number < public))
    return found


def sides(shape: Shape) -> str:
    """Lengths with a sign between them."""
    return " × ".join(map(str, shape))


def title_of(node: Node) -> str:
    """The kind of a node with the numbers that make it what it is, as people write it."""
    op = node["op"]
    if op in ("conv", "conv2d"):
        taps = node.get("taps")
        height, width = node["kernel"] if taps is None else (len(taps[0]), len(taps[0][0]))
        parts = [f"{op} {height} × {width}"]
        parts += [f"stride {node['stride']}"] if node["stride"] != 1 else []
        parts += [f"padding {node['padding']}"] if node["padding"] else []
        parts += [f"groups {node['groups']}"] if node.get("groups", 1) != 1 else []
        return ", ".join(parts)
    if op in ("average-pool", "max-pool"):
        stride = f", stride {node['stride']}" if node.get("stride", node["size"]) != node["size"] else ""
        return f"{op} {node['size']} × {node['size']}{stride}"
    if op == "dropout":
        return f"dropout {node['drop']}/256"
    if op == "scale":
        return f"scale × {node['numerator'] / (1 << node['shift']):g}"
    return str(op)
