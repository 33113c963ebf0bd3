"""The stream of what is new."""

from __future__ import annotations

from server_node.api.handlers import news
from server_node.api.routes.route import Route
from server_node.api.schemas.fields import COUNT, Parameter, Stream
from server_node.api.schemas.news import MESSAGE

_SAYS = "A WebSocket. First `start`, then every kept piece of news after the number, then what comes, and the load."

ROUTES = (
    Route(
        "news.follow", "GET", "/v1/events", news.follow, query={"after": Parameter(COUNT)},
        answer=Stream(MESSAGE, _SAYS),
    ),
)  # fmt: skip
