"""One route of a node: where it is, what answers it, by which permission, and what its body must be."""

from __future__ import annotations

from dataclasses import dataclass

from server_node.api.call import Handler
from server_node.api.permissions import PERMISSIONS, Permission
from server_node.api.schemas.fields import Record


@dataclass(frozen=True)
class Route:
    """``name`` is a row of the table of permissions. Without a schema the handler reads the body by itself, if any."""

    name: str
    method: str
    path: str
    handler: Handler
    schema: Record | None = None
    max_bytes: int = 64 * 1024

    @property
    def permission(self) -> Permission:
        return PERMISSIONS[self.name]
