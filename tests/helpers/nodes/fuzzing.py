"""Requests drawn from a node's own description, sent to the node as a process, and every answer compared with it.

Beyond random values, half of the requests name objects that are there, and documents are signed by whoever sends them,
so that many come past the door.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode, checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks

from common.documents import sign_document
from server_node.api.permissions import Subject
from tests.helpers.accounts.people import login_signature, now_text
from tests.helpers.nodes.cast import Cast, play
from tests.helpers.nodes.pair import Pair

Operation = APIOperation[Any, Any, Any, Any]
Request = Case[Any]
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.response_headers_conformance,
]
_CHANGES_LOGINS = {"auth.logout", "auth.logout_all", "users.devices", "users.rotate"}
_TEAM = ("owner", "editor", "viewer", "dataowner", "recipient", "reader")
_PEOPLE = (*_TEAM, "outsider", "administrator")
_TIMEOUT = 20.0


class Bearer(requests.auth.AuthBase):
    """Shows a token, or none, whatever else a request was drawn with."""

    def __init__(self, bearer: dict[str, str]) -> None:
        self._bearer = bearer

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.pop("Authorization", None)
        request.headers.update(self._bearer)
        return request


def operations(description: dict[str, Any]) -> list[Operation]:
    """The routes of a node, without who may ask.

    Who asks is chosen apart; with it in the description, most requests would be turned away for their token.
    """
    paths = {
        path: {method: {k: v for k, v in one.items() if k != "security"} for method, one in found.items()}
        for path, found in description["paths"].items()
    }
    schema = schemathesis.openapi.from_dict({**description, "paths": paths})
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def drawn(operation: Operation, count: int, seed: int | None, send: Callable[[Request, random.Random], None]) -> None:
    """Draw ``count`` requests of one route, two of three of the right form, and hand each to ``send``.

    Without a seed the same ones each time. Raises what the first wrong answer is wrong about.
    """
    right, wrong = (operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
    # Not drawn with the request: what is drawn is mostly small, and nobody would be logged in.
    choices = random.Random(f"{operation.label} {seed}")

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=seed is None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(right, right, wrong))
    def one(case: Request) -> None:
        send(case, choices)

    one()


def is_right(case: Request) -> bool:
    """Whether a request was drawn to be of the right form."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def judge(case: Request, response: schemathesis.Response) -> None:
    """Raises what is wrong about an answer: a 5xx, one that is not described, a wrong request that was taken."""
    checked = CHECKS if is_right(case) else [*CHECKS, openapi_checks.negative_data_rejection]
    case.validate_response(response, checks=checked)


