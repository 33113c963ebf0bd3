"""What the handlers work with: built once in ``app.py``, found under one typed key."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from common.deployment import Deployment, NodeEntry
from common.errors import Forbidden
from common.net.tls import peer_name
from log_node.accounts.desk import Reception
from log_node.ledger.commit import GroupCommit
from log_node.ledger.writer import Ledger


@dataclass(frozen=True)
class LogContext:
    """The ledger, its one writer, and who may write."""

    name: str
    verify_key: str
    version: str
    deployment: Deployment
    ledger: Ledger
    commit: GroupCommit
    reception: Reception

    def writer_of(self, request: web.Request) -> NodeEntry:
        """The server node that calls, by its TLS certificate.

        Raises:
            Forbidden: no certificate, or that of somebody else.
        """
        found = self.find_writer(request)
        if found is None:
            raise Forbidden("Only the server nodes of this deployment may write to the log.")
        return found

    def find_writer(self, request: web.Request) -> NodeEntry | None:
        """The server node that calls, if one does."""
        name = peer_name(request.transport)
        nodes = (self.deployment.node(role) for role in ("a", "b"))
        return next((node for node in nodes if node.name == name), None)


CONTEXT: web.AppKey[LogContext] = web.AppKey("log_context", LogContext)
