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
    "scan": "desktop_client.worker.images.listing:scan",
    "thumbnails": "desktop_client.worker.images.looking:thumbnails",
    "preview": "desktop_client.worker.images.looking:preview",
    "shares": "desktop_client.worker.images.looking:shares",
    "hiding": "desktop_client.worker.images.looking:hiding",
    "estimate": "desktop_client.worker.images.splitting:estimate",
    "describe": "desktop_client.worker.images.sending:describe",
    "split": "desktop_client.worker.images.splitting:split",
    "upload": "desktop_client.worker.images.sending:upload",
    "fetch_model": "desktop_client.worker.models.kept:fetch",
    "verify_model": "desktop_client.worker.models.kept:verify",
    "describe_model": "desktop_client.worker.models.kept:describe",
    "list_models": "desktop_client.worker.models.kept:listed",
    "export_model": "desktop_client.worker.models.kept:export",
    "export_formats": "desktop_client.worker.models.kept:formats",
    "test_model": "desktop_client.worker.models.trials:evaluate_model",
    "last_test": "desktop_client.worker.models.trials:last_test",
    "predict_image": "desktop_client.worker.models.trials:predict_image",
    "test_thumbnails": "desktop_client.worker.models.trials:thumbnails",
    "split_test": "desktop_client.worker.models.asking:split_test",
    "compose": "desktop_client.worker.writing:compose",
    "write_card": "desktop_client.worker.models.cards:write_card",
    "fetch_log": "desktop_client.worker.records:fetch_log",
    "check_log": "desktop_client.worker.records:check_log",
    "export_log": "desktop_client.worker.records:export_log",
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
