"""Whether a program can do its work: its parts are asked side by side, each for a bounded time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_LOG = logging.getLogger("imguard.health")
CHECK_SECONDS: Final = 3.0
FRESH_SECONDS: Final = 2.0
OK: Final = "ok"


class Grade(StrEnum):
    """How a part is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """The grade of one part and a sentence for the operator."""

    grade: Grade
    says: str = OK


Check = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True)
class Component:
    """A part with its check; without a vital part the program cannot serve."""

    name: str
    check: Check
    is_vital: bool = True


@dataclass(frozen=True)
class Report:
    """What was found."""

    findings: dict[str, Finding]
    status: str

    @property
    def is_ready(self) -> bool:
        return self.status != "unavailable"

    def details(self) -> dict[str, Any]:
        """Every part, for those who may see it."""
        return {name: {"state": found.grade.value, "says": found.says} for name, found in self.findings.items()}


class Health:
    """Asks all components at once; an answer counts for two seconds, so that probes cost nothing."""

    def __init__(self, components: Sequence[Component], clock: Callable[[], float] = time.monotonic) -> None:
        self._components = components
        self._clock = clock
        self._turn = asyncio.Lock()
        self._last: tuple[float, Report] | None = None

    async def report(self) -> Report:
        """``ready``, ``degraded`` if something is not as it should be, or ``unavailable`` if a vital part fails."""
        async with self._turn:
            now = self._clock()
            if self._last is None or now - self._last[0] >= FRESH_SECONDS:
                self._last = now, await self._ask()
            return self._last[1]

    async def _ask(self) -> Report:
        found = await asyncio.gather(*(_find(component) for component in self._components))
        failed = any(
            one.grade is Grade.FAIL and component.is_vital
            for component, one in zip(self._components, found, strict=True)
        )
        flawed = any(one.grade is not Grade.OK for one in found)
        status = "unavailable" if failed else "degraded" if flawed else "ready"
        names = [component.name for component in self._components]
        return Report(dict(zip(names, found, strict=True)), status)


def by_sentence(ask: Callable[[], Awaitable[str]], otherwise: Grade = Grade.FAIL) -> Check:
    """A check from a question that is answered with ``ok`` or a sentence."""

    async def check() -> Finding:
        said = await ask()
        return Finding(Grade.OK if said == OK else otherwise, said)

    return check


async def _find(component: Component) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await component.check()
    except TimeoutError:
        return Finding(Grade.FAIL, f"No answer within {CHECK_SECONDS:.0f} seconds.")
    except Exception as error:
        _LOG.info("the check of %s failed", component.name, exc_info=error)
        return Finding(Grade.FAIL, f"{type(error).__name__}: {error}"[:300])