@dataclass
class Target:
    """A node that is asked, and what it is asked with."""

    pair: Pair
    url: str
    cast: Cast
    description: dict[str, Any]
    session: requests.Session
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def certificate(self) -> tuple[str, str]:
        """What the other server shows."""
        folder = self.pair.folder("b")
        return str(folder / "tls.pem"), str(folder / "keys" / "tls.key")

    def send(self, case: Request, choices: random.Random) -> None:
        """One request, by somebody, maybe about something that is there; its answer must be a described one."""
        who = self._aim(case, choices) if is_right(case) else choices.choice(_PEOPLE)
        name = _name(case)
        if name in _CHANGES_LOGINS:
            who = "stranger"
        bearer = {} if choices.random() < 0.1 else self.cast.bearer(who)
        response = case.call(
            base_url=self.url,
            session=self.session,
            timeout=_TIMEOUT,
            allow_redirects=False,
            auth=Bearer(bearer),
            verify=self.session.verify,
            cert=self.certificate if name.startswith("peer.") else None,
        )
        self.statuses[response.status_code] += 1
        if response.status_code == 401 and bearer:
            self._log_in(who)
        judge(case, response)

    def _aim(self, case: Request, choices: random.Random) -> str:
        """Put real ids, values and a signature into a request, most of the time; who sends it."""
        is_own = choices.random() < 0.7
        who = choices.choice(_TEAM) if is_own else "outsider"
        if choices.random() < 0.2:
            who = "administrator"
        things = self.cast.own if is_own else self.cast.foreign
        parameters = case.path_parameters if isinstance(case.path_parameters, dict) else {}
        if "id" in parameters and choices.random() < 0.8:
            parameters["id"] = things[_subject(case)]
        if "name" in parameters and choices.random() < 0.8:
            parameters["name"] = choices.choice([who, "stranger"])
        body: Any = case.body
        document = body.get("document") if isinstance(body, dict) else None
        if isinstance(document, dict) and isinstance(document.get("body"), dict) and choices.random() < 0.9:
            self._fill(document["body"], things, parameters, choices)
            body["document"] = self._signed(document, who)
        return who

    def _fill(
        self, body: dict[str, Any], things: dict[Subject, str], parameters: dict[str, Any], choices: random.Random
    ) -> None:
        """Values that fit what is there, for some of the fields."""
        fitting = {
            "time": now_text(), "node_time": now_text(), "dataset": things[Subject.DATASET], "id": parameters.get("id"),
            "project": things[Subject.PROJECT], "user": parameters.get("name"), "job": things[Subject.JOB],
            "version": 2, "expires": now_text(3600),
        }  # fmt: skip
        for field_name, value in fitting.items():
            if field_name in body and value is not None and choices.random() < 0.8:
                body[field_name] = value

    def _signed(self, document: dict[str, Any], who: str) -> dict[str, Any]:
        signing = self.cast.administrator.signing if who == "administrator" else self.cast.people[who].signing
        try:
            return sign_document(str(document.get("kind")), document["body"], signing)
        except ValueError:
            return document

    def _log_in(self, who: str) -> None:
        member = self.cast.administrator if who == "administrator" else self.cast.people[who]
        asked = self.session.post(f"{self.url}/v1/auth/challenge", json={"user": member.name}, timeout=_TIMEOUT)
        if asked.status_code == 200:
            nonce = asked.json()["nonce"]
            signature = login_signature(member, self.pair.deployment.node("a").verify_key, nonce).hex()
            answer = {"user": member.name, "device": member.device.verify_key, "nonce": nonce, "signature": signature}
            found = self.session.post(f"{self.url}/v1/auth/login", json=answer, timeout=_TIMEOUT)
            if found.status_code == 200:
                member.tokens["a"] = found.json()["token"]


def _name(case: Request) -> str:
    return str(case.operation.definition.raw["operationId"])


def _subject(case: Request) -> Subject:
    """What a route is about, by its name."""
    tag = "datasets" if _name(case) == "peer.dataset" else _name(case).partition(".")[0]
    return {"datasets": Subject.DATASET, "projects": Subject.PROJECT, "drafts": Subject.DRAFT}.get(tag, Subject.JOB)


@contextmanager
def fuzzed_node(pair: Pair) -> Iterator[tuple[Target, psutil.Process]]:
    """Node A with its objects and people, and its process; both nodes run and are stopped at the end."""
    try:
        for role in ("a", "b"):
            serve(pair, role)
        cast = asyncio.run(_play(pair))
        with requests.Session() as session:
            authority = pair.root / "authority.pem"
            authority.write_text(pair.deployment.ca_pem, encoding="ascii")
            session.verify = str(authority)
            session.trust_env = False
            description = session.get(f"{pair.url('a')}/v1/openapi.json", timeout=_TIMEOUT).json()
            yield Target(pair, pair.url("a"), cast, description, session), psutil.Process(pair.running["a"].pid)
    finally:
        pair.stop_all()


def serve(pair: Pair, role: str) -> None:
    """Start a node with the fake worker and wait until it answers."""
    command = [sys.executable, "-m", "tests.helpers.nodes.serve", str(pair.folder(role))]
    with (pair.folder(role) / "node.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    pair.running[role] = process
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready "), pair.log(role)


async def _play(pair: Pair) -> Cast:
    async with play(pair) as cast:
        return cast
