"""Protocols as generators: each yields what it sends and what it waits for, so that several can share their rounds.

An operation is a generator that yields a :class:`Turn` whenever it needs the peer and returns its result.
:func:`together` runs several side by side and puts their turns into one; :func:`in_lanes` gives each its own messages.
``Session.run`` carries turns out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, overload

import torch

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@dataclass
class Turn:
    """One message each way: what this party sends, and where what comes is put. Either may be empty.

    ``lanes`` are exchanged in the same round, each in a message of its own.
    """

    outgoing: list[torch.Tensor] = field(default_factory=list)
    incoming: list[torch.Tensor] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)


@dataclass(frozen=True)
class Lane:
    """A turn, and what is computed as soon as its message is there, while those of later lanes are under way."""

    turn: Turn
    resume: Callable[[], None]


Steps = Generator[Turn, None, T]
"""A protocol in progress; ``result = yield from operation(...)`` runs one inside another."""


@overload
def together(first: Steps[A], second: Steps[B], /) -> Steps[tuple[A, B]]: ...


@overload
def together(first: Steps[A], second: Steps[B], third: Steps[C], /) -> Steps[tuple[A, B, C]]: ...


def together(*parts: Steps[Any]) -> Steps[tuple[Any, ...]]:
    """Run protocols side by side: as many rounds as the longest has, one message a round for all."""
    return tuple((yield from all_of(parts)))


def all_of(parts: Sequence[Steps[T]]) -> Steps[list[T]]:
    """:func:`together` for any number of protocols with results of one type, in order."""
    results: dict[int, T] = {}
    waiting = _advance(enumerate(parts), results)
    while waiting:
        yield Turn(
            [tensor for _, _, turn in waiting for tensor in turn.outgoing],
            [tensor for _, _, turn in waiting for tensor in turn.incoming],
            [lane for _, _, turn in waiting for lane in turn.lanes],
        )
        waiting = _advance(((number, part) for number, part, _ in waiting), results)
    return [results[number] for number in range(len(parts))]


def in_lanes(parts: Sequence[Steps[T]]) -> Steps[list[T]]:
    """As :func:`all_of`, but each protocol sends messages of its own: one computes while others' are under way."""
    results: dict[int, T] = {}
    waiting = _advance(enumerate(parts), results)
    while waiting:
        following: list[tuple[int, Steps[T], Turn]] = []
        yield Turn(lanes=[Lane(turn, partial(_resume, following, place, results)) for *place, turn in waiting])
        waiting = following
    return [results[number] for number in range(len(parts))]


def _resume(following: list[Any], place: list[Any], results: dict[int, T]) -> None:
    following.extend(_advance([place], results))


def _advance(parts: Any, results: dict[int, T]) -> list[tuple[int, Steps[T], Turn]]:
    """Let each protocol compute until it needs the peer again; results of those that are done are kept."""
    waiting = []
    for number, part in parts:
        try:
            waiting.append((number, part, next(part)))
        except StopIteration as done:
            results[number] = done.value
    return waiting


def ready(value: T) -> Steps[T]:
    """A protocol that needs nobody."""
    return value
    yield
