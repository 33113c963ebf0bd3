"""Messages between a worker and the helper (``docs/specs/helper-v1.md``): a header of 8 bytes, then the body.

worker → helper  OPEN     job, plan, nonce and challenge; once per connection
helper → worker  WELCOME  signed: challenge, job and the certificate of this connection
worker → helper  ASK      number of a segment and its requests, or none if they are those of the last one
helper → worker  SEED     32 bytes, as soon as the other worker asked for the same
helper → worker  PIECE    corrections, until the segment has all of them
helper → worker  ERROR    in place of any of these, as the last message
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, Final, Protocol

from common.documents import canonical
from common.errors import AppError, BadFrame, BadInput, TooLarge, WrongVersion, error_from_dict

VERSION: Final = 1
WELCOME_KIND: Final = "helper-welcome"
CHALLENGE_BYTES: Final = 32
MAX_PIECE: Final = 1 << 22
MAX_ASK: Final = 1 << 26
MAX_SHORT: Final = 1 << 14
_MAGIC: Final = b"IH"
_HEADER: Final = struct.Struct("<2sBBI")
_HEX: Final = {"job": 32, "plan": 64, "nonce": 32, "challenge": 2 * CHALLENGE_BYTES}
_MAX_SEGMENT: Final = 1 << 32


class Kind(IntEnum):
    """What a message is."""

    OPEN = 1
    WELCOME = 2
    ASK = 3
    SEED = 4
    PIECE = 5
    ERROR = 6


class Stream(Protocol):
    """A connection; its methods raise OSError if the other end is gone or silent."""

    def write(self, pieces: Iterable[bytes | memoryview]) -> None: ...

    def read_into(self, out: memoryview) -> None: ...


@dataclass(frozen=True)
class Opening:
    """What a connection is about, in hexadecimal; ``challenge`` is fresh and comes back signed."""

    job: str
    plan: str
    nonce: str
    challenge: str

    def as_json(self) -> dict[str, object]:
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, value: object) -> Opening:
        """Raises:
        WrongVersion: of another version. BadInput: not an opening.
        """
        if isinstance(value, dict) and value.get("version") != VERSION:
            raise WrongVersion(f"The helper speaks version {VERSION}, the worker another.")
        if not isinstance(value, dict) or set(value) != {"version", *_HEX}:
            raise BadInput("This is not an opening of a connection to the helper.")
        for name, size in _HEX.items():
            if not isinstance(value[name], str) or not re.fullmatch(f"[0-9a-f]{{{size}}}", value[name]):
                raise BadInput(f"The opening of the connection has no valid {name!r}.", field=name)
        return cls(**{name: value[name] for name in _HEX})


def write_ask(segment: int, requests: object) -> bytes:
    """Body of an ASK message.

    Raises:
        TooLarge: longer than a helper reads.
    """
    body = json.dumps({"segment": segment, "requests": requests}, separators=(",", ":")).encode()
    if len(body) > MAX_ASK:
        raise TooLarge("A segment of this job has more requests than a helper takes; use fewer batches per epoch.")
    return body


def read_ask(value: object) -> tuple[int, object]:
    """Number of the segment, and its requests as written or None.

    Raises:
        BadInput: not a question for a segment.
    """
    if not isinstance(value, dict) or set(value) != {"segment", "requests"}:
        raise BadInput("This is not a question for a segment.")
    if type(value["segment"]) is not int or not 0 <= value["segment"] < _MAX_SEGMENT:
        raise BadInput("A segment has a number.", field="segment")
    return value["segment"], value["requests"]


def requests_digest(written: object) -> bytes:
    """32 bytes that are equal if both workers wrote the same requests."""
    return hashlib.sha256(canonical(written)).digest()


class Line:
    """Messages over a stream, for one thread at a time. OSError of the stream passes through."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def send(self, kind: Kind, *bodies: bytes | memoryview) -> None:
        """Send one message whose body is the bodies joined."""
        header = _HEADER.pack(_MAGIC, VERSION, kind, sum(map(len, bodies)))
        self._stream.write((header, *bodies))

    def send_json(self, kind: Kind, value: object) -> None:
        self.send(kind, json.dumps(value, separators=(",", ":")).encode())

    def expect(self, kind: Kind, limit: int) -> int:
        """Read the header of the next message; returns the length of its body, which must be read next.

        Raises:
            BadFrame: another message, or a longer one. WrongVersion: of another version.
            AppError: what the other end reported instead.
        """
        header = bytearray(_HEADER.size)
        self._stream.read_into(memoryview(header))
        magic, version, found, size = _HEADER.unpack(header)
        if magic != _MAGIC:
            raise BadFrame("The other end of the connection sent something that is not a message of the helper.")
        if version != VERSION:
            raise WrongVersion(f"The other end speaks version {version} of the helper's messages, this one {VERSION}.")
        if found == Kind.ERROR and size <= MAX_SHORT:
            raise self._error(size)
        if found != kind or size > limit:
            raise BadFrame(f"A message of kind {found} with {size} bytes came where {kind.name} was due.")
        return int(size)

    def read_into(self, out: memoryview) -> None:
        """Fill ``out`` with the body of a message, or a part of it."""
        self._stream.read_into(out)

    def receive(self, kind: Kind, limit: int) -> bytes:
        """The body of the next message. Raises as :meth:`expect`."""
        return self._body(self.expect(kind, limit))

    def receive_json(self, kind: Kind, limit: int) -> Any:
        """The JSON value of the next message. Raises as :meth:`expect`."""
        try:
            return json.loads(self.receive(kind, limit))
        except (ValueError, RecursionError) as error:
            raise BadFrame(f"The {kind.name} message is not JSON.") from error

    def _body(self, size: int) -> bytes:
        body = bytearray(size)
        self._stream.read_into(memoryview(body))
        return bytes(body)

    def _error(self, size: int) -> AppError:
        try:
            return error_from_dict(json.loads(self._body(size)))
        except (ValueError, RecursionError):
            return BadFrame("The helper reported an error that cannot be read.")
