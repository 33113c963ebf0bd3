"""The network of a project, for people and for programs, and what to do next."""

from __future__ import annotations

from typing import Any

from common.architecture import Architecture, Shape, build_architecture
from common.architecture.nodes import tensor_names
from common.errors import Forbidden, NotFound
from common.specification import Specification
from desktop_client.cli.context import table
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.fetch import fetch_manifest


async def network_of(nodes: Nodes, specification: Specification) -> Architecture | None:
    """The network for the images of the project; None if the user may not see how large they are."""
    try:
        about = (await fetch_manifest(nodes, specification.dataset_ids[0])).about
    except (NotFound, Forbidden):
        return None
    return build_architecture(specification, about.shape, about.bits, list(about.classes))


def network_value(network: Architecture | None) -> dict[str, Any] | None:
    if network is None:
        return None
    tensors = [{"name": name, "shape": list(shape)} for name, shape in network.tensors.items()]
    return {"architecture": network.as_json(), "tensors": tensors, "parameters": network.parameters}


def network_lines(network: Architecture | None) -> list[str]:
    """Every node with the shape of its result and its tensors."""
    if network is None:
        return ["network     not shown: you cannot see the data sets it is made for"]
    rows = [("x", "image", _sides(network.shape), "")]
    for node in network.nodes:
        tensors = ", ".join(f"{name} {_sides(network.tensors[name])}" for name in tensor_names(node))
        rows.append((node["id"], node["op"], _sides(network.shapes[node["id"]]), tensors))
    return [f"parameters  {network.parameters}", "", table(("NODE", "KIND", "RESULT", "TENSORS"), rows)]


def _sides(shape: Shape) -> str:
    return "x".join(map(str, shape))


def next_step(specification: Specification) -> str:
    """What has to happen before a project that was just published can start."""
    owners = sorted({specification.owner_of(dataset) for dataset in specification.dataset_ids})
    return f"Next, as {', '.join(owners)}: imguard consent give {specification.project_id}"
