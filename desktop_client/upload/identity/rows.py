"""Accounts as nodes show them, checked field by field: a node is not trusted to send well-formed answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from common.accounts.forms import ACCOUNT, REGISTRATION, ROTATION, USER, open_document
from common.accounts.model import DeviceState, InvitationState, Role, State, fingerprint
from common.errors import AppError, BadFrame, BadInput
from desktop_client.upload import answers

MAX_DOCUMENTS: Final = 10_000
_KEY: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Request:
    """Keys that wait for an administrator."""

    organisation: str
    verify_key: str
    seal_key: str
    created: str


@dataclass(frozen=True)
class Row:
    """One account at one node. ``last_login`` and ``request`` are shown to administrators only."""

    user: str
    organisation: str
    role: str
    state: str
    verify_key: str
    seal_key: str
    version: int
    created: str
    last_login: str | None = None
    request: Request | None = None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Row:
        """Raises:
        BadFrame: a field is missing or has another form.
        """
        return cls(
            _user(body),
            answers.text(body, "organisation"),
            _one_of(body, "role", Role),
            _one_of(body, "state", State),
            _key(body, "verify_key"),
            _key(body, "seal_key"),
            answers.number(body, "version"),
            _time(body, "created"),
            _time(body, "last_login") if body.get("last_login") is not None else None,
            _request(body.get("request")),
        )

    @property
    def keys(self) -> tuple[str, str]:
        return self.verify_key, self.seal_key

    @property
    def fingerprint(self) -> str:
        """Computed here, whatever the node says."""
        return fingerprint(self.user, self.verify_key, self.seal_key)

    @property
    def waiting(self) -> Request | None:
        """The request that an administrator has to decide about, if there is one."""
        if self.state == State.REQUESTED:
            return self.request or Request(self.organisation, self.verify_key, self.seal_key, self.created)
        return self.request

    @property
    def facts(self) -> tuple[Any, ...]:
        """What every node must say alike."""
        return self.organisation, self.role, self.state, self.verify_key, self.seal_key, self.version


@dataclass(frozen=True)
class DeviceRow:
    """A login key of the user at one node."""

    name: str
    key: str
    state: str
    created: str
    last_login: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> DeviceRow:
        """Raises:
        BadFrame: a field is missing or has another form.
        """
        last = _time(body, "last_login") if body.get("last_login") is not None else None
        state = _one_of(body, "state", DeviceState)
        return cls(answers.text(body, "name"), _key(body, "key"), state, _time(body, "created"), last)


@dataclass(frozen=True)
class InvitationRow:
    """An invitation; ``states`` by node, the one that was parsed under an empty name."""

    user: str
    organisation: str
    role: str
    code_hash: str
    expires: str
    created: str
    states: dict[str, str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> InvitationRow:
        """Raises:
        BadFrame: a field is missing or has another form.
        """
        times = _time(body, "expires"), _time(body, "created")
        about = _user(body), answers.text(body, "organisation"), _one_of(body, "role", Role)
        return cls(*about, _key(body, "code_hash"), *times, {"": _one_of(body, "state", InvitationState)})

    @property
    def status(self) -> str:
        """Its state, or ``partly`` where nodes differ."""
        found = set(self.states.values())
        return next(iter(found)) if len(found) == 1 else "partly"


@dataclass(frozen=True)
class Details:
    """All that one node shows about one account. Signatures of documents are checked where the node's rules do."""

    row: Row
    documents: tuple[dict[str, Any], ...]
    devices: tuple[DeviceRow, ...]
    registration: dict[str, Any] | None

    @classmethod
    def parse(cls, body: Mapping[str, Any], name: str) -> Details:
        """Raises:
        BadFrame: a field is missing, has another form, or is about another user than ``name``.
        """
        row = Row.parse(body)
        found = answers.items(body, "documents")
        if len(found) > MAX_DOCUMENTS:
            raise BadFrame("A node's answer has more documents than an account can have.")
        documents = tuple(_document(one, row) for one in found)
        if row.user != name or [one["body"]["version"] for one in documents] != sorted(
            {one["body"]["version"] for one in documents}
        ):
            raise BadFrame("A node's answer is about another user, or its documents are out of order.")
        devices = answers.items(body, "devices") if "devices" in body else []
        registration = body.get("registration")
        return cls(
            row,
            documents,
            tuple(DeviceRow.parse(one) for one in devices),
            _registration(registration, row) if registration is not None else None,
        )


def _request(value: object) -> Request | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadFrame("A node's answer has no valid 'request'.")
    keys = _key(value, "verify_key"), _key(value, "seal_key")
    return Request(answers.text(value, "organisation"), *keys, _time(value, "created"))


def _document(value: dict[str, Any], row: Row) -> dict[str, Any]:
    kind = value.get("kind")
    try:
        if kind not in (ACCOUNT, ROTATION):
            raise BadInput("It is of another kind.")
        body = open_document(value, str(kind))
        if body["user"] != row.user:
            raise BadInput("It is about somebody else.")
    except AppError as error:
        raise BadFrame(f"A node shows a document of {row.user} that is not valid: {error}") from error
    return value


def _registration(value: object, row: Row) -> dict[str, Any]:
    try:
        body = open_document(value, REGISTRATION)
        if not isinstance(value, dict) or (body["user"], body["verify_key"]) != (row.user, value["signer"]):
            raise BadInput("It is about somebody else, or not signed by the keys in it.")
    except AppError as error:
        raise BadFrame(f"A node shows a registration of {row.user} that is not valid: {error}") from error
    return value


def _user(body: Mapping[str, Any]) -> str:
    name = answers.text(body, "user")
    try:
        USER.check(name, "user")
    except BadInput as error:
        raise BadFrame("A node's answer has no valid 'user'.") from error
    return name


def _one_of(body: Mapping[str, Any], name: str, kinds: type[StrEnum]) -> str:
    value = answers.text(body, name)
    if value not in list(kinds):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def _key(body: Mapping[str, Any], name: str) -> str:
    value = answers.text(body, name)
    if not _KEY.fullmatch(value):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value


def _time(body: Mapping[str, Any], name: str) -> str:
    value = answers.text(body, name)
    if not _TIME.fullmatch(value):
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return value
