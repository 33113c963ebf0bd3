"""`imguard project archive|restore|remind`: what happens to a project as a whole."""

from __future__ import annotations

import click

from desktop_client.cli.context import PROJECT, Session, confirm, emit, find_id, json_option, yes_option
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.consents import archive_project, remind

_reason = click.option("--reason", default="", help="Why; every member can read it.")


@click.command("archive")
@click.argument("project")
@_reason
@yes_option
@json_option
@click.pass_obj
def archive_command(session: Session, project: str, reason: str, yes: bool, as_json: bool) -> None:
    """Put a project away: no job starts and no consent counts until it is restored. Jobs that run already go on.

    \b
    Example:
      imguard project archive 5b1c22d9 --reason "the study is over"
    """
    identity = session.run(lambda nodes: find_id(nodes, project, PROJECT))
    confirm(f"Archive the project {identity}?", yes)
    _set(session, identity, True, reason, as_json)


@click.command("restore")
@click.argument("project")
@_reason
@json_option
@click.pass_obj
def restore_command(session: Session, project: str, reason: str, as_json: bool) -> None:
    """Take a project out of the archive; consents that have not ended count again.

    \b
    Example:
      imguard project restore 5b1c22d9
    """
    identity = session.run(lambda nodes: find_id(nodes, project, PROJECT))
    _set(session, identity, False, reason, as_json)


@click.command("remind")
@click.argument("project")
@json_option
@click.pass_obj
def remind_command(session: Session, project: str, as_json: bool) -> None:
    """Remind data owners who have not decided yet; each of them at most once a day.

    \b
    Example:
      imguard project remind 5b1c22d9
    """

    async def work(nodes: Nodes) -> tuple[list[str], list[str]]:
        return await remind(nodes, await find_id(nodes, project, PROJECT))

    reminded, spared = session.run(work)
    lines = [f"reminded: {', '.join(map(plain, reminded)) or 'nobody'}"]
    if spared:
        lines.append(f"reminded less than a day ago: {', '.join(map(plain, spared))}")
    emit({"reminded": reminded, "spared": spared}, as_json, "\n".join(lines))


def _set(session: Session, identity: str, is_archived: bool, reason: str, as_json: bool) -> None:
    keys = session.keys()
    state = session.run(lambda nodes: archive_project(nodes, identity, keys, is_archived, reason))
    emit({"id": identity, "state": state}, as_json, f"project {identity} is {plain(state)}")
