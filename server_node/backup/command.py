"""The commands ``imguard-server backup``, ``restore`` and ``migrate``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from common.errors import ConfigError, Conflict, UsageError
from common.logs import setup_logging
from common.net.files import hold_folder
from server_node.backup.frames import MIN_PASSWORD
from server_node.backup.move import copy_into
from server_node.backup.restore import Order, restore_backup
from server_node.backup.take import Wish, take_backup
from server_node.settings import load
from server_node.storage.engine import open_engine
from server_node.storage.location import MYSQL, Location, locate, parse_location
from server_node.storage.migrations.steps import newest
from server_node.storage.schema import look, prepare

_PROGRAM = "imguard-server"
_TO_DO = 1
_folder = click.option(
    "--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of this node."
)
_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")
_password_file = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File with the password of the backup; without it the password is asked for.",
)


@click.command()
@_folder
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-keys", is_flag=True, help="Keep the node's keys in the backup, too; it is encrypted then.")
@click.option("--encrypt", is_flag=True, help="Encrypt the backup under a password.")
@_password_file
@_json
def backup(folder: Path, file: Path, with_keys: bool, encrypt: bool, password_file: Path | None, as_json: bool) -> None:
    """Copy this node into one file, while it runs or not.

    It holds the tables, the encrypted shares, checkpoints and models of jobs, settings without passwords and the events
    that wait for the log. The keys are left out unless you ask for them: keep them apart, for without them a restored
    node cannot read its shares.

    \b
    Example:
      imguard-server backup --dir /srv/imageguard/a /backups/a-monday.backup
      imguard-server backup --dir /srv/imageguard/a --with-keys /safe/a-complete.backup
    """
    _prepare(folder)
    is_locked = with_keys or encrypt or password_file is not None
    password = _password(password_file, confirm=True) if is_locked else None
    report = take_backup(Wish(folder, file, with_keys, password))
    if as_json:
        click.echo(json.dumps(report))
        return
    click.echo(f"{file}: {report['files']} files, {report['bytes']} bytes, as of {report['created']}")
    _each("damaged here, and so not complete in the backup: data set", report["damaged"])
    if not with_keys:
        click.echo("The keys are not in it: keep a copy of keys/ in another safe place.")


@click.command()
@_folder
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--keys", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Folder keys/ of the node.")
@click.option("--database-url", default="", help="Put the tables into this empty MySQL database, not into a file.")
@click.option(
    "--database-password-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File with the password of that database, if the URL has none.",
)
@_password_file
@_json
def restore(
    folder: Path,
    file: Path,
    keys: Path | None,
    database_url: str,
    database_password_file: Path | None,
    **others: Any,
) -> None:
    """Make the node of a backup anew in the folder DIR, which must not be there yet.

    Everything is checked before anything is put in place. Never run the restored node and the old one at the same time.

    \b
    Example:
      imguard-server restore --dir /srv/imageguard/a-new --keys /safe/keys /backups/a-monday.backup
    """
    password = _restore_password(file, others["password_file"])
    database = _server(database_url, database_password_file)
    report = restore_backup(Order(file, folder, password, keys, database, database_url))
    if others["as_json"]:
        click.echo(json.dumps(report))
        return
    click.echo("\n".join(_told(report)))


@click.command()
@_folder
@click.option("--check", is_flag=True, help="Change nothing; say whether there is anything to do (exit code 1).")
@click.option("--to", "target", default="", help="Copy all rows into this empty MySQL database.")
@click.option(
    "--to-password-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File with the password of that database, if the URL has none.",
)
@_json
def migrate(folder: Path, check: bool, target: str, to_password_file: Path | None, as_json: bool) -> None:
    """Bring the tables of this node to the form this program needs; a start does the same.

    With --to, copy them into a database server and leave the old ones as they are.

    \b
    Example:
      imguard-server migrate --dir /srv/imageguard/a --check
      imguard-server migrate --dir /srv/imageguard/a --to mysql+asyncmy://imguard@db.example/imguard
    """
    if check and target:
        raise UsageError("Give --check or --to, not both.")
    location = _prepare(folder)
    if check:
        form = asyncio.run(_look(location))
        _say({"version": form, "newest": newest(), "is_current": form == newest()}, as_json)
        sys.exit(0 if form == newest() else _TO_DO)
    with _held(folder):
        if target:
            place = _server(target, to_password_file)
            assert place is not None
            counts = asyncio.run(copy_into(location, place))
            _say({"database": repr(place), "rows": counts}, as_json)
            if not as_json:
                click.echo(f"Now set database_url in settings.toml; remove {location!r} once the node runs on it.")
            return
        found = asyncio.run(prepare(location))
    _say({"version": found.version, "newest": newest(), "is_current": True}, as_json)


async def _look(location: Location) -> str | None:
    engine = open_engine(location)
    try:
        return (await look(engine)).version
    finally:
        await engine.dispose()


def _prepare(folder: Path) -> Location:
    """Files are private, warnings are seen, and the folder is a node's."""
    os.umask(0o077)
    settings = load(folder)
    setup_logging(_PROGRAM, settings["log_level"])
    return locate(folder, settings)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        handle = hold_folder(folder)
    except Conflict as error:
        raise Conflict("The node runs; stop it first.") from error
    try:
        yield
    finally:
        os.close(handle)


def _server(url: str, password_file: Path | None) -> Location | None:
    if not url:
        return None
    location = parse_location(Path(), url, password_file, None, os.environ)
    if location.kind != MYSQL:
        raise ConfigError("Give the URL of a MySQL or MariaDB database.", setting="database_url")
    return location


def _restore_password(file: Path, password_file: Path | None) -> str | None:
    with file.open("rb") as opened:
        is_locked = b'"lock":null' not in opened.read(64)
    return _password(password_file, confirm=False) if is_locked else None


def _password(path: Path | None, *, confirm: bool) -> str:
    if path is not None:
        return path.read_text(encoding="utf-8").strip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("Give --password-file: there is no terminal to ask for the password.")
    hint = f" (at least {MIN_PASSWORD} characters)" if confirm else ""
    found: str = click.prompt(f"Password of the backup{hint}", hide_input=True, confirmation_prompt=confirm)
    return found


def _say(answer: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else "\n".join(f"{name:12} {value}" for name, value in answer.items()))


def _each(words: str, names: list[str]) -> None:
    for name in names:
        click.echo(f"{words} {name}")


def _told(report: dict[str, Any]) -> Iterator[str]:
    yield f"{report['dir']}: node {report['node']} as of {report['created']}"
    if not report["has_keys"]:
        yield "The backup holds no keys: put the node's keys/ into the folder before you run it."
    for job in report["jobs"]:
        epoch = f", from the checkpoint after epoch {job['epoch']}" if job["epoch"] else ""
        yield f"job {job['id']} was {job['state']}: it prepares anew{epoch}, as far as the other server still has it"
    for dataset in report["uploads"]:
        yield f"data set {dataset} was being uploaded: its owner uploads the rest"
    for dataset in report["damaged"]:
        yield f"data set {dataset} was damaged when the backup was made: its owner uploads it again"
    for name in report["settings_left_out"]:
        yield f"setting {name} was left out because it may hold a password: look at settings.toml"
    yield "All logins have ended. Deletions, withdrawn consents and revoked devices of after that time are not in it:"
    yield "have the owners repeat them, and let administrators run `imguard users repair`."
