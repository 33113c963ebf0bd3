"""What all commands share: the profile, the password, progress bars and the form of what is printed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from common.errors import Cancelled, NotFound, UsageError
from desktop_client.keystore import UserKeys, open_keys
from desktop_client.plain import plain, plain_lines
from desktop_client.settings import Profile
from desktop_client.upload.answers import text
from desktop_client.upload.client import NodeClient, Nodes, open_nodes
from desktop_client.upload.identity.account import sign_in
from desktop_client.upload.identity.client import IdentityClient

DATASET, PROJECT, DRAFT, JOB = "data set", "project", "draft", "job"
_USUAL: Final = "IMGUARD_PASSWORD"
_MIN_PREFIX: Final = 6
_WHOLE: Final = {DATASET: re.compile(r"[0-9a-f]{64}"), PROJECT: re.compile(r"[0-9a-f]{32}")}
_WHOLE[JOB] = _WHOLE[DRAFT] = _WHOLE[PROJECT]
_LISTS: Final[dict[str, Callable[[NodeClient], Coroutine[Any, Any, list[dict[str, Any]]]]]] = {
    DATASET: lambda node: node.datasets(),
    PROJECT: lambda node: node.projects(),
    DRAFT: lambda node: node.drafts(),
    JOB: lambda node: node.jobs(),
}
_T = TypeVar("_T")
Step = Callable[[int, int], None]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value for programs.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


class Session:
    """One run of the program for one profile; keys are opened and the password is asked for at most once."""

    def __init__(self, profile: Profile, quiet: bool = False) -> None:
        self.profile = profile
        self.quiet = quiet
        self._keys: UserKeys | None = None
        self._password: str | None = None

    def password(self, new: bool = False, variable: str = _USUAL, prompt: str = "Password") -> str:
        """From an environment variable or a prompt that shows nothing; never from the command line.

        Raises:
            UsageError: neither is there.
        """
        given = self._password if variable == _USUAL else None
        given = given or os.environ.get(variable)
        if given:
            return given
        if not sys.stdin.isatty():
            raise UsageError(f"There is no terminal to ask for the password; set {variable}.")
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True))

    def keys(self) -> UserKeys:
        """The user's private keys, opened with the password."""
        if self._keys is None:
            self.profile.user()
            found = self.password()
            self._keys, self._password = open_keys(self.profile.keys_path, found), found
        return self._keys

    def use(self, keys: UserKeys) -> None:
        """These keys from now on; the profile has got new ones."""
        self._keys = keys

    def run(self, work: Callable[[Nodes], Awaitable[_T]]) -> _T:
        """Run asynchronous work with clients for all nodes; a login that ran out is renewed if that needs no prompt."""
        return asyncio.run(self._with_nodes(work))

    async def _with_nodes(self, work: Callable[[Nodes], Awaitable[_T]]) -> _T:
        async with open_nodes(self.profile) as nodes:
            if self._keys is not None or os.environ.get(_USUAL):
                for node in nodes.everyone:
                    node.relogin = self._renew
            return await work(nodes)

    async def _renew(self, node: IdentityClient) -> None:
        token = await sign_in(node, self.profile.user().name, self.keys())
        # Read only now: logins at other nodes may have been renewed meanwhile.
        self.profile.save_tokens({**self.profile.tokens(), node.node.role: token})

    def say(self, line: str) -> None:
        """A remark for people, on standard error."""
        if not self.quiet:
            click.echo(plain_lines(line), err=True)

    def show(self, text: str) -> None:
        """What a person must see before they sign it, on standard error; ``--quiet`` does not hide it."""
        click.echo(plain_lines(text), err=True)

    @contextmanager
    def progress(self, label: str, unit: str, as_json: bool = False) -> Iterator[Step]:
        """A bar on standard error that is moved with ``step(done, total)``; ``unit`` is ``bytes`` or a plural noun."""
        if self.quiet or as_json or not sys.stderr.isatty():
            yield lambda done, total: None
            return
        amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
        with new_progress(amount) as bars:
            task = bars.add_task(label, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)


def new_progress(*more: ProgressColumn, is_clocked: bool = True) -> Progress:
    """Progress bars on standard error: label, bar, per cent, further columns, and time passed and left."""
    left = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    clock = (TimeElapsedColumn(), TimeRemainingColumn()) if is_clocked else ()
    return Progress(*left, *more, *clock, console=Console(stderr=True))


def emit(value: Any, as_json: bool, text: str) -> None:
    """Print the result on standard output: as one JSON value, or for people."""
    shown = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) if as_json else text
    click.echo(plain_lines(shown))


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns, without lines, that other programs can cut."""
    cells = [[plain(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def confirm(question: str, yes: bool) -> None:
    """Raises:
    Cancelled: the person said no.
    UsageError: there is no terminal to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("This needs a confirmation; add --yes if you are sure.")
    if not click.confirm(plain(question), err=True):
        raise Cancelled("Nothing was changed.")


def full_id(given: str, known: Sequence[str], what: str) -> str:
    """The id that begins with ``given``.

    Raises:
        NotFound: none does.
        UsageError: several do, or fewer than six characters were given.
    """
    if given in known:
        return given
    if len(given) < _MIN_PREFIX:
        raise UsageError(f"Give at least {_MIN_PREFIX} characters of the id of a {what}.")
    found = sorted({one for one in known if one.startswith(given)})
    if not found:
        raise NotFound(f"There is no {what} {given!r} that you can see.")
    if len(found) > 1:
        raise UsageError(f"Several ids of a {what} begin with {given!r}; give more characters.")
    return found[0]


async def find_id(nodes: Nodes, given: str, what: str) -> str:
    """A whole id as it is, whatever the servers list; else the one id of both lists that begins with ``given``.

    The list of one server is not the whole truth: it may be behind, or hide or invent ids.

    Raises:
        NotFound, UsageError: as :func:`full_id`.
    """
    if _WHOLE[what].fullmatch(given):
        return given
    lists = await nodes.both(_LISTS[what])
    # No exact match here: a list must not decide by a short "id" which of the longer ones is meant.
    known = {text(one, "id") for found in lists for one in found}
    return full_id(given, sorted(one for one in known if _WHOLE[what].fullmatch(one)), what)
