"""An IPFS node of a test's own, which it may stop and start again; it keeps its blocks meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.helpers.nodes.pair import free_ports
from tests.services.available import JSIPFS, PATIENCE, need


class OwnIpfs:
    """One process with a folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        [self._program] = need(JSIPFS)
        folder.mkdir(exist_ok=True)
        self.folder = folder / "ipfs"
        self._environment = {**os.environ, "IPFS_PATH": str(self.folder)}
        [self.port] = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._run("init", "--profile=test", "--empty-repo")
        self._configure()

    @property
    def url(self) -> str:
        return f"ipfs+http://127.0.0.1:{self.port}"

    def start(self) -> None:
        # What a killed process left says that it still runs.
        shutil.rmtree(self.folder / "repo.lock", ignore_errors=True)
        (self.folder / "api").unlink(missing_ok=True)
        with (self.folder.parent / "ipfs.log").open("ab") as log:
            words = [self._program, "daemon", "--offline"]
            self._process = subprocess.Popen(words, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, "the IPFS node did not start"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def blocks(self) -> list[Path]:
        """The files of its blocks."""
        return [path for path in (self.folder / "blocks").rglob("*.data")]

    def _run(self, *words: str) -> None:
        command = [self._program, *words]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=PATIENCE)

    def _configure(self) -> None:
        path = self.folder / "config"
        config = json.loads(path.read_text(encoding="utf-8"))
        nothing = "/ip4/127.0.0.1/tcp/0"
        api = f"/ip4/127.0.0.1/tcp/{self.port}"
        config["Addresses"].update(API=api, Gateway=nothing, RPC=nothing, Swarm=[])
        config["Routing"]["Type"] = "none"
        config["Pubsub"]["Enabled"] = False
        path.write_text(json.dumps(config), encoding="utf-8")

    def _answers(self) -> bool:
        try:
            return urllib3.request("POST", f"http://127.0.0.1:{self.port}/api/v0/id", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False


@contextmanager
def own_ipfs(folder: Path) -> Iterator[OwnIpfs]:
    """A running IPFS node as long as the context."""
    node = OwnIpfs(folder)
    try:
        node.start()
        yield node
    finally:
        node.stop()
