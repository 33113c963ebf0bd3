"""The first administrator's token on the command lines of both programs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from common.accounts.bootstrap import Bootstrap
from common.crypto.rng import SystemRandom
from common.errors import AppError, ConfigError, Conflict
from common.net.identity import NodeAddress, create_node_keys, load_node_identity
from desktop_client.provision.kit import read_request, write_kit
from log_node.accounts.desk import FILE_NAME
from log_node.accounts.storage import TableStorage
from log_node.cli import cli as log_cli
from server_node.cli import cli as server_cli
from server_node.identity.rows import SqlStorage
from server_node.storage.database import Database
from tests.helpers.accounts.storages import ALICE

ROLES = ("a", "b", "log")


def run(cli: click.Group, *words: str) -> dict[str, Any]:
    """The JSON a command answers with."""
    found = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=True)
    if isinstance(found.exception, AppError):
        raise found.exception
    assert found.exit_code == 0, found.output
    answer: dict[str, Any] = json.loads(found.output)
    return answer


def program(role: str) -> click.Group:
    return log_cli if role == "log" else server_cli


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three nodes after their first step, and the kit for the second one."""
    for role in ROLES:
        words = ["init", "--dir", str(tmp_path / role), "--name", f"node-{role}"]
        run(program(role), *words, *(["--party", role] if role != "log" else []))
    requests = [read_request(tmp_path / role / "join-request.json") for role in ROLES]
    write_kit(tmp_path / "kit", "test", requests, SystemRandom())
    return tmp_path


async def add_administrator(folder: Path, role: str) -> None:
    if role == "log":
        storage = TableStorage(folder / FILE_NAME)
        async with storage.writing() as store:
            await store.put_account(ALICE)
        storage.close()
    else:
        database = await Database.open(folder / "node.db", load_node_identity(folder).signing.verify_key)
        async with SqlStorage(database).writing() as store:
            await store.put_account(ALICE)
        await database.close()


@pytest.mark.parametrize("role", ["a", "log"])
def test_installing_a_kit_shows_a_token_once(root: Path, role: str) -> None:
    answer = run(program(role), "init", "--dir", str(root / role), "--kit", str(root / "kit"))
    bootstrap = Bootstrap(root / role)
    assert bootstrap.accepts(answer["bootstrap_token"])
    assert answer["bootstrap_token"] not in bootstrap.path.read_text()
    assert set(answer) == {"deployment", "fingerprint", "bootstrap_token"}


@pytest.mark.parametrize("role", ["a", "log"])
def test_people_read_the_token_in_a_sentence(root: Path, role: str) -> None:
    words = ["init", "--dir", str(root / role), "--kit", str(root / "kit")]
    shown = CliRunner().invoke(program(role), words).output
    [line] = [line for line in shown.splitlines() if "administrator" in line]
    assert Bootstrap(root / role).accepts(line.rpartition(" ")[2])


@pytest.mark.parametrize("role", ["a", "log"])
def test_new_token_takes_the_place_of_a_lost_one(root: Path, role: str) -> None:
    first = run(program(role), "init", "--dir", str(root / role), "--kit", str(root / "kit"))["bootstrap_token"]
    second = run(program(role), "bootstrap", "--dir", str(root / role))["bootstrap_token"]
    assert [Bootstrap(root / role).accepts(token) for token in (first, second)] == [False, True]


@pytest.mark.parametrize("role", ["a", "log"])
async def test_there_is_no_token_once_there_is_an_administrator(root: Path, role: str) -> None:
    cli, folder = program(role), str(root / role)
    with_kit = ("init", "--dir", folder, "--kit", str(root / "kit"))
    await _in_thread(run, cli, *with_kit)
    await add_administrator(root / role, role)
    Bootstrap(root / role).use_up()
    with pytest.raises(Conflict, match="administrator already"):
        await _in_thread(run, cli, "bootstrap", "--dir", folder)
    assert set(await _in_thread(run, cli, *with_kit)) == {"deployment", "fingerprint"}
    assert not Bootstrap(root / role).exists


def test_node_of_another_kind_is_refused(root: Path) -> None:
    for role in ROLES:
        run(program(role), "init", "--dir", str(root / role), "--kit", str(root / "kit"))
    with pytest.raises(ConfigError, match="imguard-log"):
        run(server_cli, "bootstrap", "--dir", str(root / "log"))
    with pytest.raises(ConfigError, match="not to a log node"):
        run(log_cli, "bootstrap", "--dir", str(root / "a"))


def test_folder_without_a_kit_is_refused(tmp_path: Path) -> None:
    create_node_keys(tmp_path / "a", "a", "node-a", NodeAddress("https://127.0.0.1:1"), SystemRandom())
    with pytest.raises(ConfigError, match="--kit first"):
        run(server_cli, "bootstrap", "--dir", str(tmp_path / "a"))


async def _in_thread(work: Any, *words: Any) -> Any:
    """Commands run a loop of their own, which needs a thread without one."""
    return await asyncio.to_thread(work, *words)
