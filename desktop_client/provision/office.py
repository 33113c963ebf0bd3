"""Changes of a deployment after it was provisioned: further organisations, a helper, new certificates.

The decision is written down first; the kits follow from it and are made again whenever one is missing or old.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from common.deployment import HELPER, Deployment
from common.deployment.kit import MANIFEST_NAME, read_kit
from common.documents import verify_document
from common.errors import AppError, BadInput, ConfigError, Conflict
from common.net.files import write_atomic
from common.net.renewal import RENEWAL_KIND
from desktop_client.provision.authority import Authority, JoinRequest, parse_csr
from desktop_client.provision.issued import AUTHORITY, KITS, Issued, read_issued, write_issued
from desktop_client.provision.packing import Issue, pack_all, pack_node, pack_organisation, write_folder

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_REQUEST_AGE: Final = timedelta(days=30)
_AHEAD: Final = timedelta(days=1)
_ORGANISATION: Final = re.compile(r"[^\W_](?:[\w .,&'()/-]{0,98}\w|[\w .,&'()/-]{0,98}\))?")
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")
Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """The folder of whoever provisions, with the authority's key."""

    folder: Path
    authority: Authority
    issued: Issued
    clock: Clock = _utc_now

    @classmethod
    def open(cls, folder: Path, password: str | None = None, clock: Clock = _utc_now) -> Office:
        """Raises:
        ConfigError: no such folder, or damaged. WrongPassword: the authority's key is locked by another one.
        """
        issued = read_issued(folder)
        try:
            key = (folder / AUTHORITY / "ca.key").read_bytes()
            certificate = (folder / AUTHORITY / "ca.pem").read_bytes()
        except OSError as error:
            raise ConfigError(f"Cannot read the authority in {folder}: {error.strerror}.") from error
        authority = Authority.load(key, certificate, password)
        if authority.pem != issued.deployment.ca_pem:
            raise ConfigError(f"The authority in {folder} is not that of its deployment.")
        return cls(folder, authority, issued, clock)

    def add_organisation(self, name: str) -> Path:
        """Make the kit of a further organisation; no other kit changes. Doing it again gives the same folder.

        Raises:
            BadInput: not a name for an organisation, or too like another one.
        """
        if not _ORGANISATION.fullmatch(name):
            raise BadInput("The name of an organisation has 1 to 100 letters, digits, spaces and plain signs.")
        others = {_plain(one): one for one in self.issued.organisations}
        if others.get(_plain(name), name) != name:
            raise BadInput(f"There is an organisation {others[_plain(name)]!r} already; choose a name less like it.")
        if name not in self.issued.organisations:
            self._decide(replace(self.issued, organisations=(*self.issued.organisations, name)))
        else:
            self.repack()
        return self.folder / KITS / f"organisation-{_plain(name)}"

    def add_helper(self, request: JoinRequest) -> Deployment:
        """Take a helper into the deployment: its description changes, so every kit is made anew.

        Raises:
            Conflict: there is one.
            BadInput: not the request of a helper, or its name or a key is that of another node.
        """
        old = self.issued.deployment
        if request.role != HELPER:
            raise BadInput(f"This is the request of a node {request.role!r}, not of a helper.")
        if old.has_helper:
            raise Conflict("The deployment has a helper already.")
        entry = {
            "name": request.name,
            "verify_key": request.verify_key,
            "link_host": request.link_host,
            "link_port": request.link_port,
        }
        body = {**old.body, "nodes": {**old.body["nodes"], HELPER: entry}}
        try:
            deployment = Deployment.from_json(body)
        except ConfigError as error:
            raise BadInput(str(error)) from error
        certificates = {**self.issued.certificates, HELPER: self.authority.issue(request, self.clock())}
        self._decide(self._next(deployment=deployment, certificates=certificates))
        return deployment

    def renew(self, document: object) -> Path:
        """Sign a new certificate for a node that asks for it with its identity key; gives its new kit.

        Raises:
            BadSignature, BadInput: not a renewal request of a node of this deployment, or an old one.
        """
        body = verify_document(document, RENEWAL_KIND)
        role = str(body.get("role"))
        if role not in self.issued.deployment.roles:
            raise BadInput("The renewal request names no node of this deployment.")
        node = self.issued.deployment.node(role)
        verify_document(document, RENEWAL_KIND, node.verify_key)
        if body.get("name") != node.name or not isinstance(body.get("csr"), str):
            raise BadInput("The renewal request is not one of this node.")
        self._require_recent(body)
        request = JoinRequest(
            role, node.name, node.url, node.link_host, node.link_port, node.verify_key, node.seal_key, parse_csr(body)
        )
        certificates = {**self.issued.certificates, role: self.authority.issue(request, self.clock())}
        self._decide(self._next(certificates=certificates))
        return self.folder / KITS / role

    def repack(self) -> None:
        """Make every kit that is missing, damaged or old; those that are as they should be are left alone."""
        issued = self.issued
        issue = Issue(self.authority, issued.deployment, issued.serial, issued.time)
        pems = {role: pem.encode() for role, pem in issued.certificates.items()}
        for role, pem in pems.items():
            _place(self.folder / KITS / role, pack_node(issue, role, pem))
        for name in issued.organisations:
            _place(self.folder / KITS / f"organisation-{_plain(name)}", pack_organisation(issue, name))
        files = pack_all(issue, pems)
        if not _is_current(self.folder, files):
            for name, data in files.items():
                write_atomic(self.folder / name, data)

    def _next(self, **changes: Any) -> Issued:
        return replace(self.issued, serial=self.issued.serial + 1, time=self.clock().strftime(_FORM), **changes)

    def _decide(self, issued: Issued) -> None:
        write_issued(self.folder, issued)
        replace(self, issued=issued).repack()

    def _require_recent(self, body: dict[str, Any]) -> None:
        try:
            made = datetime.strptime(str(body.get("time")), _FORM).replace(tzinfo=UTC)
        except ValueError as error:
            raise BadInput("The renewal request has no valid time.") from error
        if not -_AHEAD <= self.clock() - made <= _REQUEST_AGE:
            raise BadInput("The renewal request is too old; make a new one on the node.")


def _place(folder: Path, files: dict[str, bytes]) -> None:
    if not _is_current(folder, files):
        write_folder(folder, files)


def _is_current(folder: Path, files: dict[str, bytes]) -> bool:
    """Whether a kit with these contents is there, whatever its number."""
    try:
        found = read_kit(folder)
        names = {name for name in files if name != MANIFEST_NAME}
        return set(found.files) == names and all((folder / name).read_bytes() == files[name] for name in names)
    except (AppError, OSError):
        return False


def _plain(name: str) -> str:
    """A name as part of a path: lower-case letters, digits and dashes; other letters by their number."""
    latin = "".join(c if c.isascii() else f"-{ord(c):x}-" for c in name.lower())
    return _NOT_PLAIN.sub("-", latin).strip("-")
