"""One route of a node: where it is, what answers it, by which permission, what it takes and what it can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.errors import (
    AccountDisabled,
    AppError,
    BadInput,
    BadSignature,
    DatabaseGone,
    DiskFull,
    Forbidden,
    NotFound,
    NotLoggedIn,
    StoreDamaged,
    TokenExpired,
    TooLarge,
    UnknownCertificate,
)
from common.openapi.describe import MONITOR, NODE, USER
from common.openapi.fields import Record
from common.openapi.operation import Answer, Operation, Parameter, Raw
from server_node.api.call import Handler
from server_node.api.permissions import PERMISSIONS, Permission, Relation, Subject

ANYWHERE: tuple[type[AppError], ...] = (BadInput, AppError, StoreDamaged, DatabaseGone, DiskFull)
"""What every route may refuse with: a request that cannot be read, a bug, a store that is damaged, away or full."""


@dataclass(frozen=True)
class Route:
    """``name`` is a row of the table of permissions.

    ``schema`` is what the body must be; without one there is none, and a raw one is read by the handler. ``answer`` is
    what comes back. ``errors`` are those the handler can end with, beyond what follows from the rest of the route:
    logins, permissions, form and signature of the body. Parameters of the query and headers arrive checked, as
    ``call.query`` and ``call.headers``; a parameter that is not listed is refused.
    """

    name: str
    method: str
    path: str
    handler: Handler
    schema: Record | Raw | None = None
    max_bytes: int = 64 * 1024
    answer: Answer | None = None
    errors: tuple[type[AppError], ...] = ()
    query: Mapping[str, Parameter] = field(default_factory=dict)
    headers: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def permission(self) -> Permission:
        return PERMISSIONS[self.name]

    @property
    def operation(self) -> Operation:
        """The route as OpenAPI describes it."""
        return Operation(
            name=self.name,
            method=self.method,
            path=self.path,
            summary=(self.handler.__doc__ or "").strip().splitlines()[0],
            security=_security(self.permission),
            allowed=_allowed(self.permission),
            body=self.schema,
            max_bytes=self.max_bytes,
            answer=self.answer,
            errors=tuple(dict.fromkeys((*ANYWHERE, *self._implied(), *self.errors))),
            query=self.query,
            headers=self.headers,
        )

    def _implied(self) -> list[type[AppError]]:
        found: list[type[AppError]] = []
        if self.permission.needs_login:
            found += [NotLoggedIn, TokenExpired, AccountDisabled, Forbidden]
        if Relation.PEER in self.permission.allowed:
            found.append(UnknownCertificate)
        if Relation.MONITOR in self.permission.allowed:
            found.append(NotLoggedIn)
        if "{" in self.path or self.permission.subject is not Subject.NOTHING:
            found.append(NotFound)
        if self.schema is not None:
            found.append(TooLarge)
        if isinstance(self.schema, Record) and "document" in self.schema.fields:
            found.append(BadSignature)
        return found


def _security(permission: Permission) -> str:
    if permission.needs_login:
        return USER
    if Relation.MONITOR in permission.allowed:
        return MONITOR
    return NODE if Relation.PEER in permission.allowed else ""


def _allowed(permission: Permission) -> str:
    of = "" if permission.subject is Subject.NOTHING else f" of the {permission.subject.value}"
    return ", ".join(sorted(relation.value for relation in permission.allowed)) + of
