"""The public description of a deployment: who the nodes are, where they answer, which keys are theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.documents import digest
from common.errors import ConfigError

ROLES = ("a", "b", "log")
"""Nodes that every deployment has."""
HELPER = "helper"
"""Role of the node of a third organisation that may deal correlations."""
VERSION = 2
VERSIONS = (1, VERSION)
"""What can be read. The registration code of version 1 opens nothing any more."""
MAX_BYTES = 64 * 1024
_HEX_KEY = 64


@dataclass(frozen=True)
class NodeEntry:
    """One node as everybody may know it.

    The log node has neither ``link_*`` nor ``seal_key``; a helper has no ``url`` and no ``seal_key``.
    """

    role: str
    name: str
    url: str
    verify_key: str
    seal_key: str
    link_host: str
    link_port: int


@dataclass(frozen=True)
class Deployment:
    """A checked ``deployment.json``; ``body`` is the JSON value itself."""

    body: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Raises:
        ConfigError: unreadable, too large or not a deployment description.
        """
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ConfigError(f"{path.name} is too large for a deployment description.")
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ConfigError(f"Cannot read the deployment description {path.name}: {error}") from error

    @classmethod
    def from_json(cls, body: object) -> Deployment:
        """Raises:
        ConfigError: a field is missing or has the wrong form, or two nodes cannot be told apart.
        """
        if not isinstance(body, dict) or type(body.get("version")) is not int or body["version"] not in VERSIONS:
            raise ConfigError(f"This is not a deployment description of version {VERSION}.")
        for name in ("name", "created", "ca"):
            if not isinstance(body.get(name), str):
                raise ConfigError(f"The deployment description lacks {name!r}.")
        nodes = body.get("nodes")
        if not isinstance(nodes, dict) or set(nodes) - {HELPER} != set(ROLES):
            raise ConfigError("A deployment has the nodes a, b and log, and perhaps a helper.")
        deployment = cls(body)
        entries = [deployment.node(role) for role in deployment.roles]
        for node in entries:
            _check_node(node)
        for own in ({node.name for node in entries}, {node.verify_key for node in entries}):
            if len(own) < len(entries):
                raise ConfigError("Two nodes of the deployment have the same name or the same key.")
        return deployment

    @property
    def roles(self) -> tuple[str, ...]:
        """Of all its nodes."""
        return (*ROLES, HELPER) if self.has_helper else ROLES

    @property
    def has_helper(self) -> bool:
        return HELPER in self.body["nodes"]

    def node(self, role: str) -> NodeEntry:
        """The entry of role ``a``, ``b``, ``log`` or ``helper``.

        Raises:
            ConfigError: there is no such node, or its port is not one.
        """
        raw = self.body["nodes"].get(role)
        if not isinstance(raw, dict):
            raise ConfigError(f"The deployment has no node {role!r}.")
        port = raw.get("link_port") or 0
        if type(port) is not int or not 0 <= port < 65536:
            raise ConfigError(f"Node {role!r} has no valid link port.")
        name, url, verify_key, seal_key, link_host = (
            str(raw.get(key) or "") for key in ("name", "url", "verify_key", "seal_key", "link_host")
        )
        return NodeEntry(role, name, url, verify_key, seal_key, link_host, port)

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def ca_pem(self) -> str:
        return str(self.body["ca"])

    @property
    def fingerprint(self) -> str:
        """What operators and members compare before they trust the description, 64 hexadecimal characters."""
        return digest(self.body)


def _check_node(node: NodeEntry) -> None:
    keys = [node.verify_key] if node.role in ("log", HELPER) else [node.verify_key, node.seal_key]
    if node.role == HELPER:
        if not node.name or not node.link_host or not node.link_port:
            raise ConfigError("The helper needs a name, a host and a port.")
    elif not node.name or not node.url.startswith("https://"):
        raise ConfigError(f"Node {node.role!r} needs a name and an https address.")
    for key in keys:
        if len(key) != _HEX_KEY or any(c not in "0123456789abcdef" for c in key):
            raise ConfigError(f"Node {node.role!r} has no valid public key.")
