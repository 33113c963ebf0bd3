"""Accounts as people see them: what differs between nodes is said, and what must not be approved stands out."""

from __future__ import annotations

from common.errors import NodeUnreachable
from desktop_client.cli.identity import shown
from desktop_client.upload.identity.outcomes import Outcomes, at
from desktop_client.upload.identity.repair import Carried, Repaired
from desktop_client.upload.identity.rows import Details, Request, Row
from desktop_client.upload.identity.survey import Compared, Survey
from desktop_client.upload.identity.users import Pending
from tests.helpers.accounts.people import Person, decision

BOB, MALLORY, ALICE = Person("bob", "City Bank"), Person("bob", "City Bank"), Person("alice")
TIME = "2026-01-01T00:00:00Z"


def row(who: Person = BOB, state: str = "active", version: int = 1, request: Request | None = None) -> Row:
    return Row(who.name, who.organisation, "user", state, *who.keys, version, TIME, None, request)


def compared(a: Row | None, b: Row | None, log: Row | None) -> Compared:
    return Compared("bob", {"a": a, "b": b, "log": log})


def survey_of(one: Compared, away: bool = False) -> Survey:
    return Survey({"bob": one}, {"log": NodeUnreachable("gone")} if away else {})


def test_nodes_are_called_by_their_names() -> None:
    assert [at(roles) for roles in ([], ["a"], ["a", "b"], ["a", "b", "log"])] == [
        "no node", "server A", "server A and server B", "server A, server B and the log node",
    ]  # fmt: skip


def test_status_in_a_few_words() -> None:
    assert compared(row(), row(), row()).status() == "in step"
    assert compared(row(version=2), row(), None).status() == "server B and the log node are behind"
    assert compared(row(), row(MALLORY), row()).status() == "contradiction"
    assert compared(row(state="requested", version=0), None, None).status() == "not known to server B and the log node"


def test_status_of_all_names_what_is_to_do() -> None:
    assert shown.status_text(survey_of(compared(row(), row(), row()))) == (
        "the three nodes say the same about all 1 accounts"
    )
    text = shown.status_text(survey_of(compared(row(version=2), row(), row(version=2)), away=True))
    assert "the log node does not take part: gone" in text and "bob: server B is behind" in text
    assert "imguard users repair" in text


def test_users_are_a_table_with_what_the_nodes_say() -> None:
    text = shown.users_text(survey_of(compared(row(version=3), row(), row(version=3))))
    cells = [cell.strip() for cell in text.splitlines()[1].split("  ") if cell.strip()]
    assert cells == ["bob", "City Bank", "user", "active", "-", "server B is behind"]


def test_request_whose_keys_differ_between_nodes_stands_out() -> None:
    agreed = compared(*(row(state="requested", version=0),) * 3)
    assert shown.request_row(agreed)[3:] == ("new user", row().fingerprint)
    differing = compared(row(state="requested", version=0), row(MALLORY, "requested", 0), None)
    assert shown.request_row(differing)[4] == "DIFFERS BETWEEN NODES: approve nothing"
    assert shown.request_value(differing)["agree"] is False
    fresh = Request("City Bank", *MALLORY.keys, TIME)
    again = compared(*(row(request=fresh),) * 3)
    assert shown.request_row(again)[3:] == ("new keys for an account", row(MALLORY).fingerprint)


def test_what_is_approved_says_if_it_replaces_keys_and_who_missed_it() -> None:
    text = shown.pending_text(Pending(row(), True, ("log",)))
    assert "NEW KEYS" in text and row().fingerprint in text and "the log node did not get the request" in text
    assert "NEW KEYS" not in shown.pending_text(Pending(row(), False, ()))


def test_details_show_history_and_nodes() -> None:
    found = Details(row(), (decision(ALICE.signing, BOB, reason="seen"),), (), None)
    outcomes: Outcomes[Details | None] = Outcomes({"a": found, "b": None, "log": found}, {})
    text = shown.details_text(outcomes, compared(row(), None, row()))
    assert "server B      does not know this account" in text
    assert "user, active (seen)" in text and f"signed by {ALICE.keys[0][:16]}" in text


def test_repair_says_what_was_carried_and_what_stands_in_the_way() -> None:
    done = Repaired([Carried("b", "bob", "account", 2), Carried("a", "bob", "account", 2, True)], ["This is stuck."])
    text = shown.repaired_text(done, survey_of(compared(row(), row(), row())))
    assert text.splitlines() == [
        "server B has version 2 of bob now",
        "server A has version 2 of bob now (signed anew by you)",
        "This is stuck.",
        "all in step",
    ]
