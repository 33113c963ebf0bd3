"""Server nodes for tests: a provisioned folder and real `python -m server_node run` processes."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.accounts.bootstrap import Bootstrap
from common.config import render_settings
from common.crypto.rng import SystemRandom
from common.deployment import HELPER, Deployment
from common.net.identity import NodeAddress, create_node_keys, install_kit
from desktop_client.provision.kit import read_request, write_kit
from server_node.settings import FILE_NAME, HELPER_SETTINGS, SETTINGS
from tests.helpers.accounts.people import Person

READY_SECONDS = 30.0
ROLES = ("a", "b", "log")


@dataclass
class Pair:
    """Folders of a deployment whose server nodes can be started; there is no log node, so events wait."""

    root: Path
    deployment: Deployment
    bootstrap: dict[str, str]
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    administrator: Person = field(default_factory=lambda: Person("administrator"))
    administrator_tokens: dict[str, str] = field(default_factory=dict)

    def folder(self, role: str) -> Path:
        return self.root / role

    def url(self, role: str) -> str:
        return self.deployment.node(role).url

    def settings(self, role: str, **values: Any) -> None:
        """Write the node's settings anew with other values."""
        port = int(self.url(role).rpartition(":")[2])
        text = render_settings(SETTINGS, {"listen_port": port, "disk_reserve_mib": 0, **values})
        (self.folder(role) / FILE_NAME).write_text(text, encoding="utf-8")

    def start(self, *roles: str) -> None:
        """Start nodes and wait for their ready lines."""
        for role in roles:
            verb = ["helper", "run"] if role == HELPER else ["run"]
            command = [sys.executable, "-m", "server_node", *verb, "--dir", str(self.folder(role))]
            with (self.folder(role) / "node.log").open("ab") as log:
                process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
            self.running[role] = process
        for role in roles:
            line = _first_line(self.running[role])
            assert line == f"ready {self._answers_at(role)}", (line, self.log(role))

    def _answers_at(self, role: str) -> str:
        node = self.deployment.node(role)
        return f"{node.link_host}:{node.link_port}" if role == HELPER else node.url

    def stop(self, role: str, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; gives the exit code and the seconds it took."""
        process = self.running.pop(role)
        began = time.monotonic()
        process.send_signal(number)
        code = process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
        return code, time.monotonic() - began

    def stop_all(self) -> None:
        for role in list(self.running):
            self.stop(role)

    def log(self, role: str) -> str:
        return (self.folder(role) / "node.log").read_text(encoding="utf-8", errors="replace")


def make_pair(root: Path, roles: tuple[str, ...] = ROLES, **settings: Any) -> Pair:
    """Keys, certificates and settings of nodes on free ports of 127.0.0.1; nothing runs yet."""
    rng = SystemRandom()
    ports = free_ports(2 * len(roles))
    for index, role in enumerate(roles):
        link = ("127.0.0.1", ports[2 * index + 1]) if role != "log" else ("", 0)
        url = f"https://127.0.0.1:{ports[2 * index]}" if role != HELPER else ""
        create_node_keys(root / role, role, f"node-{role}", NodeAddress(url, *link), rng)
    kit = write_kit(root / "kit", "test", [read_request(root / r / "join-request.json") for r in roles], rng)
    for role in roles:
        install_kit(root / role, root / "kit")
    bootstrap = {role: Bootstrap(root / role).renew(rng) for role in roles if role != HELPER}
    pair = Pair(root, kit.deployment, bootstrap)
    for role in ("a", "b"):
        pair.settings(role, **settings)
    if HELPER in roles:
        port = kit.deployment.node(HELPER).link_port
        text = render_settings(HELPER_SETTINGS, {"listen_port": port, "patience_seconds": 10, "threads": 1})
        (root / HELPER / FILE_NAME).write_text(text, encoding="utf-8")
    return pair


def free_ports(count: int) -> list[int]:
    """Ports that are free now and all different."""
    with ExitStack() as held:
        found = []
        for _ in range(count):
            listener = held.enter_context(closing(socket.socket()))
            listener.bind(("127.0.0.1", 0))
            found.append(int(listener.getsockname()[1]))
        return found


def worker_pids(pair: Pair, role: str) -> list[int]:
    """Running workers of a node, told by the folder on their command lines (a zombie has none)."""
    wanted = [b"worker", b"--dir", str(pair.folder(role)).encode()]
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\x00") if entry.name.isdigit() else []
        except OSError:
            continue
        if any(words[start : start + 3] == wanted for start in range(len(words))):
            found.append(int(entry.name))
    return found


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(READY_SECONDS):
            os.kill(process.pid, signal.SIGKILL)
            return "no answer"
    return process.stdout.readline().strip()
