"""A small deployment in a folder: keys, certificates and descriptions of the three nodes, as the commands make them."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from common.config import render_settings
from common.crypto.rng import SystemRandom
from common.deployment import Deployment
from common.net.identity import NodeAddress, NodeIdentity, create_node_keys, install_kit, load_node_identity
from desktop_client.provision.kit import read_request, write_kit
from log_node.ledger.writer import Ledger
from log_node.settings import SETTINGS, ledger_path, settings_path


@dataclass(frozen=True)
class SmallDeployment:
    """Folders ``a``, ``b``, ``log`` and ``kit`` under one root; nothing runs yet."""

    root: Path
    deployment: Deployment
    a: NodeIdentity
    b: NodeIdentity
    log: NodeIdentity

    def folder(self, role: str) -> Path:
        return self.root / role


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_deployment(root: Path) -> SmallDeployment:
    """Provision three nodes on 127.0.0.1; the log node also gets its settings and an empty ledger."""
    rng = SystemRandom()
    port = free_port()
    for role in ("a", "b", "log"):
        url = f"https://127.0.0.1:{port if role == 'log' else 1}"
        create_node_keys(root / role, role, f"node-{role}", NodeAddress(url), rng)
    requests = [read_request(root / role / "join-request.json") for role in ("a", "b", "log")]
    deployment = write_kit(root / "kit", "test", requests, rng).deployment
    for role in ("a", "b", "log"):
        install_kit(root / role, root / "kit")
    a, b, log = (load_node_identity(root / role) for role in ("a", "b", "log"))
    settings_path(root / "log").write_text(render_settings(SETTINGS, {"port": port}), encoding="utf-8")
    Ledger.create(ledger_path(root / "log"), log.signing)
    return SmallDeployment(root, deployment, a, b, log)
