"""Messages between worker and helper: what does not have its form is refused by name, and never waited for."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from common.errors import AppError, BadFrame, BadInput, DiskFull, HelperGone, TooLarge, WrongVersion
from server_node.offline.helper import protocol
from server_node.offline.helper.client import DealtMaker
from server_node.offline.helper.protocol import MAX_PIECE, Kind, Line, Opening, read_ask, requests_digest, write_ask
from server_node.offline.plan import PlanRecorder
from tests.helpers.two_party.helping import JOB, NOBODY, SocketStream

OPENING = Opening(JOB, "ab" * 32, "cd" * 16, "ef" * 32)
Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def message(kind: int, body: bytes, magic: bytes = b"IH", version: int = 1, size: int | None = None) -> bytes:
    return struct.pack("<2sBBI", magic, version, kind, len(body) if size is None else size) + body


def test_messages_arrive_as_they_were_sent(ends: Ends) -> None:
    near, far = (Line(SocketStream(end)) for end in ends)
    near.send(Kind.PIECE, b"abc", memoryview(b"de"))
    near.send_json(Kind.OPEN, OPENING.as_json())
    assert far.receive(Kind.PIECE, 5) == b"abcde"
    assert Opening.from_json(far.receive_json(Kind.OPEN, 1000)) == OPENING


def test_a_message_has_the_bytes_of_the_specification(ends: Ends) -> None:
    Line(SocketStream(ends[0])).send(Kind.SEED, b"\x07" * 32)
    assert ends[1].recv(100) == bytes.fromhex("4948010420000000") + b"\x07" * 32


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (message(Kind.SEED, b"12345"), BadFrame),
        (message(Kind.PIECE, b"12345"), BadFrame),
        (message(9, b""), BadFrame),
        (message(Kind.SEED, b"", magic=b"IG"), BadFrame),
        (message(Kind.SEED, b"", version=2), WrongVersion),
        (message(Kind.SEED, b"", size=(1 << 32) - 1), BadFrame),
        (message(Kind.ERROR, b"no json"), BadFrame),
        (message(Kind.ERROR, b"", size=1 << 20), BadFrame),
        (message(Kind.ERROR, json.dumps(DiskFull("No room.").as_dict()).encode()), DiskFull),
        (message(Kind.ERROR, b"7"), AppError),
    ],
)
def test_another_message_than_the_one_due_is_refused(ends: Ends, sent: bytes, error: type[AppError]) -> None:
    ends[0].sendall(sent)
    with pytest.raises(AppError) as refused:
        Line(SocketStream(ends[1])).receive(Kind.SEED, 4)
    assert type(refused.value) is error


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_not_json_is_refused(ends: Ends, body: bytes) -> None:
    ends[0].sendall(message(Kind.OPEN, body))
    with pytest.raises(BadFrame):
        Line(SocketStream(ends[1])).receive_json(Kind.OPEN, 1 << 17)


@pytest.mark.parametrize(
    "change",
    [{"job": "AB" * 16}, {"job": "ab" * 15}, {"plan": 7}, {"nonce": None}, {"challenge": "ef" * 33}, {"more": "x"}],
)
def test_other_openings_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Opening.from_json({**OPENING.as_json(), **change})


def test_an_opening_of_another_version_says_so() -> None:
    with pytest.raises(WrongVersion):
        Opening.from_json({**OPENING.as_json(), "version": 2})


@pytest.mark.parametrize("value", [None, [], {}, {"segment": 1}, {"segment": -1, "requests": None},
                                   {"segment": True, "requests": None}, {"segment": 1 << 32, "requests": None},
                                   {"segment": "1", "requests": None}])  # fmt: skip
def test_other_questions_are_refused(value: object) -> None:
    with pytest.raises(BadInput):
        read_ask(value)


def test_a_question_comes_back() -> None:
    assert read_ask(json.loads(write_ask(3, [["mask", [4], [], "8"]]))) == (3, [["mask", [4], [], "8"]])


def test_a_question_that_is_too_long_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ASK", 40)
    write_ask(1, [["a"]])
    with pytest.raises(TooLarge):
        write_ask(1, ["a" * 20])


def test_digest_of_requests_is_that_of_the_canonical_form() -> None:
    canonical = b'[["mask",[4],[],"8"]]'
    assert requests_digest([["mask", [4], [], "8"]]) == hashlib.sha256(canonical).digest()


def asking(ends: Ends, *answers: bytes) -> DealtMaker:
    """A worker that asked; the helper's answers are there already."""
    for answer in answers:
        ends[1].sendall(answer)
    return DealtMaker(Line(SocketStream(ends[0])), NOBODY)


def test_a_seed_of_another_length_is_refused(ends: Ends) -> None:
    with pytest.raises(BadFrame, match="seed"):
        asking(ends, message(Kind.SEED, b"x" * 31)).seed(0, [])


@pytest.mark.parametrize("piece", [b"", b"x" * 11])
def test_pieces_that_do_not_fit_are_refused(ends: Ends, piece: bytes) -> None:
    maker = asking(ends, message(Kind.SEED, b"x" * 32), message(Kind.PIECE, piece))
    maker.seed(0, [])
    with pytest.raises(BadFrame):
        maker.fill(np.zeros(10, np.uint8), lambda done: None)


def test_pieces_fill_what_is_stored_and_nothing_more(ends: Ends) -> None:
    maker = asking(ends, message(Kind.SEED, b"x" * 32), message(Kind.PIECE, b"abc"), message(Kind.PIECE, b"de"))
    stored, progress = np.zeros(5, np.uint8), list[int]()
    assert maker.seed(0, []) == b"x" * 32
    maker.fill(stored, progress.append)
    assert (stored.tobytes(), progress) == (b"abcde", [32, 3, 2])


def test_a_helper_that_hangs_up_is_named(ends: Ends) -> None:
    maker = asking(ends, message(Kind.SEED, b"x" * 32), message(Kind.PIECE, b"abc", size=MAX_PIECE)[:9])
    maker.seed(0, [])
    ends[1].close()
    with pytest.raises(HelperGone, match="'helper'"):
        maker.fill(np.zeros(MAX_PIECE, np.uint8), lambda done: None)


def test_requests_travel_once_when_segments_are_alike(ends: Ends) -> None:
    recorder = PlanRecorder()
    recorder.mask((3,))
    alike, other = recorder.requests, list(recorder.requests)
    maker = asking(ends, *[message(Kind.SEED, b"x" * 32)] * 3)
    for index, requests in enumerate((alike, alike, other)):
        maker.seed(index, requests)
    far = Line(SocketStream(ends[1]))
    asked = [read_ask(far.receive_json(Kind.ASK, 1000)) for _ in range(3)]
    written = [["mask", [3], [], "8"]]
    assert asked == [(0, written), (1, None), (2, written)]
