"""How many segments may lie on this server's disk at a time."""

from __future__ import annotations

import shutil

from server_node.offline.preparation.agreement import LEAST_ROOM, Terms
from server_node.offline.segments import file_size, ready_path


def room_for(terms: Terms, allowed: int) -> int:
    """Segments that fit into ``allowed`` bytes; if that is 0, into a quarter of what is free with them."""
    sizes = [file_size(terms.layouts[index].stored_bytes) for index in terms.needed]
    held = sum(ready_path(terms.side.folder, index).stat().st_size for index in terms.kept)
    budget = allowed or (shutil.disk_usage(terms.side.folder).free + held) // 4
    return max(LEAST_ROOM, min(len(sizes), budget // max(sizes, default=1)))
