"""Models in the helper process: fetch, check and export them. Only an export needs a library besides numpy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from common.crypto.sealing import SealingKey
from common.errors import AppError, BadInput
from common.merkle.entry import user_actor
from common.specification import parse_specification
from desktop_client.reveal.combine import Model, read_model
from desktop_client.reveal.exports.libraries import ONNX, TORCH, find_exporter, missing_libraries
from desktop_client.reveal.fetch import fetch_sealed, open_model
from desktop_client.reveal.kept.record import (
    ModelRecord,
    evaluation_path,
    keep_model,
    kept_models,
    model_path,
    read_evaluation,
    read_record,
)
from desktop_client.reveal.kept.verify import Check, Logged, verify_model
from desktop_client.reveal.network import build_network
from desktop_client.settings import Profile
from desktop_client.upload.client import open_nodes
from desktop_client.upload.logbook.book import LogBook
from desktop_client.worker.arguments import object_of, path_of, profile_of, text_of
from desktop_client.worker.channel import Channel

_STEPS: Final = 4
_KEY_BYTES: Final = 32


def fetch(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, job, project, specification, user, opener}``: fetch both shares, add them, keep the model.

    ``opener`` is the one sealing key that opens the shares, in hexadecimal; it is used and forgotten. The result is
    that of :func:`describe`, with what is proved about the model.
    """
    profile, job = profile_of(args), text_of(args, "job")
    specification = parse_specification(object_of(args, "specification"))
    member = specification.member(text_of(args, "user")) or {}
    key = _sealing_key(text_of(args, "opener"))
    path = model_path(profile.root, job)

    async def download() -> Any:
        async with open_nodes(profile) as nodes:
            return await fetch_sealed(nodes.a, nodes.b, job)

    channel.progress("download", 0, _STEPS)
    sealed = asyncio.run(download())
    channel.progress("open", 1, _STEPS)
    model = open_model(sealed, (job, specification.hash), key)
    channel.progress("check", 2, _STEPS)
    build_network(model)
    channel.progress("keep", 3, _STEPS)
    hash_a, hash_b = sealed.hashes
    known = {
        "project": text_of(args, "project"),
        "specification": specification.body,
        "recipient": user_actor(str(member.get("verify_key", ""))) if member else "",
        "sealed_a": hash_a,
        "sealed_b": hash_b,
    }
    keep_model(path, model, known)
    return {**_described(path, model), "checks": _checks(verify_model(path, _logged(profile)))}


def verify(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, model}``: what can be proved about a kept model; ``{checks: [{code, standing, details}]}``."""
    channel.check()
    return {"checks": _checks(verify_model(path_of(args, "model"), _logged(profile_of(args))))}


def describe(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{model}``: what is in a model file and where it came from."""
    channel.check()
    path = path_of(args, "model")
    return _described(path, read_model(path))


def listed(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile}``: the models that are kept, the newest first, as parts ``{"models": [...]}``; ``{count}``.

    A file that is damaged is listed with its error instead of what is in it.
    """
    found = []
    for path in kept_models(profile_of(args).root):
        channel.check()
        try:
            found.append(_summary(path))
        except AppError as error:
            found.append({"file": str(path), "error": error.as_dict()})
    channel.rows("models", found)
    return {"count": len(found)}


def export(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{model, kind, out}``: write the model as ``onnx`` or ``torch`` if the other library predicts the same.

    ``{file, kind, bytes}``. Without the library it ends with the error ``library-missing``.
    """
    kind, out = text_of(args, "kind"), path_of(args, "out")
    channel.progress("load", 0, 2)
    write = find_exporter(kind)
    network = build_network(read_model(path_of(args, "model")))
    channel.progress("compare", 1, 2)
    write(out, network)
    return {"file": str(out), "kind": kind, "bytes": out.stat().st_size}


def formats(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{}``: for each format of an export the libraries that are missing for it; none if it can be written."""
    channel.check()
    return {kind: list(missing_libraries(kind)) for kind in (ONNX, TORCH)}


def _sealing_key(text: str) -> SealingKey:
    try:
        raw = bytes.fromhex(text)
    except ValueError as error:
        raise BadInput("The request has no valid 'opener'.", field="opener") from error
    if len(raw) != _KEY_BYTES:
        raise BadInput("The request has no valid 'opener'.", field="opener")
    return SealingKey.from_bytes(raw)


def _logged(profile: Profile) -> Logged | None:
    """Where to look for what the servers wrote about a model; None without a verified copy of the log."""
    book = LogBook(profile.root)
    return book.sealed if book.state().size else None


def _checks(found: Iterable[Check]) -> list[dict[str, Any]]:
    return [asdict(check) for check in found]


def _summary(path: Path) -> dict[str, Any]:
    """What a list of models shows; the model itself is not read."""
    record, last = read_record(path), read_evaluation(path)
    specification = record.agreed() if record is not None else None
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "job": record.job if record else path.stem,
        "project": record.project if record else "",
        "name": str(specification.body["name"]) if specification else "",
        "revision": specification.revision if specification else 0,
        "model": specification.model.name if specification else "",
        "fetched": record.fetched if record else "",
        "accuracy": last.accuracy if last else None,
        "tested": last.count if last else 0,
    }


def _described(path: Path, model: Model) -> dict[str, Any]:
    network = build_network(model)
    record: ModelRecord | None = read_record(path)
    return {
        "file": str(path),
        "job": model.header["job"],
        "project_hash": model.header["project_hash"],
        "epoch": model.header["epoch"],
        "parameters": model.parameters,
        "classes": list(network.classes),
        "input": list(network.shape),
        "bits": network.bits,
        "nodes": [{"id": node["id"], "op": node["op"]} for node in network.architecture.nodes],
        "record": asdict(record) if record else None,
        "tested": evaluation_path(path).exists(),
    }
