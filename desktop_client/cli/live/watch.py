"""`imguard watch`: what is new at both servers and how busy they are."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from common.errors import AppError
from desktop_client.cli.context import Session, json_option
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.live.news import LOAD, START, follow_news

_SHORT = 12
_LONGEST = 80


@click.command("watch")
@click.option("--all", "is_all", is_flag=True, help="First what the servers still have of the last 30 days.")
@click.option("--load", "is_loaded", is_flag=True, help="Lines about the load, too, where there is no terminal.")
@click.option("--seconds", type=click.IntRange(min=1), help="End after that long.")
@json_option
@click.pass_obj
def watch_command(session: Session, is_all: bool, is_loaded: bool, seconds: int | None, as_json: bool) -> None:
    """Show what is new at both servers, as it happens, and how busy they are.

    News are changes of data sets, projects, consents, jobs and accounts that you may see. A connection that breaks is
    opened again, and nothing is left out. With --json every message is one line. Ctrl-C ends the watching.

    \b
    Example:
      imguard watch
      imguard watch --all --json
    """
    is_drawn = sys.stderr.isatty() and not as_json and not session.quiet
    board = _Board(session, as_json, is_loaded and not is_drawn)

    async def work(nodes: Nodes) -> None:
        after = {"a": 0, "b": 0} if is_all else {}
        try:
            async with asyncio.timeout(seconds):
                await follow_news(nodes, after, board.on_news, board.on_link)
        except TimeoutError:
            return

    if not is_drawn:
        session.run(work)
        return
    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        board.live = live
        session.run(work)


class _Board:
    """News as lines, and below them, on a terminal, one line of load for each server."""

    def __init__(self, session: Session, as_json: bool, has_load_lines: bool) -> None:
        self._session, self._as_json, self._has_load_lines = session, as_json, has_load_lines
        self._state = {"a": "connecting", "b": "connecting"}
        self.live: Live | None = None

    def on_news(self, role: str, message: dict[str, Any]) -> None:
        """Print a message, or put it below the others."""
        kind, body = message["kind"], message["body"]
        if self._as_json:
            click.echo(json.dumps({"node": role, **message}, sort_keys=True, ensure_ascii=True))
        elif kind == LOAD:
            self._state[role] = describe_load(body)
            self._draw()
            if self._has_load_lines:
                self._print(f"{_clock(message)}  {role.upper()}  {self._state[role]}")
        elif kind != START:
            self._print(f"{_clock(message)}  {role.upper()}  {describe_news(kind, body)}")
        elif body["is_gap"]:
            self._session.say(f"Some older news of server {role.upper()} are gone; look at the lists to be sure.")

    def on_link(self, role: str, trouble: AppError | None) -> None:
        """Say that a connection is lost or there again."""
        was_lost = self._state[role].startswith("lost")
        if trouble is None:
            self._state[role] = "connected"
            if was_lost:
                self._session.say(f"Server {role.upper()} is there again.")
        elif not was_lost:
            self._state[role] = "lost; trying again"
            self._session.say(f"Server {role.upper()}: {trouble} It is tried again.")
        self._draw()

    def _print(self, line: str) -> None:
        if self.live is not None:
            self.live.console.print(plain(line), highlight=False, markup=False)
        else:
            click.echo(plain(line))

    def _draw(self) -> None:
        if self.live is not None:
            lines = [f"server {role.upper()}  {plain(state)}" for role, state in self._state.items()]
            self.live.update(Text("\n".join(lines)), refresh=True)


def describe_news(kind: str, body: dict[str, Any]) -> str:
    """A piece of news as a line: its kind, then its facts; long ids are shortened."""
    facts = [f"{name} {_short(value)}" for name, value in body.items() if value not in (None, "", [], {})]
    return f"{kind[:_SHORT]:<8} {', '.join(facts)}".rstrip()


def describe_load(body: dict[str, Any]) -> str:
    """The load of a node as a line."""
    processor, used, total = (_number(body, name) for name in ("processor_percent", "memory_used", "memory_total"))
    received, sent = _number(body, "received_per_second"), _number(body, "sent_per_second")
    running, waiting = _number(body, "running_jobs"), _number(body, "waiting_jobs")
    free = _number(body, "disk_free") / 1e9
    return (
        f"processor {processor:.0f} %, memory {used / 1e9:.1f} of {total / 1e9:.1f} GB, "
        f"in {received / 1e6:.1f} MB/s, out {sent / 1e6:.1f} MB/s, disk {free:.0f} GB free, "
        f"jobs {running:.0f} running, {waiting:.0f} waiting"
    )


def _number(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    is_id = len(text) >= 2 * _SHORT and all(c in "0123456789abcdef" for c in text)
    return text[:_SHORT] if is_id else text[:_LONGEST]


def _clock(message: dict[str, Any]) -> str:
    return str(message.get("time", ""))[11:19]
