"""Why somebody decided as they did: words for the members of a project, to which a signed document only commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.crypto.rng import RandomSource
from common.documents import digest
from common.errors import BadInput

MAX_REASON: Final = 500
_SALT_BYTES: Final = 16


@dataclass(frozen=True)
class Reason:
    """Words and their salt, without which they could be found by guessing; both are empty where no reason was given."""

    text: str = ""
    salt: str = ""

    @classmethod
    def give(cls, words: str, rng: RandomSource) -> Reason:
        """A reason with a new salt.

        Raises:
            BadInput: longer than 500 characters.
        """
        text = words.strip()
        if len(text) > MAX_REASON:
            raise BadInput(f"A reason has at most {MAX_REASON} characters.", field="reason")
        return cls(text, rng.token(_SALT_BYTES).hex()) if text else cls()

    @property
    def digest(self) -> str:
        """What the signed document says in place of the words: 64 hexadecimal characters, or nothing."""
        return digest({"reason": self.text, "salt": self.salt}) if self.text else ""

    def check(self, signed: object) -> None:
        """Compare with what was signed.

        Raises:
            BadInput: other words than those that were signed.
        """
        if signed != self.digest or bool(self.salt) != bool(self.text):
            raise BadInput("The reason is not the one that was signed.", field="reason")

    def as_json(self) -> dict[str, str]:
        """The form beside a document."""
        return {"text": self.text, "salt": self.salt}
