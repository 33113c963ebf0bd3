"""What may stand in the log: signed "event" documents that hold ids, hashes and times, and no free text.

A node signs every event. Where a user caused it, ``evidence`` carries the user's own signed document, so that the node
cannot put words into the user's mouth. Users appear under a pseudonym made from their public key, never by name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from common.crypto.signing import SIGNATURE_BYTES
from common.documents import canonical, verify_document
from common.errors import BadInput, TooLarge
from common.merkle.tree import leaf_hash

EVENT_KIND: Final = "event"
EVENT_VERSION: Final = 1
MAX_ENTRY_BYTES: Final = 8192
MAX_SUBJECT: Final = 16
EVIDENCE_KINDS: Final = frozenset(
    {"consent", "consent-withdraw", "job-start", "job-control", "test-start", "model-forget", "dataset-delete"}
)
_SIGNED_NAMES: Final = {"specification": "project_hash"}
"""What a subject calls otherwise than the document a user signs."""
_REQUIRED = frozenset({"version", "id", "time", "actor", "action", "subject"})
_ID = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(rf"[0-9a-f]{{{2 * SIGNATURE_BYTES}}}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_ACTOR = re.compile(r"node:(a|b|log)|user:[0-9a-f]{32}")
_ACTION = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,5}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TOKEN = re.compile(r"[A-Za-z0-9._:+/=-]{0,128}")
_MAX_INT: Final = 2**53


class Action(StrEnum):
    """The actions that nodes record; the log accepts any well-formed one, so that a newer node can add to them."""

    REGISTER = "register"
    LOGIN = "login"
    LOGOUT_ALL = "logout-all"
    ACCOUNT_BOOTSTRAP = "account-bootstrap"
    ACCOUNT_INVITE = "account-invite"
    ACCOUNT_INVITE_WITHDRAW = "account-invite-withdraw"
    ACCOUNT_APPROVE = "account-approve"
    ACCOUNT_DISABLE = "account-disable"
    ACCOUNT_ENABLE = "account-enable"
    ACCOUNT_CHANGE = "account-change"
    ACCOUNT_ROTATE = "account-rotate"
    DEVICE_ADD = "device-add"
    DEVICE_REVOKE = "device-revoke"
    DATASET_UPLOAD = "dataset-upload"
    DATASET_RECEIPT = "dataset-receipt"
    DATASET_CONFIRM = "dataset-confirm"
    DATASET_DELETE = "dataset-delete"
    DATASET_SETTINGS = "dataset-settings"
    PROJECT_CREATE = "project-create"
    PROJECT_ARCHIVE = "project-archive"
    PROJECT_RESTORE = "project-restore"
    CONSENT = "consent"
    CONSENT_WITHDRAW = "consent-withdraw"
    JOB_START = "job-start"
    JOB_STAGE = "job-stage"
    JOB_CHECKPOINT = "job-checkpoint"
    JOB_CONTROL = "job-control"
    JOB_CANCEL = "job-cancel"
    JOB_FINISH = "job-finish"
    JOB_FAIL = "job-fail"
    MODEL_SEAL = "model-seal"
    MODEL_FETCH = "model-fetch"
    MODEL_KEEP = "model-keep"
    MODEL_FORGET = "model-forget"
    MODEL_LAPSE = "model-lapse"
    TEST_START = "test-start"
    ANSWER_SEAL = "answer-seal"
    ANSWER_FETCH = "answer-fetch"
    NODE_START = "node-start"
    NODE_STOP = "node-stop"


@dataclass(frozen=True)
class Event:
    """A checked event: ``entry`` are the bytes that are hashed, ``leaf`` is their leaf hash (32 bytes)."""

    entry: bytes
    leaf: bytes
    signer: str
    body: Mapping[str, Any]

    @property
    def action(self) -> str:
        return str(self.body["action"])


def user_actor(verify_key: str) -> str:
    """The pseudonym of a user: whoever knows the public key can recompute it; no name is in it."""
    return "user:" + hashlib.sha256(bytes.fromhex(verify_key)).hexdigest()[:32]


def check_event(document: object) -> Event:
    """Check form, signature and evidence of an event document.

    Raises:
        BadInput: a field is missing, unknown or has the wrong form.
        TooLarge: more than 8192 bytes in canonical form.
        BadSignature: the node's or the user's signature does not fit.
    """
    try:
        entry = canonical(document)
    except ValueError as error:
        raise BadInput("An event must be canonical JSON without floating point.") from error
    if len(entry) > MAX_ENTRY_BYTES:
        raise TooLarge(f"An event has at most {MAX_ENTRY_BYTES} bytes.")
    signer = _signer(document)
    body = verify_document(document, EVENT_KIND, signer)
    _check_body(body)
    return Event(entry, leaf_hash(entry), signer, body)


def check_subject(subject: object) -> None:
    """A flat object of at most 16 short tokens, whole numbers, truth values and nulls.

    Raises:
        BadInput: anything else; free text has no place in the log.
    """
    if not isinstance(subject, dict) or len(subject) > MAX_SUBJECT:
        raise BadInput(f"A subject is an object of at most {MAX_SUBJECT} fields.", field="subject")
    for name, value in subject.items():
        is_number = type(value) is int and 0 <= value <= _MAX_INT
        is_token = isinstance(value, str) and _TOKEN.fullmatch(value)
        if not (_FIELD.fullmatch(name) and (value is None or isinstance(value, bool) or is_number or is_token)):
            raise BadInput(f"Field {name[:40]!r} is neither an id, a hash nor a number.", field="subject")


def _check_body(body: Mapping[str, Any]) -> None:
    if set(body) - {"evidence"} != _REQUIRED:
        raise BadInput("An event has the fields version, id, time, actor, action, subject and maybe evidence.")
    if type(body["version"]) is not int or body["version"] != EVENT_VERSION:
        raise BadInput(f"Only events of version {EVENT_VERSION} are known.", field="version")
    for field, form in (("id", _ID), ("time", _TIME), ("actor", _ACTOR), ("action", _ACTION)):
        value = body[field]
        if not isinstance(value, str) or len(value) > 64 or not form.fullmatch(value):
            raise BadInput(f"Field {field!r} of the event does not have the form it must have.", field=field)
    check_subject(body["subject"])
    if "evidence" in body:
        _check_evidence(body["evidence"], body)
    elif body["action"] in EVIDENCE_KINDS:
        raise BadInput(f"A {body['action']} event needs the user's own signed document.", field="evidence")


def _check_evidence(evidence: object, body: Mapping[str, Any]) -> None:
    """Kind, signer and ids of the evidence are those of the event, and the user's signature holds."""
    kind = evidence.get("kind") if isinstance(evidence, dict) else None
    if not isinstance(kind, str) or kind not in EVIDENCE_KINDS:
        raise BadInput(f"Evidence is one of: {', '.join(sorted(EVIDENCE_KINDS))}.", field="evidence")
    if kind != body["action"]:
        raise BadInput(f"Evidence of kind {kind} does not show the action of the event.", field="evidence")
    signer = _signer(evidence)
    signed = verify_document(evidence, kind, signer)
    check_subject(signed)
    if user_actor(signer) != body["actor"]:
        raise BadInput("The evidence was not signed by the actor of the event.", field="evidence")
    for name, value in body["subject"].items():
        if signed.get(_SIGNED_NAMES.get(name, name), value) != value:
            raise BadInput(f"The evidence names another {name} than the event.", field="evidence")


def _signer(document: object) -> str:
    """Who signed. Key and signature have one spelling, else one event could stand in the log under two hashes."""
    found = document if isinstance(document, dict) else {}
    for field, form in (("signer", _KEY), ("signature", _SIGNATURE)):
        value = found.get(field)
        if not isinstance(value, str) or not form.fullmatch(value):
            raise BadInput(f"Field {field!r} of a signed document must be lower-case hexadecimal.", field=field)
    return str(found["signer"])
