"""Requests drawn from the log node's description: no 5xx, no undescribed answer, and a ledger that still holds."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from common.accounts.bootstrap import Bootstrap
from common.config import render_settings
from common.crypto.rng import SystemRandom
from log_node.auditor.verify import verify_ledger
from log_node.settings import SETTINGS, ledger_path, settings_path
from tests.helpers.accounts.people import Person, login_signature, registration
from tests.helpers.log_deployment import SmallDeployment, free_port, make_deployment
from tests.helpers.log_events import event_document
from tests.helpers.nodes.fuzzing import Bearer, Request, drawn, is_right, judge, operations

QUICK = 5
SECONDS = 20.0


@dataclass
class LogTarget:
    """A log node and its administrator."""

    place: SmallDeployment
    url: str
    session: requests.Session
    administrator: Person
    bearer: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def log_in(self) -> None:
        asked = self._post("/v1/auth/challenge", {"user": self.administrator.name})
        signature = login_signature(self.administrator, self.place.log.signing.verify_key, asked["nonce"]).hex()
        device = self.administrator.device.verify_key
        answer = {"user": self.administrator.name, "device": device, "nonce": asked["nonce"], "signature": signature}
        self.bearer = {"Authorization": f"Bearer {self._post('/v1/auth/login', answer)['token']}"}

    def send(self, case: Request, choices: random.Random) -> None:
        """As the administrator, as server node A or as nobody."""
        identity = self.place.a
        is_node = case.operation.definition.raw["operationId"] == "entries.append"
        body: Any = case.body
        if (
            is_right(case)
            and is_node
            and isinstance(body, dict)
            and isinstance(body.get("documents"), list)
            and choices.random() < 0.5
        ):
            body["documents"] = [event_document(n, identity.signing) for n in range(choices.randrange(1, 4))]
        response = case.call(
            base_url=self.url,
            session=self.session,
            timeout=SECONDS,
            allow_redirects=False,
            auth=Bearer(self.bearer if choices.random() < 0.9 else {}),
            verify=self.session.verify,
            cert=(str(identity.cert_path), str(identity.key_path)) if is_node and choices.random() < 0.8 else None,
        )
        self.statuses[response.status_code] += 1
        if response.status_code == 401:
            self.log_in()
        judge(case, response)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.session.post(self.url + path, json=body, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogTarget]:
    place = make_deployment(tmp_path)
    port = free_port()
    text = render_settings(SETTINGS, {"port": port, "logins_per_minute": 10_000})
    settings_path(place.folder("log")).write_text(text, encoding="utf-8")
    token = Bootstrap(place.folder("log")).renew(SystemRandom())
    command = [sys.executable, "-m", "log_node", "run", "--dir", str(place.folder("log"))]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,
        requests.Session() as session,
    ):
        assert process.stdout is not None
        try:
            assert f"127.0.0.1:{port}" in process.stdout.readline()
            authority = tmp_path / "authority.pem"
            authority.write_text(place.deployment.ca_pem, encoding="ascii")
            session.verify, session.trust_env = str(authority), False
            alice = Person("alice")
            target = LogTarget(place, f"https://127.0.0.1:{port}", session, alice)
            target._post("/v1/users", {"document": registration(alice, token)})
            target.log_in()
            yield target
            assert process.poll() is None, "the node has ended"
        finally:
            process.terminate()


def test_fuzz_some_requests_of_each_route_of_the_log_node(log: LogTarget) -> None:
    description = log.session.get(f"{log.url}/v1/openapi.json", timeout=SECONDS).json()
    wrong = []
    for operation in operations(description):
        try:
            drawn(operation, QUICK, None, log.send)
        except BaseExceptionGroup as failures:
            wrong.append(f"{operation.label}: {failures}")
    assert not wrong, "\n\n".join(wrong)
    assert log.statuses[200] > 10 and log.statuses[400] > 10
    report = verify_ledger(ledger_path(log.place.folder("log")), log.place.deployment)
    assert report.size > 0
