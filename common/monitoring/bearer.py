"""The token that a monitoring program shows to read metrics and details: a file in the node's folder of keys."""

from __future__ import annotations

import hmac
import re
from pathlib import Path
from typing import Final

from common.crypto.rng import RandomSource
from common.errors import ConfigError
from common.net.files import write_private

FILE_NAME: Final = "metrics.token"
_BYTES: Final = 32
_FORM: Final = re.compile(r"[0-9a-f]{64}")
_HEADER: Final = re.compile(r"Bearer ([0-9a-f]{64})")


class MonitorToken:
    """Recognises whoever holds the token; never printed, never logged."""

    def __init__(self, value: str) -> None:
        self._value = value.encode()

    def is_shown_in(self, authorization: str | None) -> bool:
        """Whether this is the value of an ``Authorization`` header with the token."""
        found = _HEADER.fullmatch(authorization or "")
        return found is not None and hmac.compare_digest(found[1].encode(), self._value)


def open_token(keys: Path, rng: RandomSource) -> MonitorToken:
    """The token kept in the folder ``keys``; made the first time.

    Raises:
        ConfigError: the file holds something else.
    """
    path = keys / FILE_NAME
    if not path.exists():
        write_private(path, rng.token(_BYTES).hex().encode() + b"\n")
    try:
        value = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read {path}.") from error
    if not _FORM.fullmatch(value):
        raise ConfigError(f"{path} is damaged; remove it, and the next start makes a new one.")
    return MonitorToken(value)
