"""The table of permissions as a document: ``python -m server_node.api.permissions_page >docs/permissions.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from server_node.api.openapi import all_routes
from server_node.api.permissions import Relation, Subject
from server_node.api.routes.route import Route

_MEANING: Final[dict[Relation, str]] = {
    Relation.ANYBODY: "whoever reaches the node; no login",
    Relation.PEER: "the other server node, by its certificate; no login",
    Relation.MONITOR: "a monitoring program that shows the token in `NODE/keys/metrics.token`",
    Relation.USER: "every active account that is logged in",
    Relation.ADMINISTRATOR: "an account with the global role administrator",
    Relation.SELF: "the account that the path names",
    Relation.OWNER: "who uploaded the data set; a member of the project or draft with the role owner",
    Relation.EDITOR: "a member of the project or draft with the role editor",
    Relation.VIEWER: "a member of the project or draft with the role viewer",
    Relation.DATA_OWNER: "the owner of a data set that the project uses",
    Relation.READER: "who may see the data set: it is complete, and public or shared with them",
    Relation.RECIPIENT: "a member of the project whom the specification names as a recipient of the model",
    Relation.TESTER: "a member of the project whom the specification names as a tester of the model",
    Relation.ASKER: "who began the test: the object is a job that asks a model about their images",
    Relation.OWNER_NOW: "a member with the role owner in the newest revision of the project, whatever the job's says",
}
_HEAD: Final = """# Who may do what

Made from the table in `server_node/api/permissions.py` by `make permissions`; do not edit it here.

A request is about one object or about none. What somebody is to that object are their *relations* to it; the request
is admitted if one of them is in its row. Answers to everybody else:

| Who asks | Answer |
|---|---|
| nobody, a wrong token, a token that has ended | 401 `not-logged-in`, `token-expired` |
| somebody whose account was disabled | 401 or 403 |
| somebody with no relation at all to the object | 404 `not-found`, as if there were no such object |
| somebody with another relation than those of the row | 403 `forbidden` |
| anybody but the other server, on a route for it | 495 `unknown-certificate` |

Many requests carry a signed document besides; whose signature counts is in the specification of the document.
"""


def render() -> str:
    """The whole document."""
    groups: dict[str, list[Route]] = {}
    for route in all_routes():
        groups.setdefault(route.operation.tag, []).append(route)
    parts = [_HEAD, "## Relations\n", *_table(("Relation", "Who"), ((r.value, _MEANING[r]) for r in Relation))]
    for tag, routes in groups.items():
        rows = ((f"`{r.method} {r.operation.address}`", r.operation.summary, _allowed(r)) for r in routes)
        parts += [f"\n## {tag.capitalize()}\n", *_table(("Request", "What it does", "Who may"), rows)]
    return "\n".join(parts) + "\n"


def _allowed(route: Route) -> str:
    permission = route.permission
    names = ", ".join(relation.value for relation in Relation if relation in permission.allowed)
    return names if permission.subject is Subject.NOTHING else f"{names} (of the {permission.subject.value})"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows)]


if __name__ == "__main__":
    sys.stdout.write(render())
