"""The outer layer of a backup (``docs/specs/backup-v1.md``): a stream of bytes in frames, with or without a password.

Without one a checksum at the end tells damage. With one every frame is encrypted and bound to its place, so that
nothing can be read, changed, left out or put in another order.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol

from nacl import bindings, exceptions, pwhash

from common.crypto.rng import RandomSource
from common.documents import canonical
from common.errors import BackupDamaged, BackupLocked, BadInput, WrongVersion

MAGIC: Final = b"imguard-backup-v1\n"
_FAMILY: Final = b"imguard-backup-v"
FRAME: Final = 1 << 20
MIN_PASSWORD: Final = 10
_LENGTH: Final = struct.Struct("<I")
_MAX_HEADER: Final = 1024
_MORE, _LAST = b"\x00", b"\x01"
_DIGEST: Final = hashlib.sha256().digest_size
_SALT: Final = pwhash.argon2id.SALTBYTES
_OVERHEAD: Final = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_TAG_MORE: Final = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_TAG_LAST: Final = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MAX_PASSES: Final = 16
_MAX_MEMORY: Final = 1 << 30


@dataclass(frozen=True)
class Cost:
    """Work of one Argon2id run: passes and bytes of memory."""

    passes: int = pwhash.argon2id.OPSLIMIT_MODERATE
    memory: int = pwhash.argon2id.MEMLIMIT_MODERATE


class _Cipher(Protocol):
    def seal(self, plain: bytes, is_last: bool) -> bytes: ...

    def open(self, data: bytes) -> tuple[bytes, bool]: ...


class _Plain:
    """One byte that says whether more follows, then the bytes."""

    def seal(self, plain: bytes, is_last: bool) -> bytes:
        return (_LAST if is_last else _MORE) + plain

    def open(self, data: bytes) -> tuple[bytes, bool]:
        if data[:1] not in (_MORE, _LAST):
            raise BackupDamaged()
        return data[1:], data[:1] == _LAST


class _Locked:
    """libsodium's secret stream (XChaCha20-Poly1305); the first frame is bound to the head of the file."""

    def __init__(self, state: Any, head: bytes) -> None:
        self._state, self._bound = state, head

    def seal(self, plain: bytes, is_last: bool) -> bytes:
        tag = _TAG_LAST if is_last else _TAG_MORE
        sealed = bindings.crypto_secretstream_xchacha20poly1305_push(self._state, plain, self._bound, tag)
        self._bound = b""
        return bytes(sealed)

    def open(self, data: bytes) -> tuple[bytes, bool]:
        try:
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(self._state, data, self._bound)
        except (exceptions.CryptoError, ValueError, RuntimeError) as error:
            raise BackupDamaged() from error
        self._bound = b""
        return bytes(plain), tag == _TAG_LAST


