"""Projects as both servers show them. Nothing that one of them says is taken for true: documents are verified here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.agreement.reason import Reason
from common.deployment import Deployment
from common.documents import verify_document
from common.errors import AppError, BadFrame, BadSignature, PeerMismatch
from common.sharing.manifest import Manifest, verify_manifest
from common.specification import Specification, parse_specification
from desktop_client.settings import UserRecord
from desktop_client.upload import answers
from desktop_client.upload.answers import document, text
from desktop_client.upload.client import Nodes

PROJECT_KIND: Final = "project"
GRANTED: Final = "granted"
_KINDS: Final = {GRANTED: "consent", "declined": "consent", "withdrawn": "consent-withdraw"}


@dataclass(frozen=True)
class Past:
    """A revision as a server lists it: its number, its hash, and what was decided about it."""

    revision: int
    hash: str
    owner: str
    created: str
    decisions: tuple[dict[str, Any], ...]


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
    """The newest specification of a project, checked as a server would, and what server A says about its state.

    Raises:
        BadSignature: not signed by the owner it names.
        PeerMismatch: another project than asked for, another one at each server, other servers than this deployment's.
        SpecRefused: no server should run it.
    """
    found = await nodes.both(lambda node: node.project(project))
    specifications = [verified(document(answer, "document"), project) for answer in found]
    if specifications[0].hash != specifications[1].hash:
        numbers = " and ".join(str(one.revision) for one in specifications)
        raise PeerMismatch(
            f"The servers show different revisions of this project ({numbers}); "
            "who published the newer one repairs it with `imguard project repair`."
        )
    require_servers(specifications[0], deployment)
    return specifications[0], found[0]


async def fetch_revision(nodes: Nodes, project: str, number: int) -> Specification:
    """An earlier revision, verified and the same at A and B. Raises as :func:`fetch_project`."""
    found = await nodes.both(lambda node: node.revision(project, number))
    specifications = [verified(document(answer, "document"), project) for answer in found]
    if specifications[0].hash != specifications[1].hash or specifications[0].revision != number:
        raise PeerMismatch("The servers show different specifications as this revision.")
    return specifications[0]


async def fetch_history(nodes: Nodes, project: str) -> tuple[list[Past], list[Past]]:
    """What each server says about all revisions; numbers and hashes are only claims until a revision is fetched.

    Raises:
        BadFrame: an answer has another form.
    """
    found_a, found_b = await nodes.both(lambda node: node.revisions(project))
    return [_past(row) for row in found_a], [_past(row) for row in found_b]


async def last_agreed(nodes: Nodes, specification: Specification, user: UserRecord) -> Specification | None:
    """The latest earlier revision to which this user consented, by their own signature; None if no server shows one.

    Raises:
        PeerMismatch: the revision that a server shows is not the one that was signed.
    """
    signed: dict[int, str] = {}
    for history in await fetch_history(nodes, specification.project_id):
        for past in history:
            for decision in past.decisions:
                if past.revision < specification.revision and _is_own_consent(decision["document"], past.hash, user):
                    signed[past.revision] = past.hash
    if not signed:
        return None
    newest = max(signed)
    found = await fetch_revision(nodes, specification.project_id, newest)
    if found.hash != signed[newest]:
        raise PeerMismatch("The servers show another specification than the one you consented to.")
    return found


def verified(signed: dict[str, Any], project: str) -> Specification:
    """The specification in a document, which must be signed by the owner it names.

    Raises:
        BadSignature, SpecRefused, PeerMismatch: as :func:`fetch_project`.
    """
    specification = parse_specification(verify_document(signed, PROJECT_KIND))
    owner = specification.member(specification.body["owner"])
    if owner is None or signed["signer"] != owner["verify_key"]:
        raise BadSignature("The project was not signed by the owner it names.")
    if specification.project_id != project:
        raise PeerMismatch("A server shows another project than the one that was asked for.")
    return specification


def require_servers(specification: Specification, deployment: Deployment) -> None:
    """Raises:
    PeerMismatch: the project would be computed by other servers than those of this deployment.
    """
    if specification.body["servers"] != servers_of(deployment, specification.preparation):
        raise PeerMismatch("The project names other servers than those of this deployment.")


def servers_of(deployment: Deployment, preparation: str | None) -> dict[str, str]:
    """The verify keys of the nodes that compute in a project."""
    roles = ("a", "b", "helper") if preparation == "helper" else ("a", "b")
    return {role: deployment.node(role).verify_key for role in roles}


def own_datasets(specification: Specification, user: UserRecord) -> tuple[str, ...]:
    """Data sets of this user in a project, after a check that it has this user's real keys.

    Raises:
        BadSignature: the project names other keys for this user; somebody else would receive the model.
    """
    member = specification.member(user.name)
    if member is not None and (member["verify_key"], member["seal_key"]) != (user.verify_key, user.seal_key):
        raise BadSignature("The project names other keys for you than your own; do not consent to it.")
    return tuple(one for one in specification.dataset_ids if specification.owner_of(one) == user.name)


def decisions_in(answer: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """What data owners decided, with reasons that are really those that were signed.

    Raises:
        BadFrame: a decision has another form, or its reason is not the one that was signed.
        BadSignature: a decision was not signed by the key it names.
    """
    return tuple(_decision(row) for row in answers.items(answer, "decisions"))


def _decision(row: Mapping[str, Any]) -> dict[str, Any]:
    decision, signed = text(row, "decision"), document(row, "document")
    if decision not in _KINDS or not isinstance(row.get("counts"), bool):
        raise BadFrame("A node shows a decision of a kind that is not known here.")
    body = verify_document(signed, _KINDS[decision])
    given = document(row, "reason")
    reason = Reason(text(given, "text"), text(given, "salt"))
    try:
        reason.check(body.get("reason"))
    except AppError as error:
        raise BadFrame("A node shows another reason than the one that was signed.") from error
    if body.get("dataset") != row.get("dataset") or body.get("decision", "withdrawn") != decision:
        raise BadFrame("A node shows another decision than the one that was signed.")
    return {
        "dataset": text(row, "dataset"),
        "owner": text(row, "owner"),
        "decision": decision,
        "reason": reason.text,
        "expires": body.get("expires"),
        "time": body.get("time"),
        "counts": row["counts"],
        "document": signed,
    }


def _past(row: Mapping[str, Any]) -> Past:
    return Past(
        answers.number(row, "revision"),
        text(row, "hash"),
        text(row, "owner"),
        text(row, "created"),
        decisions_in(row),
    )


def _is_own_consent(signed: Mapping[str, Any], specification: str, user: UserRecord) -> bool:
    """Whether this very user agreed to this very specification, with the key in force or one that was rotated since."""
    body = signed["body"]
    agreed = (body.get("project_hash"), body.get("decision")) == (specification, GRANTED)
    return agreed and signed["signer"] in (user.verify_key, *user.former)
