"""The kit of a deployment: what the operators of its nodes install and every member registers with.

``KIT/ca/{ca.key,ca.pem}`` stays with whoever provisions; ``deployment.json`` and ``<role>.pem`` are public.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from common.crypto.rng import RandomSource
from common.deployment import HELPER, MAX_BYTES, ROLES, VERSION, Deployment
from common.errors import BadInput, Conflict
from common.net.files import write_atomic, write_private
from desktop_client.provision.authority import Authority, JoinRequest, check_request
from desktop_client.provision.issued import Issued, write_issued
from desktop_client.provision.office import Office


@dataclass(frozen=True)
class Kit:
    """What was written."""

    deployment: Deployment


def read_request(path: Path) -> JoinRequest:
    """Raises:
    BadInput: unreadable or not a join request.
    BadSignature: signed by another key.
    """
    return check_request(read_document(path))


def read_document(path: Path) -> object:
    """The JSON value of a request, unchecked.

    Raises:
        BadInput: unreadable.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path} is too large for a request.")
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"Cannot read the request {path}: {error}") from error


def write_kit(
    folder: Path, name: str, requests: Sequence[JoinRequest], rng: RandomSource, password: str | None = None
) -> Kit:
    """Make the authority, sign the certificates and write the whole kit or nothing.

    Raises:
        Conflict: the folder exists already.
        BadInput: not exactly one request for each of a, b and log and at most one for a helper, or two nodes share a
            name or a key.
    """
    by_role = _by_role(requests)
    if folder.exists():
        raise Conflict(f"{folder} exists already; a kit is never overwritten.")
    now = datetime.now(UTC)
    authority = Authority.create(name, now)
    created = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {
        "version": VERSION,
        "name": name,
        "created": created,
        "ca": authority.pem,
        "nodes": {role: _entry(request) for role, request in by_role.items()},
    }
    deployment = Deployment.from_json(body)
    certificates = {role: authority.issue(request, now) for role, request in by_role.items()}
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        (beside / "ca").mkdir(parents=True, mode=0o700)
        write_private(beside / "ca" / "ca.key", authority.key_pem(password))
        write_atomic(beside / "ca" / "ca.pem", authority.pem.encode())
        issued = Issued(1, created, deployment, certificates)
        write_issued(beside, issued)
        Office(beside, authority, issued).repack()
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return Kit(deployment)


def _by_role(requests: Sequence[JoinRequest]) -> dict[str, JoinRequest]:
    by_role = {request.role: request for request in requests}
    if set(by_role) - {HELPER} != set(ROLES) or len(requests) != len(by_role):
        found = ", ".join(sorted(request.role for request in requests)) or "none"
        raise BadInput(
            f"A deployment needs one join request for each of a, b and log, and may have one for a helper; "
            f"found: {found}."
        )
    for field in ("name", "verify_key", "seal_key"):
        if len({getattr(request, field) for request in requests}) != len(requests):
            raise BadInput(f"Two of the join requests have the same {field}.")
    return {role: by_role[role] for role in (*ROLES, HELPER) if role in by_role}


def _entry(request: JoinRequest) -> dict[str, str | int]:
    entry: dict[str, str | int] = {"name": request.name, "verify_key": request.verify_key}
    if request.role != HELPER:
        entry["url"] = request.url
    if request.role != "log":
        entry |= {"link_host": request.link_host, "link_port": request.link_port}
    if request.role not in ("log", HELPER):
        entry["seal_key"] = request.seal_key
    return entry
