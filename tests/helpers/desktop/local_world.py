"""A real deployment on loopback and the command line in this process: what the integration tests of the client use."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from nacl import pwhash
from PIL import Image

from desktop_client.cli.main import run
from desktop_client.keystore import Cost
from desktop_client.poc import process
from desktop_client.poc.deployment import LocalDeployment
from tests.helpers.nodes import serve

READY_SECONDS = 60.0
CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)


def write_images(folder: Path, per_class: int, side: int = 12, seed: int = 0) -> Path:
    """Three classes that a small network can tell apart: a bright bar in one of three places."""
    rng = np.random.default_rng(seed)
    for label in range(3):
        (folder / f"bar{label}").mkdir(parents=True, exist_ok=True)
        for index in range(per_class):
            pixels = rng.integers(0, 60, (side, side))
            pixels[4 * label : 4 * label + 3, 2:-2] += 150
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"bar{label}" / f"{index}.png")
    return folder


class Profiled:
    """The command line with a profile and its password."""

    def __init__(self, profile: Path, password: str) -> None:
        self._profile, self._password = profile, password

    def run(self, *words: str | Path) -> int:
        """The exit code of a command."""
        with _environment(IMGUARD_PASSWORD=self._password):
            return run(["--profile", str(self._profile), *map(str, words)])

    def json(self, capsys: Any, *words: str | Path) -> Any:
        """What a command that must succeed prints for programs."""
        capsys.readouterr()
        code = self.run(*words, "--json")
        found = capsys.readouterr()
        assert code == 0, found.err
        return json.loads(found.out)


def own_profile(profile: Path, password: str) -> Profiled:
    """Somebody whom the deployment does not know yet."""
    return Profiled(profile, password)


class Shell(Profiled):
    """The command line as user ``number`` of a deployment would use it."""

    def __init__(self, local: LocalDeployment, number: int) -> None:
        super().__init__(local.client(number), local.password(number))
        self.local, self.number = local, number

    def logged_in(self) -> Shell:
        """Itself after a login, if there is none yet: nodes allow only so many logins a minute."""
        if not (self.local.client(self.number) / "session.json").exists():
            assert self.run("login") == 0
        return self


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Patient(LocalDeployment):
    """Nodes that let one address log in more often than people would: all tests come from this machine."""

    def _start_nodes(self) -> None:
        for role in ("a", "b", "log"):
            path = self.node(role) / "settings.toml"
            text = path.read_text(encoding="utf-8")
            assert "logins_per_minute = " in text
            path.write_text(text.replace("logins_per_minute = 60\n", "logins_per_minute = 5000\n"), encoding="utf-8")
        super()._start_nodes()


class ScriptedDeployment(_Patient):
    """Its servers have workers that compute nothing and do what they are told; each server can be killed alone."""

    def order(self, role: str, mode: str) -> None:
        """What the next workers of a server do, a word for each attempt at a job: see the fake worker."""
        (self.node(role) / "fake-worker.json").write_text(json.dumps({"mode": mode}), encoding="utf-8")

    def kill(self, role: str) -> None:
        """End a server at once, whatever it does."""
        self._children[role].kill()
        self._children[role].wait()

    def start_again(self, role: str) -> None:
        """Start a server that was killed."""
        log = self.log_file(role)
        written = log.stat().st_size
        self._children[role] = process.start_daemon(self._command(role, "run"), log)
        self._write_marks()
        process.wait_ready(self._children[role], log, written, READY_SECONDS)

    def _command(self, role: str, verb: str, *options: str) -> list[str]:
        if verb != "run" or role not in ("a", "b"):
            return super()._command(role, verb, *options)
        # The last words are for whoever looks for processes of nodes.
        return [sys.executable, str(serve.__file__), str(self.node(role)), "-m", "server_node"]


@contextmanager
def running_deployment(folder: Path) -> Iterator[LocalDeployment]:
    """A deployment with alice and bob that is gone afterwards, whatever happens; passwords are quick to open."""
    with running(_Patient(folder, cost=CHEAP)) as local:
        yield local


_Deployment = TypeVar("_Deployment", bound=LocalDeployment)


@contextmanager
def running(local: _Deployment) -> Iterator[_Deployment]:
    """The same with a deployment of any kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cost.__init__, "__defaults__", (CHEAP.passes, CHEAP.memory))
        try:
            with local:
                yield local
        finally:
            assert local.leftover_processes() == []
