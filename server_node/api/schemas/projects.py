"""Bodies of requests about projects, consents and drafts, and their answers."""

from __future__ import annotations

from common.agreement.reason import MAX_REASON
from common.specification import MAX_NAME, ROLES
from server_node.api.schemas.fields import (
    ANYTHING,
    BOOLEAN,
    COUNT,
    HASH,
    ID,
    OBJECT,
    SENTENCE,
    SIGNED,
    TIME,
    USER,
    Record,
    Schema,
    choice,
    document,
    free_text,
    integer,
    listed,
    nullable,
    text,
)
from server_node.projects.drafts import KIND as DRAFT_KIND

_MAYBE_HASH = text(r"([0-9a-f]{64})?", "64 hexadecimal digits in lower case, or nothing")
_MAYBE_SALT = text(r"([0-9a-f]{32})?", "32 hexadecimal digits in lower case, or nothing")
_REASON = Record({"text": free_text(MAX_REASON), "salt": _MAYBE_SALT})
_WORDS = {"reason": _REASON}
"""What is known of the reason that the document commits to."""

_CONSENT = Record(
    {
        "project_hash": HASH,
        "dataset": HASH,
        "decision": choice("granted", "declined"),
        "reason": _MAYBE_HASH,
        "expires": nullable(TIME),
        "time": TIME,
    }
)
_WITHDRAWAL = Record({"project_hash": HASH, "dataset": HASH, "reason": _MAYBE_HASH, "time": TIME})
_ARCHIVE = Record({"project": ID, "archived": BOOLEAN, "reason": free_text(MAX_REASON), "time": TIME})
_ROLE = choice(*ROLES)
_DRAFT = Record(
    {
        "id": ID,
        "version": integer(1, 1_000_000),
        "name": free_text(MAX_NAME),
        "members": listed(Record({"user": USER, "role": _ROLE}), 200),
        "content": OBJECT,
        "time": TIME,
    }
)

PROJECT = Record({"document": document("project", OBJECT)})
CONSENT = Record({"document": document("consent", _CONSENT)}, _WORDS)
WITHDRAWAL = Record({"document": document("consent-withdraw", _WITHDRAWAL)}, _WORDS)
ARCHIVE = Record({"document": document("project-archive", _ARCHIVE)})
DRAFT = Record({"document": document(DRAFT_KIND, _DRAFT)})

_NAME = free_text(MAX_NAME)
_STATE = choice("awaiting-consent", "ready", "archived", "replaced")
_BRIEF = {
    "id": ID,
    "name": _NAME,
    "owner": USER,
    "state": _STATE,
    "revision": COUNT,
    "hash": HASH,
    "created": TIME,
}
_CHANGE = Record({"field": free_text(200), "before": ANYTHING, "after": ANYTHING})
_DECISION = Record(
    {
        "dataset": HASH,
        "owner": USER,
        "decision": choice("granted", "declined", "withdrawn"),
        "reason": _REASON,
        "expires": nullable(TIME),
        "time": TIME,
        "counts": BOOLEAN,
        "document": SIGNED,
    }
)
_SHOWN: dict[str, Schema] = {
    **_BRIEF,
    "document": SIGNED,
    "changes": listed(_CHANGE, 5000),
    "consents": listed(SIGNED, 200),
    "missing_consents": listed(HASH, 200),
    "declined": listed(_DECISION, 200),
    "decisions": listed(_DECISION, 200),
}

CREATED = Record(_BRIEF)
PROJECTS = Record({"projects": listed(Record(_BRIEF), 100_000)})
SHOWN = Record({**_SHOWN, "archive": nullable(SIGNED)})
REVISION = Record(_SHOWN)
_PAST = Record({**_BRIEF, "changes": listed(_CHANGE, 5000), "decisions": listed(_DECISION, 200)})
REVISIONS = Record({"revisions": listed(_PAST, 1000)})
LEFT = Record({"missing_consents": listed(HASH, 200)})
REMINDED = Record({"reminded": listed(USER, 200), "spared": listed(USER, 200)})

_DRAFT_BRIEF = {"id": ID, "name": _NAME, "version": COUNT, "role": _ROLE, "author": USER, "changed": TIME}
DRAFTS = Record({"drafts": listed(Record(_DRAFT_BRIEF), 100_000)})
SHOWN_DRAFT = Record({**_DRAFT_BRIEF, "role": nullable(_ROLE), "document": SIGNED})

_ABOUT = {"project": ID, "name": _NAME, "revision": COUNT, "hash": HASH, "dataset": HASH}
_WAITING = Record({**_ABOUT, "since": TIME, "reminded": nullable(TIME)})
_ENDING = Record({**_ABOUT, "expires": TIME})
_REGISTRATION = Record({"user": USER, "organisation": free_text(200), "fingerprint": SENTENCE, "since": TIME})
DECISIONS = Record(
    {
        "consents": listed(_WAITING, 100_000),
        "ending": listed(_ENDING, 100_000),
        "registrations": listed(_REGISTRATION, 100_000),
    }
)
