"""What came of asking all three nodes the same: each answers or fails by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from common.errors import AppError
from desktop_client.upload.identity.client import IdentityClient

LABELS: Final = {"a": "server A", "b": "server B", "log": "the log node"}
_T = TypeVar("_T")


@dataclass(frozen=True)
class Outcomes(Generic[_T]):
    """Answers and named errors by role of the node (``a``, ``b``, ``log``)."""

    found: dict[str, _T]
    failed: dict[str, AppError]

    def first(self) -> _T:
        """Any answer.

        Raises:
            AppError: there is none; the error of the first node.
        """
        for answer in self.found.values():
            return answer
        raise next(iter(self.failed.values()))

    def complete(self, done: str, after: str) -> dict[str, _T]:
        """The answers of all nodes. ``done`` says what is true where it went well, ``after`` what mends the rest.

        Raises:
            AppError: of the first node that failed, with what is done already in its message.
        """
        for role, error in self.failed.items():
            if not self.found:
                raise error
            message = f"{sentence(LABELS[role])}: {error} {done} {at(self.found)}. {after}"
            raise _like(error, message.rstrip(), role)
        return self.found


async def ask(
    nodes: Sequence[IdentityClient], question: Callable[[IdentityClient], Coroutine[Any, Any, _T]]
) -> Outcomes[_T]:
    """The same request to these nodes at the same time, to its end at each of them, whatever happens at the others."""
    answers = await asyncio.gather(*(question(node) for node in nodes), return_exceptions=True)
    found: dict[str, _T] = {}
    failed: dict[str, AppError] = {}
    for node, answer in zip(nodes, answers, strict=True):
        if isinstance(answer, AppError):
            failed[node.node.role] = answer
        elif isinstance(answer, BaseException):
            raise answer
        else:
            found[node.node.role] = answer
    return Outcomes(found, failed)


def at(roles: Sequence[str] | dict[str, Any]) -> str:
    """Nodes as people call them: ``server A, server B and the log node``."""
    names = [LABELS[role] for role in roles]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "no node"


def sentence(text: str) -> str:
    """The same with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _like(error: AppError, message: str, role: str) -> AppError:
    again = type(error)(message)
    again.details = {"node": role, **error.details}
    return again
