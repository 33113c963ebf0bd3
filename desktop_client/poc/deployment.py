"""A whole deployment on one machine: two servers, the log, two users. Real processes, real keys, loopback only.

DIR/{node-a,node-b,log}   one folder for each node, with its own keys and its log file
DIR/helper                the same for the helper, if there is one
DIR/kit                   certificate authority, deployment.json
DIR/client-1, client-2    profiles of the users, the first an administrator; passwords in files of mode 0600
DIR/{poc,pids}.json       what was set up, and which processes run
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final

from common.crypto.rng import SystemRandom
from common.deployment import HELPER, ROLES
from common.errors import Conflict, NodeStartFailed, NotFound, StoreDamaged
from common.net.files import write_atomic, write_private
from desktop_client.keystore import Cost
from desktop_client.poc import process
from desktop_client.poc.people import Place, admit_users
from desktop_client.poc.process import ProcessMark
from desktop_client.provision.kit import read_request, write_kit
from desktop_client.settings import Profile

HOST: Final = "127.0.0.1"
NODES: Final = {"a": "node-a", "b": "node-b", "log": "log", HELPER: "helper"}
USERS: Final = ("alice", "bob")
_INIT_SECONDS: Final = 120.0
_READY_SECONDS: Final = 120.0
_GRACE_SECONDS: Final = 15.0
_PASSWORD_BYTES: Final = 15

Say = Callable[[str], None]


def _silent(line: str) -> None:
    del line


class LocalDeployment:
    """Sets up, starts and stops a deployment in one folder; as a context manager it stops whatever happens.

    ``start`` and ``stop`` block and run an event loop of their own: call them in a thread from asynchronous code.
    """

    def __init__(
        self,
        folder: Path,
        say: Say = _silent,
        users: tuple[str, ...] = USERS,
        cost: Cost | None = None,
        helper: bool = False,
    ) -> None:
        self.folder = folder.absolute()
        self._say, self._users, self._cost, self._wants_helper = say, users, cost, helper
        self._rng = SystemRandom()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> LocalDeployment:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, number: int) -> Path:
        """Profile folder of user ``number``, counted from 1."""
        return self.folder / f"client-{number}"

    def password(self, number: int) -> str:
        """Password of user ``number``; for giving to a command, never for showing."""
        return (self.client(number) / "password").read_text(encoding="ascii").strip()

    def node(self, role: str) -> Path:
        """Folder of the node with role ``a``, ``b``, ``log`` or ``helper``."""
        return self.folder / NODES[role]

    def log_file(self, role: str) -> Path:
        """What a node printed since it was set up."""
        return self.node(role) / f"{NODES[role]}.log"

    @property
    def roles(self) -> tuple[str, ...]:
        """Of the nodes it has, or will have once it is set up."""
        has_helper = self.node(HELPER).is_dir() if self.is_set_up else self._wants_helper
        return (*ROLES, HELPER) if has_helper else ROLES

    @property
    def kit(self) -> Path:
        return self.folder / "kit"

    @property
    def is_set_up(self) -> bool:
        return (self.folder / "poc.json").exists()

    def running(self) -> dict[str, ProcessMark]:
        """Node processes that run now, by role."""
        marks = self._read_marks()
        return {role: one for role, one in marks.items() if self._is_ours(one)}

    def leftover_processes(self) -> list[int]:
        """Process ids of every node and worker that works in this folder."""
        return [found.pid for found in process.find_processes(self.folder)]

    def start(self) -> None:
        """Set up if the folder is new, then start the nodes and wait until they are ready.

        Raises:
            Conflict: it runs already, the folder holds something else, or it was set up without the helper wanted now.
            NodeStartFailed: a node did not start; nothing is left running, and a new folder is empty again.
        """
        if self.leftover_processes():
            raise Conflict(f"Nodes in {self.folder} run already; stop them with `imguard poc down` to start anew.")
        is_new = not self.is_set_up
        if is_new and self.folder.exists() and any(self.folder.iterdir()):
            raise Conflict(f"{self.folder} is not empty; choose a new folder, or run `imguard poc down --remove`.")
        if self._wants_helper and HELPER not in self.roles:
            raise Conflict(f"The deployment in {self.folder} was set up without a helper; choose a new folder.")
        try:
            tokens = self._set_up() if is_new else {}
            self._start_nodes()
            if is_new:
                self._admit_users(tokens)
                write_atomic(self.folder / "poc.json", json.dumps({"version": 1, "users": self._users}).encode())
        except BaseException:
            self.stop()
            if is_new:
                self.remove()
            raise

    def stop(self) -> None:
        """Stop every process of this deployment, workers included; the state stays. Safe to call again.

        An interruption while this waits kills everything at once, then goes on its way.
        """
        self._say("stopping the nodes")
        try:
            self._stop_all(_GRACE_SECONDS)
        except BaseException:
            self._stop_all(0.0)
            raise
        finally:
            (self.folder / "pids.json").unlink(missing_ok=True)

    def _stop_all(self, grace: float) -> None:
        marks = {} if grace == 0.0 else self._read_marks()
        marks |= {role: found for role, child in self._children.items() if (found := process.mark(child.pid))}
        # The log goes last, so that the servers can still hand in what they did.
        log = [marks.pop("log")] if "log" in marks else []
        for group in (list(marks.values()), log, process.find_processes(self.folder)):
            process.stop_processes(group, self.folder, grace)
        for child in self._children.values():
            child.wait()
        self._children.clear()

    def remove(self) -> None:
        """Delete what a deployment consists of, and the folder if nothing else is in it.

        Raises:
            Conflict: a process still runs.
        """
        if self.leftover_processes():
            raise Conflict("Processes of this deployment still run; stop them first.")
        clients = [path.name for path in self.folder.glob("client-[0-9]")]
        for name in (*NODES.values(), "kit", "kit.part", *clients):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in ("poc.json", "pids.json"):
            (self.folder / name).unlink(missing_ok=True)
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _set_up(self) -> dict[str, str]:
        """Make keys and kit of all nodes; the bootstrap tokens of those that keep accounts, by role."""
        helper = " and the helper" if HELPER in self.roles else ""
        self._say(f"making keys for node A, node B, the log{helper}")
        with ExitStack() as reserved:
            ports = [_free_port(reserved) for _ in range(2 * len(self.roles))]
        for index, role in enumerate(self.roles):
            self.node(role).mkdir(parents=True, mode=0o700)
            options = ["--name", f"local-{role}", "--host", HOST, "--port", str(ports[2 * index])]
            if role in ("a", "b"):
                options += ["--party", role, "--link-port", str(ports[2 * index + 1])]
            self._run_node(role, "init", *options)
        self._say("making the certificate authority and signing their requests")
        requests = [read_request(self.node(role) / "join-request.json") for role in self.roles]
        write_kit(self.kit, "local", requests, self._rng)
        tokens = {}
        for role in self.roles:
            options = ["--json"] if role in ROLES else []
            answer = self._run_node(role, "init", "--kit", str(self.kit), *options)
            if role in ROLES:
                tokens[role] = _bootstrap_token(answer, role)
        return tokens

    def _start_nodes(self) -> None:
        starts = {}
        # The log first: the servers hand in that they began.
        for role in reversed(self.roles):
            log = self.log_file(role)
            starts[role] = log.stat().st_size if log.exists() else 0
            self._children[role] = process.start_daemon(self._command(role, "run"), log)
            self._write_marks()
        for role, child in self._children.items():
            process.wait_ready(child, self.log_file(role), starts[role], _READY_SECONDS)
            self._say(f"{NODES[role]} is ready")

    def _admit_users(self, tokens: dict[str, str]) -> None:
        """The first user becomes administrator, invites the others and approves them; everybody has a password."""
        places = []
        for number, name in enumerate(self._users, start=1):
            profile = Profile(self.client(number))
            profile.create()
            password = base64.b32encode(self._rng.token(_PASSWORD_BYTES)).decode().lower()
            write_private(profile.root / "password", password.encode() + b"\n")
            places.append(Place(name, profile, password))
        asyncio.run(admit_users(places, Profile(self.kit).deployment(), tokens, self._cost, self._say))

    def _run_node(self, role: str, *words: str) -> bytes:
        return process.run_to_end(self._command(role, *words), self.log_file(role), _INIT_SECONDS)

    def _command(self, role: str, verb: str, *options: str) -> list[str]:
        program = {"log": ["log_node"], HELPER: ["server_node", "helper"]}.get(role, ["server_node"])
        return [sys.executable, "-m", *program, verb, "--dir", str(self.node(role)), *options]

    def _write_marks(self) -> None:
        marks = {role: process.mark(child.pid) for role, child in self._children.items()}
        body = {role: asdict(found) for role, found in marks.items() if found is not None}
        write_atomic(self.folder / "pids.json", json.dumps(body, indent=1).encode())

    def _is_ours(self, found: ProcessMark) -> bool:
        return found.is_same(process.mark(found.pid)) and process.works_in(found.pid, self.folder)

    def _read_marks(self) -> dict[str, ProcessMark]:
        path = self.folder / "pids.json"
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {str(r): ProcessMark(int(m["pid"]), str(m["started"])) for r, m in found.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreDamaged(f"{path} is damaged.") from error


def find_local(folder: Path) -> LocalDeployment:
    """The deployment that was set up in ``folder`` before.

    Raises:
        NotFound: there is none.
    """
    found = LocalDeployment(folder)
    own = ("poc.json", "pids.json", "kit", *(NODES[role] for role in ROLES))
    if not any((found.folder / name).exists() for name in own):
        raise NotFound(f"There is no local deployment in {folder}.")
    return found


def _bootstrap_token(answer: bytes, role: str) -> str:
    """The token in what ``init --kit --json`` printed."""
    try:
        return str(json.loads(answer)["bootstrap_token"])
    except (ValueError, KeyError, TypeError) as error:
        raise NodeStartFailed(f"{NODES[role]} gave no bootstrap token when it was set up.") from error


def _free_port(reserved: ExitStack) -> int:
    """A port that is free now; kept bound until all are chosen, so that they differ."""
    listener = reserved.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
    listener.bind((HOST, 0))
    return int(listener.getsockname()[1])
