"""Every route of the log node as OpenAPI describes it. What a request may look like is checked in ``schemas.py``."""

from __future__ import annotations

from typing import Final

from common.accounts import forms, shown
from common.errors import (
    AccountDisabled,
    AppError,
    BadInput,
    BadSignature,
    Conflict,
    DiskFull,
    Forbidden,
    LastAdministrator,
    LogTampered,
    NodeUnreachable,
    NotApproved,
    NotFound,
    NotLoggedIn,
    NotReady,
    RateLimited,
    StoreDamaged,
    TokenExpired,
    TooLarge,
)
from common.merkle.proof import MAX_PROOF
from common.openapi.describe import MONITOR, NODE, USER
from common.openapi.fields import (
    BOOLEAN,
    COUNT,
    NOTHING,
    NUMBER,
    OBJECT,
    Record,
    choice,
    document,
    free_text,
    hexadecimal,
    listed,
    text,
)
from common.openapi.operation import Operation, Parameter, Raw
from log_node.api.schemas import MAX_BODY, MAX_DOCUMENTS, MAX_PAGE

_ANYWHERE: Final = (BadInput, AppError)
_READING: Final = (*_ANYWHERE, LogTampered, StoreDamaged)
_HASH = hexadecimal(64)
_TIME = text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "a time such as 2026-01-31T12:00:00Z")
_EVENT = document("event", OBJECT)
_PROOF = listed(_HASH, MAX_PROOF)
_NOTE = free_text(4096, "a signed checkpoint")
_POSITION = Record({"index": COUNT, "leaf_hash": _HASH, "proof": _PROOF})
_INFO = Record(
    {
        "name": free_text(64, "the name of the node"),
        "role": choice("log"),
        "version": free_text(64, "the version of the program"),
        "verify_key": _HASH,
        "origin": free_text(200, "the name of the log in its checkpoints"),
        "size": COUNT,
        "time": _TIME,
        "bootstrap": BOOLEAN,
    }
)
_LOAD = Record(
    {
        "processor_percent": NUMBER,
        **{name: COUNT for name in ("memory_used", "memory_total", "received_per_second", "sent_per_second")},
        **{name: COUNT for name in ("disk_free", "disk_total", "uptime_seconds", "requests", "entries")},
    }
)
_USER_PATH = f"/v1/users/{{name:{forms.USER_PATTERN}}}"
_LOGGED_IN: Final = (*_ANYWHERE, StoreDamaged, NotLoggedIn, TokenExpired, AccountDisabled)
_SENDING: Final = (*_LOGGED_IN, TooLarge, DiskFull)
_DECIDING: Final = (*_SENDING, BadSignature, Forbidden, Conflict)
_OPEN: Final = (*_ANYWHERE, StoreDamaged, DiskFull, TooLarge, RateLimited)
_DOCUMENT_BYTES: Final = 64 * 1024
_ADMINISTRATOR: Final = "administrator"
_READERS: Final = "user, server nodes A and B"

_IDENTITY: Final = (
    Operation(
        "users.register", "POST", "/v1/users",
        "Introduce the keys of somebody who has an invitation, or of the first administrator.",
        body=forms.carrying(forms.REGISTRATION), max_bytes=_DOCUMENT_BYTES, answer=shown.REGISTERED,
        errors=(*_OPEN, BadSignature, Forbidden, Conflict),
    ),
    Operation(
        "users.list", "GET", "/v1/users", "Every account; those who wait to be approved for administrators only.",
        USER, "user", answer=shown.USERS, errors=_LOGGED_IN,
    ),
    Operation(
        "users.show", "GET", _USER_PATH, "Public keys and state of a user, and every document that led there.",
        USER, "user", answer=shown.SHOWN, errors=(*_LOGGED_IN, NotFound),
    ),
    Operation(
        "users.account", "POST", f"{_USER_PATH}/account", "Approve, change, disable or enable an account.",
        USER, _ADMINISTRATOR, forms.carrying(forms.ACCOUNT), _DOCUMENT_BYTES, shown.ROW,
        errors=(*_DECIDING, NotFound, LastAdministrator),
    ),
    Operation(
        "users.rotate", "POST", f"{_USER_PATH}/rotate", "Put new account keys in the place of old ones.",
        USER, "administrator, the user", forms.carrying(forms.ROTATION), _DOCUMENT_BYTES, shown.ROW,
        errors=(*_DECIDING, NotFound),
    ),
    Operation(
        "users.devices", "POST", f"{_USER_PATH}/devices", "Add or revoke a device of a user.",
        body=forms.carrying(forms.DEVICE), max_bytes=_DOCUMENT_BYTES, answer=shown.DEVICES,
        errors=(*_OPEN, BadSignature, Forbidden, Conflict, AccountDisabled, NotFound),
    ),
    Operation(
        "invitations.create", "POST", "/v1/invitations", "Let the holder of a code register under a name.",
        USER, _ADMINISTRATOR, forms.carrying(forms.INVITATION), _DOCUMENT_BYTES, shown.INVITED, errors=_DECIDING,
    ),
    Operation(
        "invitations.list", "GET", "/v1/invitations", "All invitations, newest first.",
        USER, _ADMINISTRATOR, answer=shown.INVITATIONS, errors=(*_LOGGED_IN, Forbidden),
    ),
    Operation(
        "invitations.withdraw", "POST", "/v1/invitations/{code_hash:[0-9a-f]{64}}/withdraw",
        "Make the code of an invitation worthless.",
        USER, _ADMINISTRATOR, NOTHING, _DOCUMENT_BYTES, shown.INVITED,
        errors=(*_SENDING, Forbidden, Conflict, NotFound),
    ),
    Operation(
        "auth.challenge", "POST", "/v1/auth/challenge", "Ask for a login question.",
        body=forms.CHALLENGE, max_bytes=_DOCUMENT_BYTES, answer=shown.ASKED, errors=_OPEN,
    ),
    Operation(
        "auth.login", "POST", "/v1/auth/login", "Answer a login question with the signature of a device.",
        body=forms.LOGIN, max_bytes=_DOCUMENT_BYTES, answer=shown.GRANTED,
        errors=(*_OPEN, NotLoggedIn, NotApproved, AccountDisabled),
    ),
    Operation(
        "auth.logout", "POST", "/v1/auth/logout", "End this login.",
        USER, "user", NOTHING, _DOCUMENT_BYTES, NOTHING, errors=_SENDING,
    ),
    Operation(
        "auth.logout_all", "POST", "/v1/auth/logout-all", "End every login of the user at this node.",
        USER, "user", NOTHING, _DOCUMENT_BYTES, shown.ENDED, errors=_SENDING,
    ),
)  # fmt: skip

