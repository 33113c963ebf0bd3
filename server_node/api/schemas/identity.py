"""The answer about a node that only server nodes give; the forms of accounts and logins are common to all nodes."""

from __future__ import annotations

from server_node.api.schemas.fields import BOOLEAN, HASH, TIME, Record, choice, free_text

_SHORT = free_text(200)

INFO = Record(
    {
        "name": _SHORT,
        "role": choice("a", "b"),
        "version": _SHORT,
        "verify_key": HASH,
        "seal_key": HASH,
        "time": TIME,
        "bootstrap": BOOLEAN,
    }
)
