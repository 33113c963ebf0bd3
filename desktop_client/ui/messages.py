"""How an error is told to a person: by its code, translated, with its own message where that says more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication

from common.errors import AppError
from common.logs import redact
from desktop_client.plain import plain
from desktop_client.ui.error_words import WORDS

_SPEAKS_ITSELF: Final = frozenset(
    {
        "bad-image", "bad-input", "config", "conflict", "consent-missing", "forbidden", "job-failed",
        "library-missing", "not-found", "policy-refused", "spec-refused", "too-large", "usage", "wrong-version",
    }
)  # fmt: skip
"""Errors whose message names the very thing that is wrong."""


@dataclass(frozen=True)
class Told:
    """``details`` is for those who help: code, message and facts. No secret is ever in an error."""

    heading: str
    sentence: str
    details: str


def tell(error: AppError) -> Told:
    """The words for an error in the language of the window; one without words of its own is told as unforeseen."""
    words = WORDS.get(error.code, WORDS["internal-error"])
    heading, meaning, advice = (QCoreApplication.translate("Errors", text) for text in words)
    own = f"{plain(error)} " if error.code in _SPEAKS_ITSELF else ""
    facts = json.dumps(error.details, ensure_ascii=False, sort_keys=True, default=str) if error.details else ""
    details = "\n".join(part for part in (f"{error.code}: {plain(error)}", plain(facts)) if part)
    return Told(heading, f"{own}{meaning} {advice}".strip(), redact(details))