OPERATIONS: Final = (
    *_IDENTITY,
    Operation(
        "entries.append", "POST", "/v1/entries", "Take in signed events; answers when they are on disk and signed for.",
        NODE, "server nodes A and B", Record({"documents": listed(_EVENT, MAX_DOCUMENTS)}), MAX_BODY,
        Record({"entries": listed(_POSITION, MAX_DOCUMENTS), "checkpoint": _NOTE}),
        errors=(*_READING, BadSignature, Forbidden, TooLarge, DiskFull, NodeUnreachable),
    ),
    Operation(
        "entries.list", "GET", "/v1/entries",
        "Events in the bytes that were hashed; maybe fewer than asked for, at least one.", USER, _READERS,
        answer=Record({"entries": listed(_EVENT, MAX_PAGE), "from": COUNT, "size": COUNT}),
        errors=(*_READING, *_LOGGED_IN),
        query={"from": Parameter(COUNT, True), "to": Parameter(COUNT, True)},
    ),
    Operation(
        "checkpoint.show", "GET", "/v1/checkpoint", "The newest signed checkpoint as it was signed.",
        answer=Raw("text/plain", "A signed note.", is_text=True), errors=_ANYWHERE,
    ),
    Operation(
        "proof.inclusion", "GET", "/v1/proof/inclusion",
        "Proof that one entry, by its index or its leaf hash, is in the log of a size (of now by default).",
        USER, _READERS,
        answer=Record({"index": COUNT, "leaf_hash": _HASH, "size": COUNT, "proof": _PROOF}),
        errors=(*_READING, *_LOGGED_IN, NotFound),
        query={"index": Parameter(COUNT), "leaf": Parameter(_HASH), "size": Parameter(COUNT)},
    ),
    Operation(
        "proof.consistency", "GET", "/v1/proof/consistency",
        "Proof that the log of one size begins with the log of a smaller one.", USER, _READERS,
        answer=Record({"first": COUNT, "second": COUNT, "proof": _PROOF}), errors=(*_READING, *_LOGGED_IN),
        query={"first": Parameter(COUNT, True), "second": Parameter(COUNT, True)},
    ),
    Operation("node.info", "GET", "/v1/info", "Who this is.", answer=_INFO, errors=_ANYWHERE),
    Operation(
        "node.deployment", "GET", "/v1/deployment",
        "The description of the deployment, for programs that compare its fingerprint before they believe it.",
        answer=OBJECT, errors=_ANYWHERE,
    ),
    Operation(
        "node.health", "GET", "/v1/healthz", "For load balancers and monitors; 503 when nothing can be written.",
        answer=Record({"status": choice("ok", "damaged")}, optional={"code": free_text(40, "an error code")}),
        statuses=(200, 503), errors=_ANYWHERE,
    ),
    Operation(
        "node.load", "GET", "/v1/load", "How busy the log node is, for everybody who is logged in.", USER, "user",
        answer=_LOAD, errors=_LOGGED_IN,
    ),
    Operation(
        "node.alive", "GET", "/healthz", "Whether the process answers; nothing else is looked at.",
        answer=Record({"status": choice("ok")}), errors=_ANYWHERE,
    ),
    Operation(
        "node.ready", "GET", "/readyz", "Whether the node can work, part by part for its operators.",
        answer=Record({"status": choice("ready", "degraded")}, optional={"components": OBJECT}),
        errors=(*_ANYWHERE, NotReady),
    ),
    Operation(
        "node.metrics", "GET", "/metrics", "Counters and figures of the node, for Prometheus.", MONITOR,
        "holder of the metrics token",
        answer=Raw("text/plain", "Counters and figures in the form of Prometheus.", is_text=True),
        errors=(*_ANYWHERE, NotLoggedIn),
    ),
    Operation(
        "node.openapi", "GET", "/v1/openapi.json", "This description, as an OpenAPI 3.1 document.", answer=OBJECT,
        errors=_ANYWHERE,
    ),
    Operation(
        "node.docs", "GET", "/v1/docs", "This description, as a page for people.",
        answer=Raw("text/html", "The page.", is_text=True), errors=_ANYWHERE,
    ),
)  # fmt: skip
