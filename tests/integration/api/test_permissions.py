"""Every route × every kind of person × own, foreign and nonexistent objects, at a real node, against the one table.

Bodies are of a wrong form on purpose: whoever is admitted is told so (400), whoever is not never gets that far.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from common.net.tls import client_context
from server_node.api.openapi import all_routes
from server_node.api.permissions import Relation, Subject
from server_node.api.routes.route import Route
from tests.helpers.nodes.cast import ROLES, SHUT_OUT, STRANGERS, Cast, play
from tests.helpers.nodes.local import local_nodes
from tests.helpers.nodes.pair import Pair, make_pair

pytestmark = [pytest.mark.expects_warnings, pytest.mark.timeout(180)]
ACTIVE = (*ROLES, *STRANGERS, "administrator")
NOBODY = {
    "anonymous": {},
    "wrong token": {"Authorization": f"Bearer {'0' * 64}"},
    "no token": {"Authorization": "Bearer"},
}
REFUSED = {401, 403, 404, 495}
NOWHERE = {Subject.DATASET: "0" * 64, Subject.PROJECT: "0" * 32, Subject.DRAFT: "0" * 32, Subject.JOB: "0" * 32}


@dataclass(frozen=True)
class Question:
    """One request of the matrix; ``thing`` is the object of the path."""

    route: Route
    who: str
    thing: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        """The route's path with the object, and ones where it wants something else."""

        def fill(name: str, pattern: str) -> str:
            if name in ("id", "name"):
                return self.thing
            width = re.search(r"{(\d+)", pattern)
            return "1" if "number" in name else "1" * int(width[1] if width else 1)

        path = self.route.operation.address
        for name, pattern in self.route.operation.path_parts:
            path = path.replace(f"{{{name}}}", fill(name, pattern))
        return path


def expected(question: Question, cast: Cast) -> str:
    """``in``, or the statuses a refusal may have."""
    permission = question.route.permission
    if Relation.ANYBODY in permission.allowed:
        return "in"
    if Relation.PEER in permission.allowed:
        return "in" if question.who == "peer" else "495"
    if Relation.MONITOR in permission.allowed or question.who not in ACTIVE:
        return "401 403" if question.who == "disabled" else "401"
    if question.thing in NOWHERE.values() and permission.subject in NOWHERE:
        return "404"
    relations = cast.relations(question.who, permission.subject, question.thing)
    if not relations:
        return "404"
    return "in" if relations & permission.allowed else "403"


def questions(cast: Cast) -> Iterator[Question]:
    """Everybody's requests; what destroys its object without a body comes last, and its owner's turn last of all."""
    routes = sorted(all_routes(), key=lambda route: route.method == "DELETE" and route.schema is None)
    everybody = [*NOBODY, *SHUT_OUT, *sorted(ACTIVE, key=lambda name: name in ("owner", "outsider"))]
    for route in routes:
        subject = route.permission.subject
        things = [cast.own[subject], cast.foreign[subject], NOWHERE[subject]] if subject in cast.own else [""]
        if subject not in cast.own and "{" in route.path:
            things = ["owner", "stranger"] if "{name" in route.path else [_object_in(route, cast)]
        for thing in things:
            for who in everybody:
                headers = NOBODY[who] if who in NOBODY else cast.bearer(who)
                yield Question(route, who, thing, headers)


def _object_in(route: Route, cast: Cast) -> str:
    """Of a route that is about no object of the table, but has an id in its path."""
    if route.name.startswith("drafts."):
        return "1" * 32
    return cast.own[Subject.DATASET] if "64" in route.operation.path_parts[0][1] else cast.own[Subject.JOB]


async def ask(session: aiohttp.ClientSession, url: str, question: Question, tls: ssl.SSLContext) -> int:
    has_body = question.route.schema is not None
    body = {"this": ["is", "no", "form"]} if has_body else None
    request = session.request(
        question.route.method, url + question.path, json=body, headers=question.headers, ssl=tls, allow_redirects=False
    )
    async with request as response:
        if response.status in REFUSED:
            assert set(await response.json()) == {"error"}
        return response.status


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path, logins_per_minute=10_000)


async def test_permissions_every_route_answers_everybody_as_the_table_says(pair: Pair, tmp_path: Path) -> None:
    wrong: list[str] = []
    count = 0
    url = pair.url("a")
    async with local_nodes(pair), play(pair) as cast, aiohttp.ClientSession() as session:
        plain = client_context(pair.deployment.ca_pem)
        for question in questions(cast):
            status = await ask(session, url, question, plain)
            count += 1
            wanted = expected(question, cast)
            is_right = status not in REFUSED if wanted == "in" else str(status) in wanted.split()
            if not is_right:
                wrong.append(f"{question.route.name} as {question.who} on {question.thing[:8]}: {status}, not {wanted}")
        wrong += await _certificates(pair, cast, session, make_pair(tmp_path / "other"))
    assert not wrong, "\n".join(wrong)
    assert count > 15 * len(all_routes())


async def _certificates(pair: Pair, cast: Cast, session: aiohttp.ClientSession, other: Pair) -> list[str]:
    """Routes for the other server: with its certificate, with the log node's, and with one of another authority."""
    wrong = []
    tls = {role: _shows(pair, pair, role) for role in ("b", "log")}
    foreign = _shows(pair, other, "b")
    for route in all_routes():
        if Relation.PEER not in route.permission.allowed:
            continue
        thing = _object_in(route, cast) if "{" in route.path else ""
        if (status := await ask(session, pair.url("a"), Question(route, "peer", thing, {}), tls["b"])) in REFUSED:
            wrong.append(f"{route.name} with B's certificate: {status}")
        if (status := await ask(session, pair.url("a"), Question(route, "log", thing, {}), tls["log"])) != 495:
            wrong.append(f"{route.name} with the log node's certificate: {status}")
        with pytest.raises(aiohttp.ClientError):
            await ask(session, pair.url("a"), Question(route, "foreign", thing, {}), foreign)
    return wrong


def _shows(pair: Pair, whose: Pair, role: str) -> ssl.SSLContext:
    folder = whose.folder(role)
    return client_context(pair.deployment.ca_pem, folder / "tls.pem", folder / "keys" / "tls.key")
