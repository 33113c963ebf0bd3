"""Who is logged in, and what the nodes tell while the window is open: news, load, connections."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError, NotLoggedIn, NotRegistered, TokenExpired
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.office import Person
from desktop_client.state.desk import Desk
from desktop_client.upload.live.news import LOAD, START, follow_news

_LOG_SECONDS: Final = 15.0
_GATHER_MS: Final = 300


class Session(QObject):
    """One for the program. ``news(kinds)`` gathers what changed within a moment; pages that are shown refresh on it.

    ``link_changed(role, error or None)`` for ``a``, ``b`` and ``log``; ``load(role, body)`` as the nodes send it.
    """

    entered = Signal(object)
    login_ended = Signal(object)
    news = Signal(object)
    message = Signal(str, object)
    link_changed = Signal(str, object)
    load = Signal(str, object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.links: dict[str, AppError | None] = {}
        self._follower: Handle | None = None
        self._watcher: Handle | None = None
        self.entered.connect(desk.entered)
        self.load.connect(desk.load_told)
        self._kinds: set[str] = set()
        self._gather = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._gather.timeout.connect(self._tell)

    def enter(self, person: Person) -> None:
        """A login is there: remember who it is and listen to the nodes, to each of them once."""
        self._stop_listening()
        self.desk.person = person
        self.entered.emit(person)
        self._follower = self.desk.bridge.run(self._follow, failed=self._ended)
        self._watcher = self.desk.bridge.run(self._watch_log, failed=lambda error: None)

    def leave(self) -> None:
        """Stop listening; nobody is here any more."""
        self._stop_listening()
        self._gather.stop()
        self._kinds.clear()
        self.desk.person = None
        self.links.clear()
        self.desk.gone.emit()

    def _stop_listening(self) -> None:
        for handle in (self._follower, self._watcher):
            if handle is not None:
                handle.drop()
        self._follower = self._watcher = None

    async def _follow(self) -> None:
        def on_news(role: str, message: dict[str, Any]) -> None:
            self.desk.bridge.post(lambda: self._heard(role, message))

        def on_link(role: str, trouble: AppError | None) -> None:
            self.desk.bridge.post(lambda: self._linked(role, trouble))

        await follow_news(self.desk.office.nodes, {}, on_news, on_link)

    async def _watch_log(self) -> None:
        """The log node sends no news: ask now and then whether it answers."""
        while True:
            trouble: AppError | None = None
            try:
                await self.desk.office.nodes.log.info()
            except AppError as error:
                trouble = error
            self.desk.bridge.post(partial(self._linked, "log", trouble))
            await asyncio.sleep(_LOG_SECONDS)

    def _heard(self, role: str, message: dict[str, Any]) -> None:
        kind, body = str(message.get("kind")), message.get("body")
        if kind == LOAD:
            self.load.emit(role, body)
            return
        if kind != START:
            self.message.emit(role, message)
        elif not isinstance(body, dict) or not body.get("is_gap"):
            return
        self._kinds.add(kind)
        self._gather.start()

    def _tell(self) -> None:
        kinds, self._kinds = frozenset(self._kinds), set()
        self.news.emit(kinds)

    def _linked(self, role: str, trouble: AppError | None) -> None:
        if role not in self.links or (self.links[role] is None) != (trouble is None):
            self.links[role] = trouble
            self.link_changed.emit(role, trouble)

    def _ended(self, error: AppError) -> None:
        if isinstance(error, (NotLoggedIn, TokenExpired, NotRegistered)):
            self.login_ended.emit(error)
        else:
            self.desk.show_error(error)
