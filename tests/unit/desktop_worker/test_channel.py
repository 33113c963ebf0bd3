"""Lines, and what an action says through its channel."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from common.errors import BadInput, Cancelled, TooLarge
from desktop_client.jobs import child
from desktop_client.worker.channel import MAX_LINE, Channel, Lines, request_number


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def said(sink: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def new_channel() -> tuple[Channel, io.BytesIO, Clock]:
    sink, clock = io.BytesIO(), Clock()
    return Channel(Lines(io.BytesIO(), sink), 4, clock), sink, clock


def test_channel_both_ends_agree_on_the_longest_line() -> None:
    assert MAX_LINE == child.MAX_LINE == 4 * 1024 * 1024


def test_channel_lines_are_objects_until_the_end() -> None:
    lines = Lines(io.BytesIO(b'{"id":1}\n{"id":2}\n{"cut'), io.BytesIO())
    assert [lines.receive(), lines.receive(), lines.receive()] == [{"id": 1}, {"id": 2}, None]


@pytest.mark.parametrize("line", [b"[]\n", b"{\n", b"\xff\n", b"[" * 100_000 + b"\n", b"\n"])
def test_channel_refuses_lines_that_are_no_objects_and_reads_on(line: bytes) -> None:
    lines = Lines(io.BytesIO(line + b'{"id":1}\n'), io.BytesIO())
    with pytest.raises(BadInput):
        lines.receive()
    assert lines.receive() == {"id": 1}


@pytest.mark.parametrize("more", [1, MAX_LINE, 2 * MAX_LINE])
def test_channel_skips_a_line_that_is_too_long(more: int) -> None:
    lines = Lines(io.BytesIO(b"x" * (MAX_LINE + more) + b'\n{"id":1}\n'), io.BytesIO())
    with pytest.raises(TooLarge):
        lines.receive()
    assert lines.receive() == {"id": 1}


def test_channel_takes_a_line_of_exactly_the_longest_length() -> None:
    line = b'{"a":"' + b"x" * (MAX_LINE - 9) + b'"}\n'
    assert len(line) == MAX_LINE
    found = Lines(io.BytesIO(line), io.BytesIO()).receive()
    assert found is not None and len(found["a"]) == MAX_LINE - 9


def test_channel_progress_is_at_most_ten_a_second() -> None:
    channel, sink, clock = new_channel()
    for step in range(100):
        clock.now = step * 0.03125
        channel.progress("read", step, 100, a=step)
    assert [answer["progress"]["done"] for answer in said(sink)] == list(range(0, 100, 4))
    assert said(sink)[1] == {"id": 4, "progress": {"stage": "read", "done": 4, "total": 100, "a": 4}}


def test_channel_rows_come_in_parts_of_500() -> None:
    channel, sink, _ = new_channel()
    channel.rows("rows", range(1100))
    assert [len(answer["part"]["rows"]) for answer in said(sink)] == [500, 500, 100]
    assert said(sink)[2]["part"]["rows"][-1] == 1099


def test_channel_raises_once_nobody_wants_the_result() -> None:
    channel, sink, _ = new_channel()
    channel.check()
    channel.cancel()
    for call in (channel.check, lambda: channel.progress("read", 1, 2), lambda: channel.part({})):
        with pytest.raises(Cancelled):
            call()
    assert channel.is_cancelled and said(sink) == []


def test_channel_refuses_an_answer_that_is_too_long() -> None:
    channel, sink, _ = new_channel()
    with pytest.raises(TooLarge):
        channel.part({"x": "y" * MAX_LINE})
    assert said(sink) == []


def test_channel_keeps_file_names_that_are_no_text() -> None:
    channel, sink, _ = new_channel()
    channel.part({"file": "caf\udce9.png"})
    assert said(sink)[0]["part"]["file"] == "caf\udce9.png"
    assert sink.getvalue().isascii()


@pytest.mark.parametrize("value", [None, 0, -1, True, 1.0, "1", 2**53 + 1])
def test_channel_refuses_a_number_that_is_none(value: object) -> None:
    with pytest.raises(BadInput):
        request_number({"id": value})
