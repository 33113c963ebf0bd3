"""New projects and new revisions: written, signed and handed to both servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from common.architecture import build_architecture, check_project, suited_preparation
from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.documents import sign_document
from common.errors import NotFound, PeerMismatch, SpecRefused
from common.sharing.manifest import Manifest
from common.specification import PREPARATIONS, VERSION, Specification, parse_specification
from desktop_client.keystore import UserKeys
from desktop_client.settings import UserRecord
from desktop_client.upload.answers import document, text
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.projects.fetch import PROJECT_KIND, fetch_manifest, fetch_project, servers_of, verified
from desktop_client.upload.projects.options import Outline, ProjectOptions, outline_of


@dataclass(frozen=True)
class Writer:
    """Who writes, and for which deployment."""

    deployment: Deployment
    user: UserRecord


@dataclass(frozen=True)
class Author(Writer):
    """A writer with the keys to sign."""

    keys: UserKeys


@dataclass(frozen=True)
class Found:
    """What an outline does not say: who writes, members with their keys, owners by data set, keys of the servers."""

    user: str
    members: tuple[dict[str, str], ...]
    owners: Mapping[str, str]
    servers: Mapping[str, str]


async def create_project(
    nodes: Nodes, deployment: Deployment, user: UserRecord, keys: UserKeys, options: ProjectOptions
) -> Specification:
    """Write the specification, sign it and hand it to both servers.

    Raises:
        SpecRefused: a value cannot be used.
        PeerMismatch: the servers tell different things about a user or data set.
    """
    author = Author(deployment, user, keys)
    return await publish(nodes, author, await compose(nodes, author, outline_of(options), new_id()))


async def compose(nodes: Nodes, writer: Writer, outline: Outline, project: str, revision: int = 1) -> Specification:
    """The specification of an outline with the keys that both servers name for its members, signed by nobody yet.

    Owners of data sets become editors by themselves. If the outline names no preparation, the size of the network for
    these images decides.

    Raises:
        SpecRefused, PeerMismatch: as :func:`create_project`.
    """
    manifests = await _manifests(nodes, outline)
    return await _composed(nodes, writer, outline, manifests, (project, revision))


async def compose_checked(
    nodes: Nodes, writer: Writer, outline: Outline, project: str, revision: int = 1
) -> Specification:
    """As :func:`compose`, and refuse what servers would refuse for the images of these data sets.

    Raises:
        SpecRefused: data sets or a network that do not fit.
    """
    manifests = await _manifests(nodes, outline)
    found = await _composed(nodes, writer, outline, manifests, (project, revision))
    first, *others = [manifest.about for manifest in manifests.values()]
    for other in others:
        if (first.shape, first.bits, first.classes) != (other.shape, other.bits, other.classes):
            raise SpecRefused(f"The data set {other.name} has images or classes unlike {first.name}.", field="datasets")
    counts = [manifest.count for manifest in manifests.values()]
    check_project(found, counts, first.shape, first.bits, list(first.classes))
    return found


async def _manifests(nodes: Nodes, outline: Outline) -> dict[str, Manifest]:
    return {dataset: await fetch_manifest(nodes, dataset) for dataset in outline.datasets}


async def _composed(
    nodes: Nodes, writer: Writer, outline: Outline, manifests: Mapping[str, Manifest], which: tuple[str, int]
) -> Specification:
    user, (project, revision) = writer.user, which
    owners = {dataset: manifest.about.owner for dataset, manifest in manifests.items()}
    roles = roles_of(outline, owners.values(), user.name)
    members = tuple([await _member(nodes, user, name, role) for name, role in sorted(roles.items())])
    found = Found(user.name, members, owners, servers_of(writer.deployment, outline.preparation))
    body = body_of(outline, found, project, revision)
    if outline.preparation is None:
        body["preparation"] = _suited(body, manifests)
    return parse_specification(body)


def _suited(body: Mapping[str, Any], manifests: Mapping[str, Manifest]) -> str:
    """By the network for images such as those of the first data set."""
    found = parse_specification({**body, "preparation": PREPARATIONS[0]})
    first = next(iter(manifests.values())).about
    return suited_preparation(build_architecture(found, first.shape, first.bits, list(first.classes))).preparation


def roles_of(outline: Outline, owners: Iterable[str], user: str) -> dict[str, str]:
    """Who is what in a project that ``user`` writes: owners of data sets are editors unless the outline says more."""
    return {owner: "editor" for owner in owners} | outline.members | {user: "owner"}


def body_of(outline: Outline, found: Found, project: str, revision: int) -> dict[str, Any]:
    """The body of a specification, unchecked: what was chosen, and what was found out about it."""
    recipients = sorted(outline.recipients) or [one["user"] for one in found.members if one["role"] != "viewer"]
    return {
        "version": VERSION,
        "id": project,
        "revision": revision,
        "name": outline.name,
        "purpose": outline.purpose,
        "owner": found.user,
        "members": list(found.members),
        "recipients": recipients,
        "testers": recipients if outline.testers is None else sorted(outline.testers),
        "datasets": [{"id": dataset, "owner": owner} for dataset, owner in found.owners.items()],
        "servers": dict(found.servers),
        **outline.parameters(),
    }


async def next_revision(nodes: Nodes, deployment: Deployment, project: str) -> int:
    """The number of the revision that would come next; 1 if there is no such project yet.

    Raises:
        BadSignature, PeerMismatch, SpecRefused: as :func:`fetch_project`.
    """
    try:
        found, _ = await fetch_project(nodes, deployment, project)
    except NotFound:
        return 1
    return found.revision + 1


async def publish(nodes: Nodes, author: Author, specification: Specification) -> Specification:
    """Sign a specification and hand it to both servers.

    Raises:
        Conflict: somebody else published a revision before.
        PeerMismatch: a server says it took another project.
    """
    signed = sign_document(PROJECT_KIND, specification.body, author.keys.signing)
    for answer in await nodes.both(lambda node: node.create_project(signed)):
        if (text(answer, "id"), text(answer, "hash")) != (specification.project_id, specification.hash):
            raise PeerMismatch("A server took another project than the one that was sent.")
    return specification


async def repair_project(nodes: Nodes, project: str) -> dict[str, list[int]]:
    """Carry revisions that only one server has to the other; only who signed them can. Numbers by server.

    Raises:
        NotFound: neither server has the project.
        PeerMismatch: the servers have different specifications under the same number.
        BadSignature: a revision is not signed by the owner it names.
    """
    known = dict(zip(("a", "b"), await nodes.each(lambda node: _revisions(node, project)), strict=True))
    if not known["a"] and not known["b"]:
        raise NotFound("Neither server has this project, or you may not know of it.")
    if any(known["a"][number] != known["b"][number] for number in set(known["a"]) & set(known["b"])):
        raise PeerMismatch("The servers have different specifications under the same number; only a clone helps.")
    carried: dict[str, list[int]] = {"a": [], "b": []}
    for source, target in ((nodes.a, nodes.b), (nodes.b, nodes.a)):
        role = target.node.role
        for number in sorted(set(known[source.node.role]) - set(known[role])):
            signed = document(await source.revision(project, number), "document")
            verified(signed, project)
            await target.create_project(signed)
            carried[role].append(number)
    return carried


def new_id() -> str:
    """The id of a new project or draft."""
    return SystemRandom().token(16).hex()


async def _revisions(node: NodeClient, project: str) -> Mapping[int, Any]:
    """Hashes by number; nothing if the server does not know the project."""
    try:
        return {int(row["revision"]): row.get("hash") for row in await node.revisions(project)}
    except NotFound:
        return {}


async def _member(nodes: Nodes, user: UserRecord, name: str, role: str) -> dict[str, str]:
    if name == user.name:
        return {"user": name, "role": role, "verify_key": user.verify_key, "seal_key": user.seal_key}
    found = await nodes.both(lambda node: node.user(name))
    keys = [(text(answer, "verify_key"), text(answer, "seal_key")) for answer in found]
    if keys[0] != keys[1]:
        raise PeerMismatch(f"The servers name different keys for {name}; one of them is not telling the truth.")
    return {"user": name, "role": role, "verify_key": keys[0][0], "seal_key": keys[0][1]}
