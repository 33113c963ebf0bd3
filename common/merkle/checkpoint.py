"""Signed checkpoints: a C2SP tlog-checkpoint inside a C2SP signed note.

    imguard-log/<key>            origin: which log
    42                           number of entries
    <base64 root>                Merkle root over them
                                 blank line
    — imguard-log/<key> <base64(key id || signature)>

The signature is plain Ed25519 over the note text, because that is what the tools of other people check. It cannot be
mistaken for a signature of :mod:`common.crypto.signing`: those cover bytes that begin with 0x00, a note never does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from nacl import exceptions
from nacl import signing as ed25519

from common.crypto.signing import SigningKey
from common.errors import BadSignature, LogTampered
from common.merkle.tree import HASH_BYTES

MAX_CHECKPOINT: Final = 4096
MAX_SIGNATURES: Final = 16
_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[!-*,-~]{1,128}")
_PREFIX: Final = "\u2014 "


@dataclass(frozen=True)
class Checkpoint:
    """What the log commits to: its origin, how many entries it has and the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(verify_key: str) -> str:
    """The origin line (and key name) of the log that signs with this key: unique, and known from the deployment."""
    return f"imguard-log/{verify_key[:32]}"


def key_id(name: str, verify_key: str) -> bytes:
    """First 4 bytes of ``SHA-256(name || 0x0A || 0x01 || key)``: a hint which key signed, not a proof."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + bytes.fromhex(verify_key)).digest()[:_KEY_ID_BYTES]


def sign_note(text: str, name: str, key: SigningKey) -> str:
    """The note: text (ends in a newline), blank line, one signature line."""
    signature = ed25519.SigningKey(key.to_bytes()).sign(text.encode()).signature
    blob = base64.b64encode(key_id(name, key.verify_key) + bytes(signature)).decode()
    return f"{text}\n{_PREFIX}{name} {blob}\n"


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The checkpoint as a note signed under its origin's name."""
    return sign_note(checkpoint.text, checkpoint.origin, key)


def open_note(note: str, name: str, verify_key: str) -> str:
    """The text of a note that ``name`` signed; signature lines of other keys are passed over.

    Raises:
        LogTampered: not a signed note, or longer than 4096 characters.
        BadSignature: this key did not sign it.
    """
    if len(note) > MAX_CHECKPOINT or any(ord(char) < 32 and char != "\n" for char in note):
        raise LogTampered("The checkpoint is not a signed note.")
    body, blank, tail = note.rpartition("\n\n")
    if not (body and blank and tail.endswith("\n")):
        raise LogTampered("The checkpoint has no signature lines.")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise LogTampered("The checkpoint has too many signature lines.")
    text = body + "\n"
    wanted = key_id(name, verify_key)
    ours = [blob for found, blob in map(_signature_line, lines) if found == name and blob[:_KEY_ID_BYTES] == wanted]
    if len(ours) != 1:
        raise BadSignature("The checkpoint is not signed by this log.")
    try:
        ed25519.VerifyKey(bytes.fromhex(verify_key)).verify(text.encode(), ours[0][_KEY_ID_BYTES:])
    except (exceptions.CryptoError, ValueError) as error:
        raise BadSignature("The signature of the checkpoint does not fit.") from error
    return text


def open_checkpoint(note: str, verify_key: str) -> Checkpoint:
    """Parse and verify a checkpoint of the log that signs with ``verify_key``.

    Raises:
        LogTampered: wrong form or another log's origin.
        BadSignature: not signed by this log.
    """
    origin = origin_of(verify_key)
    text = open_note(note, origin, verify_key)
    lines = text[:-1].split("\n")
    if len(lines) != 3 or lines[0] != origin or not _SIZE.fullmatch(lines[1]):
        raise LogTampered("The checkpoint does not have the three lines it must have.")
    root = _strict_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise LogTampered("The root of the checkpoint does not have 32 bytes.")
    return Checkpoint(origin, int(lines[1]), root)


def _signature_line(line: str) -> tuple[str, bytes]:
    name, _, blob = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not _NAME.fullmatch(name):
        raise LogTampered("A signature line of the checkpoint does not have the form it must have.")
    raw = _strict_base64(blob)
    if len(raw) <= _KEY_ID_BYTES:
        raise LogTampered("A signature of the checkpoint is too short.")
    return name, raw


def _strict_base64(text: str) -> bytes:
    """Standard base64 with padding and nothing else: one spelling for each value."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LogTampered("The checkpoint holds damaged base64.") from error
    if base64.b64encode(raw).decode() != text:
        raise LogTampered("The checkpoint holds base64 that is not canonical.")
    return raw
