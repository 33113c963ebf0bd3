"""Projects: write the specification, check what somebody else wrote, consent to it, ask for a job.

Nothing a single server says is taken for true: keys, manifests and projects must be the same at A and B.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.crypto.rng import RandomSource, SystemRandom
from common.deployment import Deployment
from common.documents import canonical, sign_document, verify_document
from common.errors import BadInput, BadSignature, Conflict, NotFound, PeerMismatch
from common.layers import Layer
from common.pipeline import JobState
from common.sharing.manifest import Manifest, verify_manifest
from common.specification import VERSION, Specification, parse_specification
from desktop_client.keystore import UserKeys
from desktop_client.plain import plain
from desktop_client.settings import UserRecord
from desktop_client.upload.answers import document, text
from desktop_client.upload.client import NodeClient, Nodes

DEFAULT_HIDDEN: Final = (128, 128)
PROJECT_KIND, CONSENT_KIND, WITHDRAWAL_KIND, JOB_KIND = "project", "consent", "consent-withdraw", "job-start"


@dataclass(frozen=True)
class ProjectOptions:
    """What a project owner chooses; decimals are strings as in the specification."""

    name: str
    datasets: Sequence[str]
    purpose: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    recipients: Sequence[str] = ()
    k: int = 4
    mask: bool = True
    scale: str = "unit"
    extractor: str = "average-pool"
    model: str = "logistic"
    hidden: Sequence[int] = ()
    bias: bool = False
    layers: Sequence[Layer] = ()
    epochs: int = 4
    batch: int = 64
    loss: str = "softmax"
    optimizer: str = "sgd"
    momentum: str = "0.9"
    learning_rate: str = "0.05"
    schedule: str = "one-cycle"
    weight_decay: str = "0"
    clip: str = "0"
    validation: int = 128
    preparation: str = "cot"


async def create_project(
    nodes: Nodes, deployment: Deployment, user: UserRecord, keys: UserKeys, options: ProjectOptions
) -> Specification:
    """Write the specification, sign it and hand it to both servers.

    Raises:
        SpecRefused: a value cannot be used.
        PeerMismatch: the servers tell different things about a user or data set.
    """
    owners = {dataset: (await fetch_manifest(nodes, dataset)).about.owner for dataset in options.datasets}
    roles = {owner: "editor" for owner in owners.values()} | dict(options.members) | {user.name: "owner"}
    entries = [await _member(nodes, user, name, role) for name, role in sorted(roles.items())]
    specification = parse_specification(_body(deployment, user, options, entries, owners))
    signed = sign_document(PROJECT_KIND, specification.body, keys.signing)
    answers = await nodes.both(lambda node: node.create_project(signed))
    for answer in answers:
        if text(answer, "id") != specification.project_id:
            raise PeerMismatch("A server gave the project another id than its specification has.")
    return specification


async def fetch_manifest(nodes: Nodes, dataset: str) -> Manifest:
    """The manifest of a data set, verified and the same at A and B.

    Raises:
        BadSignature, BadManifest: it is not what an owner signed.
        PeerMismatch: a server shows another data set than the one asked for.
    """
    found = await nodes.both(lambda node: node.dataset(dataset))
    manifests = [verify_manifest(document(answer, "manifest")) for answer in found]
    if any(identity != dataset for identity, _ in manifests):
        raise PeerMismatch("A server shows another data set than the one that was asked for.")
    return manifests[0][1]


async def fetch_project(nodes: Nodes, deployment: Deployment, project: str) -> tuple[Specification, dict[str, Any]]:
    """The specification of a project, checked as a server would, and what server A says about its state.

    Raises:
        BadSignature: not signed by the owner it names.
        PeerMismatch: another project than asked for, other servers than this deployment's.
        SpecRefused: no server should run it.
    """
    found = await nodes.both(lambda node: node.project(project))
    specifications = [_signed_by_owner(document(answer, "document")) for answer in found]
    for specification in specifications:
        if specification.project_id != project:
            raise PeerMismatch("A server shows another project than the one that was asked for.")
    if specifications[0].hash != specifications[1].hash:
        raise PeerMismatch("The servers show different revisions of this project; publish it again at the one behind.")
    named = specifications[0].body["servers"]
    servers = {role: deployment.node(role).verify_key for role in _servers(specifications[0].preparation)}
    if named != servers:
        raise PeerMismatch("The project names other servers than those of this deployment.")
    return specifications[0], found[0]


def own_datasets(specification: Specification, user: UserRecord) -> tuple[str, ...]:
    """Data sets of this user in a project, after a check that it has this user's real keys.

    Raises:
        BadSignature: the project names other keys for this user; somebody else would receive the model.
    """
    member = specification.member(user.name)
    if member is not None and (member["verify_key"], member["seal_key"]) != (user.verify_key, user.seal_key):
        raise BadSignature("The project names other keys for you than your own; do not consent to it.")
    return tuple(one for one in specification.dataset_ids if specification.owner_of(one) == user.name)


async def give_consent(
    nodes: Nodes, specification: Specification, dataset: str, keys: UserKeys, days: int
) -> dict[str, Any]:
    """Sign a consent for one data set and hand it to both servers; gives A's answer."""
    expires = datetime.now(UTC) + timedelta(days=days)
    body = {"project_hash": specification.hash, "dataset": dataset, "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
    signed = sign_document(CONSENT_KIND, body, keys.signing)
    return (await nodes.both(lambda node: node.consent(specification.project_id, signed)))[0]


async def withdraw_consent(nodes: Nodes, specification: Specification, dataset: str, keys: UserKeys) -> None:
    """Sign that a consent is taken back and hand it to both servers; a job that runs already is not stopped by it."""
    body = {"project_hash": specification.hash, "dataset": dataset}
    signed = sign_document(WITHDRAWAL_KIND, body, keys.signing)
    await nodes.both(lambda node: node.withdraw(specification.project_id, signed))


async def start_job(nodes: Nodes, specification: Specification, keys: UserKeys, rng: RandomSource) -> str:
    """Ask server A to start; it proposes the job to B, which checks everything by itself. The job id."""
    body = {"project_hash": specification.hash, "nonce": rng.token(16).hex()}
    answer = await nodes.a.start_job(sign_document(JOB_KIND, body, keys.signing))
    return text(answer, "id")


async def cancel_job(nodes: Nodes, job: str) -> tuple[JobState | None, JobState | None]:
    """Cancel at both servers, each by itself; the states after it, None where a server never had the job.

    Raises:
        NotFound: neither server has it.
    """

    async def at(node: NodeClient) -> bool:
        try:
            await node.cancel_job(job)
        except NotFound:
            return False
        except Conflict:
            if not (await node.job(job)).state.is_final:
                raise
        return True

    known = dict(zip(nodes.servers, await nodes.each(at), strict=True))
    if not any(known.values()):
        raise NotFound(f"Neither server has the job {job}.")

    async def state(node: NodeClient) -> JobState | None:
        return (await node.job(job)).state if known[node] else None

    return await nodes.each(state)


def _signed_by_owner(signed: dict[str, Any]) -> Specification:
    specification = parse_specification(verify_document(signed, PROJECT_KIND))
    owner = specification.member(specification.body["owner"])
    if owner is None or signed["signer"] != owner["verify_key"]:
        raise BadSignature("The project was not signed by the owner it names.")
    return specification


async def _member(nodes: Nodes, user: UserRecord, name: str, role: str) -> dict[str, str]:
    if name == user.name:
        return {"user": name, "role": role, "verify_key": user.verify_key, "seal_key": user.seal_key}
    found = await nodes.both(lambda node: node.user(name))
    keys = [(text(answer, "verify_key"), text(answer, "seal_key")) for answer in found]
    if keys[0] != keys[1]:
        raise PeerMismatch(f"The servers name different keys for {name}; one of them is not telling the truth.")
    return {"user": name, "role": role, "verify_key": keys[0][0], "seal_key": keys[0][1]}


def _servers(preparation: str) -> tuple[str, ...]:
    """Roles of the nodes that compute in a project."""
    return ("a", "b", "helper") if preparation == "helper" else ("a", "b")


def _body(
    deployment: Deployment,
    user: UserRecord,
    options: ProjectOptions,
    members: list[dict[str, str]],
    owners: Mapping[str, str],
) -> dict[str, Any]:
    default = [member["user"] for member in members if member["role"] != "viewer"]
    return {
        "version": VERSION,
        "id": SystemRandom().token(16).hex(),
        "revision": 1,
        "name": options.name,
        "purpose": options.purpose,
        "owner": user.name,
        "members": members,
        "recipients": sorted(options.recipients) or default,
        "datasets": [{"id": dataset, "owner": owner} for dataset, owner in owners.items()],
        "servers": {role: deployment.node(role).verify_key for role in _servers(options.preparation)},
        "preparation": options.preparation,
        "ring": {"fraction_bits": 16},
        "hiding": {"k": options.k, "mask": options.mask, "scale": options.scale},
        "features": {"extractor": options.extractor},
        "model": {
            "name": options.model,
            "hidden": list(options.hidden or (DEFAULT_HIDDEN if options.model == "mlp" else ())),
            "bias": options.bias,
            "layers": list(options.layers),
        },
        "training": {
            "epochs": options.epochs,
            "batch": options.batch,
            "loss": options.loss,
            "optimizer": options.optimizer,
            "momentum": options.momentum,
            "learning_rate": options.learning_rate,
            "schedule": options.schedule,
            "weight_decay": options.weight_decay,
            "clip": options.clip,
            "validation": options.validation,
        },
    }


def parse_members(values: Sequence[str]) -> dict[str, str]:
    """``name:role`` texts as a mapping.

    Raises:
        BadInput: a text without a role, or a name twice.
    """
    members: dict[str, str] = {}
    for value in values:
        name, colon, role = value.partition(":")
        if not (name and colon and role) or name in members:
            raise BadInput(f"{value!r} is not of the form name:role, or names somebody twice.")
        members[name] = role
    return members


def trust(preparation: str, servers: Mapping[str, str]) -> str:
    """Who makes the correlated randomness of a project, and who must not work together, in plain words."""
    if preparation == "helper":
        return (
            f"a third organisation (key {servers['helper']}) deals correlated randomness; "
            "it must not collude with A or B"
        )
    return "A and B make all correlated randomness themselves; nobody else is involved"


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


def _layer_lines(layers: Sequence[Layer], indent: str) -> list[str]:
    """A line for each layer, those inside a residual further in."""
    lines = []
    for layer in layers:
        values = [f"{name} {value}" for name, value in layer.items() if name not in ("layer", "layers")]
        lines.append(f"{indent}{' '.join([layer['layer'], *values])}")
        lines += _layer_lines(layer.get("layers", []), indent + "  ")
    return lines
