"""Channels that listen and channels that damage: hooks on one end of a link."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from common.ids import Party
from common.net.channel import Channel

Transcript = list[tuple[str, bytes]]
"""(step, body) of every message a party received."""


def listen(channel: Channel) -> Transcript:
    """From now on everything this end receives is noted."""
    plain, notes = getattr(channel, "_receive_frame"), Transcript()

    def noting(step: str, parts: Sequence[npt.NDArray[Any]]) -> None:
        plain(step, parts)
        notes.append((step, b"".join(part.tobytes() for part in parts)))

    setattr(channel, "_receive_frame", noting)
    return notes


def damage(channel: Channel, message: int, offset: int, flip: int = 1) -> None:
    """Of what this end sends from now on, flip bits of one byte of one message (header first)."""
    plain, sent = getattr(channel, "_write"), 0

    def damaging(header: bytes, bodies: Sequence[memoryview]) -> None:
        nonlocal sent
        if sent == message:
            whole = bytearray(header + b"".join(bodies))
            whole[offset] ^= flip
            header, bodies = bytes(whole[: len(header)]), [memoryview(whole)[len(header) :]]
        sent += 1
        plain(header, bodies)

    setattr(channel, "_write", damaging)


class Clocks:
    """Logical time of both parties: a message arrives one step after it was sent, computing takes no time.

    So the later of the two clocks is the number of messages that had to wait for each other: what a round means.
    """

    def __init__(self) -> None:
        self.now = [0, 0]
        self._under_way: list[queue.SimpleQueue[int]] = [queue.SimpleQueue(), queue.SimpleQueue()]

    def attach(self, party: Party, channel: Channel) -> None:
        """Follow what this end sends and receives from now on."""
        send, receive = getattr(channel, "_send_frame"), getattr(channel, "_receive_frame")

        def sending(step: str, parts: Sequence[npt.NDArray[Any]]) -> None:
            self._under_way[party].put(self.now[party] + 1)
            send(step, parts)

        def receiving(step: str, parts: Sequence[npt.NDArray[Any]]) -> None:
            receive(step, parts)
            self.now[party] = max(self.now[party], self._under_way[party.other].get_nowait())

        setattr(channel, "_send_frame", sending)
        setattr(channel, "_receive_frame", receiving)


def bodies(transcript: Transcript, *leave_out: str) -> bytes:
    """All message bodies but those of the named steps, one after the other."""
    return b"".join(body for step, body in transcript if step not in leave_out)
