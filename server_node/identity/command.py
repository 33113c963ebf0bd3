"""The command ``imguard-server bootstrap``: the token with which the first administrator registers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from common.accounts.bootstrap import Bootstrap
from common.accounts.model import Role, State
from common.config import Settings
from common.crypto.rng import RandomSource, SystemRandom
from common.errors import ConfigError, Conflict
from common.net.identity import load_node_identity
from server_node.settings import load
from server_node.storage.engine import is_gone, named, open_engine
from server_node.storage.location import SQLITE, Location, locate
from server_node.storage.rows import User


def renew_token(folder: Path, settings: Settings, rng: RandomSource) -> str:
    """A new token for the first administrator of the node in ``folder``, which may be running.

    Raises:
        Conflict: there is an administrator already.
        ConfigError, DatabaseGone: the node's database cannot be asked.
    """
    if asyncio.run(_has_administrator(locate(folder, settings))):
        raise Conflict("This node has an administrator already, who can invite others.")
    return Bootstrap(folder).renew(rng)


def about_token(token: str) -> str:
    """What the operator reads."""
    return f"Token for the first administrator, shown once: {token}"


@click.command()
@click.option(
    "--dir", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of this node."
)
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object for programs.")
def bootstrap(folder: Path, as_json: bool) -> None:
    """Make a new token for the first administrator, in place of an older one.

    Only while there is no administrator; the node may be running. Whoever has the token can become the administrator
    of this node: give it to nobody else, and use it soon.

    \b
    Example:
      imguard-server bootstrap --dir DIR
    """
    if load_node_identity(folder).role not in ("a", "b"):
        raise ConfigError("This folder belongs to another kind of node: use imguard-log.")
    token = renew_token(folder, load(folder), SystemRandom())
    answer, said = {"bootstrap_token": token}, about_token(token)
    click.echo(json.dumps(answer) if as_json else said)


async def _has_administrator(location: Location) -> bool:
    """Asked without taking the database over: the node may be using it."""
    if location.kind == SQLITE and not location.file.exists():
        return False
    engine = open_engine(location)
    try:
        async with engine.connect() as connection:
            wanted = select(func.count()).where(User.state == State.ACTIVE, User.role == Role.ADMINISTRATOR)
            return bool(await connection.scalar(wanted))
    except DBAPIError as error:
        if is_gone(error):
            raise named(error) from error
        # Tables of an earlier version, or none yet: they know no administrators.
        return False
    finally:
        await engine.dispose()
