"""What waits, what would be signed, and what was decided, over nodes with canned answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.agreement.reason import Reason
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.documents import sign_document, verify_document
from common.errors import BadFrame, KeysLocked, NodeUnreachable
from desktop_client.jobs import approvals
from desktop_client.jobs.approvals import Waiting
from desktop_client.keystore import UserKeys
from desktop_client.settings import Profile, UserRecord
from desktop_client.upload.projects.asked import Asked
from tests.helpers.jobs.projects import specification
from tests.helpers.seeded import SeededRandom
from tests.helpers.window import FakeOffice

RNG = SeededRandom("approvals")
KEYS = UserKeys(SigningKey.generate(RNG), SealingKey.generate(RNG), SigningKey.generate(RNG))
PROJECT = "ab" * 16
ONE, TWO = "11" * 32, "22" * 32


@pytest.fixture
def office(tmp_path: Path) -> FakeOffice:
    made = FakeOffice(Profile(tmp_path))
    made.profile.save_user(UserRecord("bob", KEYS.signing.verify_key, KEYS.sealing.public))
    return made


def row(dataset: str, **more: Any) -> dict[str, Any]:
    return {"project": PROJECT, "name": "films", "revision": 2, "hash": "00" * 32, "dataset": dataset, **more}


def answer(**kinds: list[dict[str, Any]]) -> dict[str, Any]:
    return {"consents": [], "ending": [], "registrations": [], **kinds}


async def test_consents_of_one_project_are_one_thing_to_decide(office: FakeOffice) -> None:
    since = {"since": "2026-01-02T00:00:00Z", "reminded": None}
    both = row(ONE, **since), row(TWO, since="2026-01-01T00:00:00Z", reminded="2026-01-05T00:00:00Z")
    office.both("decisions", answer(consents=list(both)))
    office.b.answers["decisions"] = answer(consents=[both[0]])
    assert await approvals.list_waiting(office) == [
        Waiting("consent", PROJECT, "films", 2, (ONE, TWO), "2026-01-01T00:00:00Z", True, ("a", "b"))
    ]


async def test_ending_consents_and_registrations_name_the_servers_that_tell_of_them(office: FakeOffice) -> None:
    person = {"user": "carol", "organisation": "Clinic", "fingerprint": "1", "since": "2026-01-01T00:00:00Z"}
    ends = row(ONE, expires="2026-02-01T00:00:00Z")
    office.a.answers["decisions"] = answer(ending=[ends], registrations=[person])
    office.b.answers["decisions"] = answer(registrations=[{**person, "fingerprint": "2"}])
    assert await approvals.list_waiting(office) == [
        Waiting("ending", PROJECT, "films", 2, (ONE,), "2026-02-01T00:00:00Z", False, ("a",)),
        Waiting("registration", "carol", "Clinic", 0, (), "2026-01-01T00:00:00Z", False, ("a", "b")),
    ]


@pytest.mark.parametrize("change", [{"since": "soon"}, {"name": 7}, {"revision": "2"}, {"project": None}])
async def test_what_is_no_answer_is_refused(office: FakeOffice, change: dict[str, Any]) -> None:
    found = {**row(ONE, since="2026-01-02T00:00:00Z", reminded=None), **change}
    office.both("decisions", answer(consents=[found]))
    with pytest.raises(BadFrame):
        await approvals.list_waiting(office)


async def test_what_is_shown_is_what_the_signature_covers(office: FakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    before = specification()
    after = specification(training={**before.body["training"], "epochs": before.training.epochs + 5})

    async def fetch(*given: Any) -> Asked:
        return Asked(after, (ONE,), before, True)

    monkeypatch.setattr(approvals, "fetch_asked", fetch)
    monkeypatch.setattr(Profile, "deployment", lambda self: None)
    shown = await approvals.look(office, after.project_id)
    assert after.hash in shown.text and ONE in shown.text
    assert len(shown.changed) == 1 and str(after.training.epochs) in shown.changed[0]
    assert (shown.is_agreed, shown.compared_with) == (True, before.revision)
    assert shown.facts["epochs"] == after.training.epochs and shown.facts["owner"] == after.body["owner"]


async def test_consent_is_signed_for_every_own_data_set_at_both_servers(office: FakeOffice) -> None:
    spec = specification()
    office.both("consent", {"missing_consents": [TWO]})
    asked = Asked(spec, (ONE, TWO), None, False)
    with pytest.raises(KeysLocked):
        await approvals.give(office, asked, 30)
    assert office.a.calls == []
    office.use(KEYS)
    assert await approvals.give(office, asked, 30, "vote 17") == 1
    for node in (office.a, office.b):
        sent = [given for name, given in node.calls if name == "consent"]
        assert [verify_document(one[1], "consent", KEYS.signing.verify_key)["dataset"] for one in sent] == [ONE, TWO]
        body = sent[0][1]["body"]
        assert (body["project_hash"], body["decision"], sent[0][2]["text"]) == (spec.hash, "granted", "vote 17")


async def test_declining_is_signed_without_an_end(office: FakeOffice) -> None:
    office.both("consent", {"missing_consents": []})
    office.use(KEYS)
    await approvals.decline(office, Asked(specification(), (ONE,), None, False), "no vote")
    body = office.a.calls[0][1][1]["body"]
    assert (body["decision"], body["expires"]) == ("declined", None)


async def test_decisions_of_others_and_unreadable_histories_are_left_out(office: FakeOffice) -> None:
    def decided(owner: str, revision: int, decision: str) -> dict[str, Any]:
        reason = Reason.give("because", RNG)
        body = {"project_hash": "00" * 32, "dataset": ONE, "decision": decision, "reason": reason.digest}
        body |= {"expires": "2026-09-01T00:00:00Z", "time": f"2026-01-0{revision}T00:00:00Z"}
        return {
            "dataset": ONE, "owner": owner, "decision": decision, "reason": reason.as_json(), "counts": True,
            "document": sign_document("consent", body, KEYS.signing),
        }  # fmt: skip

    def revision(number: int, *decisions: dict[str, Any]) -> dict[str, Any]:
        created = "2026-01-01T00:00:00Z"
        return {
            "revision": number, "hash": "00" * 32, "owner": "alice", "created": created, "decisions": list(decisions)
        }  # fmt: skip

    def revisions(project: str) -> list[dict[str, Any]]:
        if project != PROJECT:
            raise NodeUnreachable("away")
        return [
            revision(1, decided("bob", 1, "granted"), decided("alice", 1, "granted")),
            revision(2, decided("bob", 2, "granted")),
        ]

    office.both("projects", [{"id": PROJECT, "name": "films"}, {"id": "cd" * 16, "name": "broken"}])
    office.both("revisions", revisions)
    found = await approvals.list_decided(office)
    assert [(one.title, one.revision, one.is_in_force) for one in found] == [("films", 2, True), ("films", 1, False)]
    assert found[0].reason == "because" and found[0].expires == "2026-09-01T00:00:00Z"
