"""The token of a node's first administrator: shown once to its operator, kept as a hash, removed when it was used."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.accounts.forms import hash_of_code
from common.crypto.rng import RandomSource
from common.net.files import write_private

FILE_NAME: Final = "bootstrap.hash"
_TOKEN_BYTES: Final = 20


@dataclass(frozen=True)
class Bootstrap:
    """The token of the node in ``folder``. Whether there is an administrator already is not known here."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def renew(self, rng: RandomSource) -> str:
        """A new token in place of any older one."""
        token = base64.b32encode(rng.token(_TOKEN_BYTES)).decode()
        write_private(self.path, hash_of_code(token).encode() + b"\n")
        return token

    def accepts(self, token: str) -> bool:
        """Whether this is the token; the same work is done whether or not there is one."""
        try:
            kept = self.path.read_bytes()[:128].strip()
        except FileNotFoundError:
            kept = b""
        return hmac.compare_digest(kept, hash_of_code(token).encode())

    def use_up(self) -> None:
        self.path.unlink(missing_ok=True)
