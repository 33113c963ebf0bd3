"""What leaves this process for Redis: names as keyed hashes, texts encrypted, under a key that only this node has.

Redis, its operator and its disk learn how many keys there are, how long texts are and when they change; nobody there
can make up a text that a node takes.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b, sha256

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from common.crypto import domains
from common.crypto.rng import RandomSource


class Envelope:
    """Made alike by every process of one node, from the node's storage key."""

    def __init__(self, storage_key: bytes, rng: RandomSource) -> None:
        self._name_key = _derive(storage_key, domains.LIVE_NAME_V1)
        self._box = Aead(_derive(storage_key, domains.LIVE_TEXT_V1))
        self._rng = rng

    def name(self, kind: str, name: str) -> str:
        """64 hexadecimal digits that stand for a name; ``kind`` keeps a counter apart from a value."""
        return hmac.new(self._name_key, f"{kind}\x00{name}".encode(), sha256).hexdigest()

    def seal(self, label: str, text: str) -> bytes:
        """``text``, readable only as what ``label`` says."""
        return bytes(self._box.encrypt(text.encode(), label.encode(), self._rng.token(Aead.NONCE_SIZE)))

    def open(self, label: str, sealed: bytes) -> str | None:
        """The text, or None if it was not sealed by this node under this label."""
        try:
            return self._box.decrypt(sealed, label.encode()).decode()
        except (CryptoError, ValueError, TypeError):
            return None


def _derive(storage_key: bytes, domain: str) -> bytes:
    """A key of its own for each purpose (BLAKE2b, keyed, RFC 7693)."""
    return blake2b(domain.encode(), key=storage_key, digest_size=Aead.KEY_SIZE).digest()
