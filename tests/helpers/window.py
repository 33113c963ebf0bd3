"""The window without nodes: a desk whose nodes are made of canned answers, by the names of the calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from desktop_client.jobs.bridge import Bridge
from desktop_client.jobs.office import Office, Person
from desktop_client.settings import Profile
from desktop_client.state.desk import Desk
from desktop_client.state.preferences import Preferences
from desktop_client.state.session import Session
from desktop_client.upload.client import Nodes

URLS = {"a": "https://127.0.0.1:1", "b": "https://127.0.0.1:2", "log": "https://127.0.0.1:3"}


class FakeNode:
    """Answers ``await node.datasets()`` with ``answers["datasets"]``: a value, an error to raise, or a function.

    ``calls`` lists what was asked: name and positional arguments.
    """

    def __init__(self, role: str) -> None:
        self.node = SimpleNamespace(role=role, name=f"node-{role}", url=URLS[role], seal_key="00" * 32)
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.relogin: Any = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def answer(*given: Any, **named: Any) -> Any:
            self.calls.append((name, given))
            found = self.answers[name]
            if isinstance(found, BaseException):
                raise found
            return found(*given, **named) if callable(found) else found

        return answer


class FakeOffice(Office):
    """An office with :class:`FakeNode` for each role; ``keys`` may be set to open keys."""

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile)
        self.a, self.b, self.log = (FakeNode(role) for role in ("a", "b", "log"))
        joined: Any = Nodes
        self._nodes = joined(self.a, self.b, self.log)

    def both(self, name: str, answer: Any) -> None:
        """The same answer from A and B."""
        self.a.answers[name] = self.b.answers[name] = answer


class FakeDesk(Desk):
    """A desk over a :class:`FakeOffice`; ``shown`` collects the errors it would tell."""

    office: FakeOffice

    def __init__(self, root: Path) -> None:
        office = FakeOffice(Profile(root))
        super().__init__(Bridge(), office, Preferences(root / "window.ini"))
        self.preferences.set_language("en")
        self.office = office
        self.session = Session(self)
        self.person = Person("alice", "Clinic", "administrator")
        self.shown: list[Any] = []
        self.error_shown.connect(self.shown.append)

    def close(self) -> None:
        self.session.leave()
        self.bridge.close()


__all__ = ["FakeDesk", "FakeNode", "FakeOffice"]