class FrameWriter:
    """Takes bytes of any length; :meth:`finish` writes what is left and the end."""

    def __init__(
        self, file: BinaryIO, rng: RandomSource, password: str | None = None, cost: Cost | None = None
    ) -> None:
        """Raises:
        BadInput: a password of fewer than ten characters.
        """
        self._file, self._buffer, self._hash = file, bytearray(), hashlib.sha256()
        self._cipher: _Cipher = _Plain()
        header: dict[str, Any] = {"lock": None}
        if password is None:
            self._put(MAGIC + _sized(canonical(header)))
            return
        if len(password) < MIN_PASSWORD:
            raise BadInput(f"A password needs at least {MIN_PASSWORD} characters.")
        cost, salt = cost or Cost(), rng.token(_SALT)
        state = bindings.crypto_secretstream_xchacha20poly1305_state()
        start = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, _key(password, salt, cost))
        header["lock"] = {"salt": salt.hex(), "passes": cost.passes, "memory": cost.memory, "start": start.hex()}
        head = MAGIC + _sized(canonical(header))
        self._cipher = _Locked(state, head)
        self._put(head)
        # Empty, so that a wrong password shows before anything else does.
        self._frame(b"", is_last=False)

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes to the stream."""
        self._buffer += data
        while len(self._buffer) >= FRAME:
            self._frame(bytes(self._buffer[:FRAME]), is_last=False)
            del self._buffer[:FRAME]

    def finish(self) -> None:
        """Write the last frame and the checksum."""
        self._frame(bytes(self._buffer), is_last=True)
        self._file.write(self._hash.digest())

    def _frame(self, plain: bytes, *, is_last: bool) -> None:
        self._put(_sized(self._cipher.seal(plain, is_last)))

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)


class FrameReader:
    """Gives the bytes back; every frame is checked before any byte of it is given."""

    def __init__(self, file: BinaryIO, password: str | None = None) -> None:
        """Raises:
        BackupDamaged: not a backup, or damaged.
        BackupLocked: it needs a password, or another one.
        WrongVersion: made by a newer version of this program.
        """
        self._file, self._buffer, self._hash = file, bytearray(), hashlib.sha256()
        self._is_over = False
        self._cipher: _Cipher = _Plain()
        magic = self._take(len(MAGIC))
        if magic != MAGIC:
            if magic.startswith(_FAMILY):
                raise WrongVersion("This backup was made by another version of this program.")
            raise BackupDamaged("This file is no backup of a node.")
        raw = self._sized(_MAX_HEADER)
        lock = _lock(raw)
        if lock is None:
            return
        if password is None:
            raise BackupLocked("This backup is locked by a password.")
        salt, cost, start = lock
        state = bindings.crypto_secretstream_xchacha20poly1305_state()
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, start, _key(password, salt, cost))
        self._cipher = _Locked(state, MAGIC + _sized(raw))
        try:
            self._frame()
        except BackupDamaged as error:
            raise BackupLocked() from error

    @property
    def is_locked(self) -> bool:
        """Whether nobody without the password can have written this."""
        return isinstance(self._cipher, _Locked)

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes.

        Raises:
            BackupDamaged: damaged, or it ends earlier.
        """
        while len(self._buffer) < size:
            if self._is_over:
                raise BackupDamaged("This backup ends too early.")
            self._frame()
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def finish(self) -> None:
        """Check that nothing follows.

        Raises:
            BackupDamaged: there is more, or the checksum does not fit.
        """
        while not self._is_over:
            self._frame()
        expected = self._hash.digest()
        found = self._file.read(_DIGEST + 1)
        if self._buffer or not hmac.compare_digest(found, expected):
            raise BackupDamaged()

    def _frame(self) -> None:
        plain, self._is_over = self._cipher.open(self._sized(FRAME + _OVERHEAD))
        self._buffer += plain

    def _sized(self, most: int) -> bytes:
        (size,) = _LENGTH.unpack(self._take(_LENGTH.size))
        if not 0 < size <= most:
            raise BackupDamaged()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise BackupDamaged("This backup ends too early.")
        self._hash.update(data)
        return data


def _sized(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def _lock(raw: bytes) -> tuple[bytes, Cost, bytes] | None:
    try:
        header = json.loads(raw)
        if set(header) != {"lock"} or canonical(header) != raw:
            raise ValueError("header")
        lock = header["lock"]
        if lock is None:
            return None
        if set(lock) != {"salt", "passes", "memory", "start"}:
            raise ValueError("lock")
        cost = Cost(int(lock["passes"]), int(lock["memory"]))
        salt, start = bytes.fromhex(lock["salt"]), bytes.fromhex(lock["start"])
        if len(salt) != _SALT or len(start) != bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES:
            raise ValueError("lengths")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BackupDamaged() from error
    if not (0 < cost.passes <= _MAX_PASSES and 0 < cost.memory <= _MAX_MEMORY):
        raise BackupDamaged("The password of this backup would cost more work than any this program makes.")
    return salt, cost, start


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    size = bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES
    try:
        return bytes(
            pwhash.argon2id.kdf(size, password.encode(), salt, opslimit=cost.passes, memlimit=cost.memory)
        )
    except (ValueError, RuntimeError, exceptions.CryptoError) as error:
        raise BackupDamaged("The password of this backup cannot be worked with.") from error
