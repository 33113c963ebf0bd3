"""Which action is where. A module is imported when one of its actions is asked for: most of them load much."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final, cast

from common.errors import NotFound
from desktop_client.worker.channel import Channel

Action = Callable[[dict[str, Any], Channel], dict[str, Any]]
"""Takes the arguments of a request and gives the result; both are JSON objects."""

ACTIONS: Final[dict[str, str]] = {
    "echo": "desktop_client.worker.echo:echo",
}


def find_action(name: object) -> Action:
    """The function behind a name.

    Raises:
        NotFound: there is no such action.
    """
    found = ACTIONS.get(name) if isinstance(name, str) else None
    if found is None:
        raise NotFound("The helper process does not know this action; the parts of this program do not fit together.")
    module, _, function = found.partition(":")
    return cast(Action, getattr(importlib.import_module(module), function))
