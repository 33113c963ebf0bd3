"""What people read before they sign: a specification, what changed in it, and what others decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.agreement.changes import changes, sentences
from common.documents import canonical
from common.layers import Layer
from common.specification import Specification
from desktop_client.plain import plain


def trust(preparation: str, servers: Mapping[str, str]) -> str:
    """Who makes the correlated randomness of a project, and who must not work together, in plain words."""
    if preparation == "helper":
        return (
            f"a third organisation (key {servers['helper']}) deals correlated randomness; "
            "it must not collude with A or B"
        )
    how = ", products of matrices under homomorphic encryption" if preparation == "hybrid" else ""
    return f"A and B make all correlated randomness themselves{how}; nobody else is involved"


def summary(specification: Specification) -> str:
    """What a consent means, in lines a person can check; the hash is over the exact bytes below it."""
    body, training, model = specification.body, specification.training, specification.model
    widths = " " + ", ".join(map(str, model.hidden)) if model.hidden else ""
    decimals = body["training"]
    clip = f"clip {decimals['clip']}" if training.clip else "no clip"
    lines = [
        f"project     {plain(body['name'])}  (id {specification.project_id}, revision {specification.revision})",
        *([f"purpose     {plain(body['purpose'])}"] if body["purpose"] else []),
        f"owner       {plain(body['owner'])}",
        f"members     {', '.join(plain(m['user'] + ' (' + m['role'] + ')') for m in body['members'])}",
        f"model to    {', '.join(map(plain, specification.recipients))}",
        f"tested by   {_testers(specification)}",
        f"hiding      mix {specification.hiding.k} images, sign mask {'on' if specification.hiding.mask else 'off'}, "
        f"scale {specification.hiding.scale}",
        f"model       {specification.extractor} + {model.name}{widths}{' with bias' if model.bias else ''}",
        *_layer_lines(model.layers, " " * 12),
        f"training    {training.epochs} epochs, batch {training.batch}, validation {training.validation} images",
        f"            {training.loss} loss, {training.optimizer}, rate {decimals['learning_rate']} "
        f"{training.schedule}, momentum {decimals['momentum']}, weight decay {decimals['weight_decay']}, {clip}",
        f"preparation {body['preparation']}: {trust(specification.preparation, body['servers'])}",
        f"data sets   {len(specification.dataset_ids)}",
        f"hash        {specification.hash}",
        f"bytes       {len(canonical(body))}",
    ]
    return "\n".join(lines)


def _testers(specification: Specification) -> str:
    if not specification.testers:
        return "nobody; the servers keep nothing of the trained model"
    names = ", ".join(map(plain, specification.testers))
    return f"{names}; for that, each server keeps its share of the trained model until the project ends"


def change_lines(before: Specification, after: Specification) -> list[str]:
    """A line for each difference between two verified specifications, computed here."""
    found = sentences(changes(before.body, after.body))
    return [f"  * {plain(sentence)}" for sentence in found] or ["  * nothing"]


def decision_line(decision: Mapping[str, Any]) -> str:
    """What somebody decided about a data set, with the reason if one was given."""
    reason = f': "{plain(decision["reason"])}"' if decision["reason"] else ""
    end = f" until {plain(decision['expires'])}" if decision["decision"] == "granted" else ""
    void = " (does not count any more)" if decision["decision"] == "granted" and not decision["counts"] else ""
    dataset = plain(decision["dataset"])[:12]
    return f"{plain(decision['owner'])} has {decision['decision']} {dataset}{end}{void}{reason}"


def _layer_lines(layers: Sequence[Layer], indent: str) -> list[str]:
    """A line for each layer, those inside a residual further in."""
    lines = []
    for layer in layers:
        values = [f"{name} {value}" for name, value in layer.items() if name not in ("layer", "layers")]
        lines.append(f"{indent}{' '.join([layer['layer'], *values])}")
        lines += _layer_lines(layer.get("layers", []), indent + "  ")
    return lines
