"""Every route of the log node as OpenAPI describes it. What a request may look like is checked in ``schemas.py``."""

from __future__ import annotations

from typing import Final

from common.errors import (
    AppError,
    BadInput,
    BadSignature,
    DiskFull,
    Forbidden,
    LogTampered,
    NodeUnreachable,
    NotFound,
    StoreDamaged,
    TooLarge,
)
from common.merkle.proof import MAX_PROOF
from common.openapi.describe import NODE
from common.openapi.fields import COUNT, OBJECT, Record, choice, document, free_text, hexadecimal, listed, text
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
    }
)

OPERATIONS: Final = (
    Operation(
        "entries.append", "POST", "/v1/entries", "Take in signed events; answers when they are on disk and signed for.",
        NODE, "server nodes A and B", Record({"documents": listed(_EVENT, MAX_DOCUMENTS)}), MAX_BODY,
        Record({"entries": listed(_POSITION, MAX_DOCUMENTS), "checkpoint": _NOTE}),
        errors=(*_READING, BadSignature, Forbidden, TooLarge, DiskFull, NodeUnreachable),
    ),
    Operation(
        "entries.list", "GET", "/v1/entries",
        "Events in the bytes that were hashed; maybe fewer than asked for, at least one.",
        answer=Record({"entries": listed(_EVENT, MAX_PAGE), "from": COUNT, "size": COUNT}), errors=_READING,
        query={"from": Parameter(COUNT, True), "to": Parameter(COUNT, True)},
    ),
    Operation(
        "checkpoint.show", "GET", "/v1/checkpoint", "The newest signed checkpoint as it was signed.",
        answer=Raw("text/plain", "A signed note.", is_text=True), errors=_ANYWHERE,
    ),
    Operation(
        "proof.inclusion", "GET", "/v1/proof/inclusion",
        "Proof that one entry, by its index or its leaf hash, is in the log of a size (of now by default).",
        answer=Record({"index": COUNT, "leaf_hash": _HASH, "size": COUNT, "proof": _PROOF}),
        errors=(*_READING, NotFound),
        query={"index": Parameter(COUNT), "leaf": Parameter(_HASH), "size": Parameter(COUNT)},
    ),
    Operation(
        "proof.consistency", "GET", "/v1/proof/consistency",
        "Proof that the log of one size begins with the log of a smaller one.",
        answer=Record({"first": COUNT, "second": COUNT, "proof": _PROOF}), errors=_READING,
        query={"first": Parameter(COUNT, True), "second": Parameter(COUNT, True)},
    ),
    Operation("node.info", "GET", "/v1/info", "Who this is.", answer=_INFO, errors=_ANYWHERE),
    Operation(
        "node.health", "GET", "/v1/healthz", "For load balancers and monitors; 503 when nothing can be written.",
        answer=Record({"status": choice("ok", "damaged")}, optional={"code": free_text(40, "an error code")}),
        statuses=(200, 503), errors=_ANYWHERE,
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
