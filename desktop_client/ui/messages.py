"""What an error says to a person: what happened, what it means for the data, what to do; by its code, translated."""

from __future__ import annotations

import json
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from common.errors import AppError
from desktop_client.plain import plain


@dataclass(frozen=True)
class Told:
    """``details`` is for those who help: code, message and facts. No secret is ever in an error."""

    heading: str
    sentence: str
    details: str


def tell(error: AppError) -> Told:
    """The words for an error; one without words of its own is told with the program's own message and advice."""
    heading = QCoreApplication.translate("Messages", "Something went wrong")
    facts = json.dumps(error.details, ensure_ascii=False, sort_keys=True) if error.details else ""
    details = "\n".join(part for part in (f"{error.code}: {plain(error)}", plain(facts)) if part)
    return Told(heading, f"{plain(error)} {error.advice}", details)
