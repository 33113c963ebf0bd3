"""Data sets and policies as both servers show them, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from common.errors import AppError, NotFound
from desktop_client.upload.answers import text
from desktop_client.upload.client import NodeClient, Nodes

_LONGEST_STATE: Final = 40
_T = TypeVar("_T")
Sides = dict[str, _T | AppError]
"""What each server (``a``, ``b``) answered, or why it did not."""


async def sides(nodes: Nodes, ask: Callable[[NodeClient], Coroutine[Any, Any, _T]]) -> Sides[_T]:
    """The answers of both servers; one that refuses or is away does not hide the other.

    Raises:
        AppError: of A if both failed.
    """
    found = await asyncio.gather(*(ask(node) for node in nodes.servers), return_exceptions=True)
    answers: Sides[_T] = {}
    for node, answer in zip(nodes.servers, found, strict=True):
        if isinstance(answer, BaseException) and not isinstance(answer, AppError):
            raise answer
        answers[node.node.role] = answer
    first, second = answers["a"], answers["b"]
    if isinstance(first, AppError) and isinstance(second, AppError):
        raise first if not isinstance(first, NotFound) else second
    return answers


def refusals(answers: Sides[Any]) -> dict[str, AppError]:
    """The servers that did not answer, and why."""
    return {role: answer for role, answer in answers.items() if isinstance(answer, AppError)}


def given(answers: Sides[_T]) -> dict[str, _T]:
    """The servers that answered."""
    return {role: answer for role, answer in answers.items() if not isinstance(answer, AppError)}


@dataclass(frozen=True)
class Filter:
    """Which data sets to list; what is None or empty lets every one pass."""

    owner: str | None = None
    tags: tuple[str, ...] = ()
    visibility: str | None = None
    state: str | None = None
    enabled: bool | None = None
    name: str | None = None

    def passes(self, one: Mapping[str, Any]) -> bool:
        """Whether an entry of :func:`merged` is wanted."""
        tags = one.get("tags")
        return all(
            (
                self.owner in (None, one.get("owner")),
                all(tag in tags for tag in self.tags) if isinstance(tags, list) else not self.tags,
                self.visibility in (None, one.get("visibility")),
                self.state in (None, one.get("state")),
                self.enabled in (None, one.get("enabled")),
                self.name is None or self.name.lower() in str(one.get("name", "")).lower(),
            )
        )


def merged(lists: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Filter = Filter()) -> list[dict[str, Any]]:
    """One entry a data set, with the newer settings of both servers, and ``servers``: its state at each.

    A server that was not asked is not in ``servers``; one that does not know the data set has None there.
    """
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for role, entries in lists.items():
        for one in entries:
            found.setdefault(text(one, "id"), {})[role] = one
    rows = []
    for at in found.values():
        newest = max(at.values(), key=_version)
        states = {role: _state(at[role]) if role in at else None for role in lists}
        is_same = len({(state, _version(at.get(role, {}))) for role, state in states.items()}) == 1
        rows.append({**newest, "servers": states, "agree": is_same})
    rows.sort(key=lambda one: (str(one.get("created")), one["id"]))
    return [one for one in rows if wanted.passes(one)]


def _state(one: Mapping[str, Any]) -> str:
    state = one.get("state")
    return state[:_LONGEST_STATE] if isinstance(state, str) else ""


def _version(one: Mapping[str, Any]) -> int:
    version = one.get("version")
    return version if type(version) is int else -1
