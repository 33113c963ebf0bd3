"""Revisions, decisions and drafts as servers show them: nothing counts that a signature does not cover."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from common.agreement.reason import Reason
from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.documents import sign_document, verify_document
from common.errors import BadFrame, BadSignature, Conflict, NotFound, PeerMismatch
from common.specification import Specification, parse_specification
from desktop_client.upload.datasets.overview import given
from desktop_client.upload.projects import consents, drafts, fetch, publish
from desktop_client.upload.projects.options import ProjectOptions, outline_of
from tests.helpers.desktop.fake_nodes import Handler, fixed
from tests.helpers.jobs.projects import body
from tests.unit.desktop_upload.world import World, open_world

HERS = "1" * 64


def specification(world: World, number: int = 1, **changes: Any) -> Specification:
    """A revision of a project of alice, who signs it with her real key."""
    found = body(revision=number, servers=fetch.servers_of(world.deployment, "cot"), **changes)
    user = world.profile.user()
    found["members"][0] |= {"verify_key": user.verify_key, "seal_key": user.seal_key}
    return parse_specification(found)


def signed(world: World, revision: Specification) -> dict[str, Any]:
    return sign_document("project", revision.body, world.keys.signing)


def decision(
    world: World, revision: Specification, kind: str = "granted", words: str = "", **row: Any
) -> dict[str, Any]:
    """A decision of alice as a node shows it."""
    reason = Reason.give(words, SystemRandom())
    fact = {"project_hash": revision.hash, "dataset": HERS, "reason": reason.digest, "time": "2027-01-01T00:00:00Z"}
    if kind == "withdrawn":
        document = sign_document("consent-withdraw", fact, world.keys.signing)
    else:
        expires = "2028-01-01T00:00:00Z" if kind == "granted" else None
        document = sign_document("consent", {**fact, "decision": kind, "expires": expires}, world.keys.signing)
    return {
        "dataset": HERS,
        "owner": "alice",
        "decision": kind,
        "reason": reason.as_json(),
        "expires": None,
        "time": "",
        "counts": kind == "granted",
        "document": document,
        **row,
    }


def show(world: World, revisions: list[Specification], decisions: dict[int, list[dict[str, Any]]], *roles: str) -> None:
    """Let nodes have these revisions, with decisions by number."""
    for role in roles or ("a", "b"):
        extra, rows = world.fakes[role].extra, []
        for one in revisions:
            row = {"revision": one.revision, "hash": one.hash, "owner": "alice", "created": "", "decisions": []}
            rows.append({**row, "decisions": decisions.get(one.revision, [])})
            path = f"/v1/projects/{one.project_id}/revisions/{one.revision}"
            extra["GET", path] = fixed({"document": signed(world, one)})
        extra["GET", f"/v1/projects/{revisions[0].project_id}/revisions"] = fixed({"revisions": rows})


async def test_last_agreed_is_the_latest_revision_that_the_user_signed(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        all_four = [specification(world, number, name=f"name {number}") for number in range(1, 5)]
        first, second, third, fourth = all_four
        agreed = {1: [decision(world, first)], 2: [decision(world, second)], 3: [decision(world, third, "declined")]}
        show(world, all_four, agreed)
        user = world.profile.user()
        found = await fetch.last_agreed(world.nodes, fourth, user)
        assert found is not None and found.hash == second.hash
        show(world, all_four, {1: agreed[1]}, "a")
        show(world, all_four, {}, "b")
        found = await fetch.last_agreed(world.nodes, fourth, user)
        assert found is not None and found.hash == first.hash, "one server that shows the consent is enough"
        rotated = replace(user, verify_key="ab" * 32, former=(user.verify_key,))
        found = await fetch.last_agreed(world.nodes, fourth, rotated)
        assert found is not None and found.hash == first.hash, "a key of before counts here, as it was theirs"
        show(world, all_four, {3: [decision(world, third, "withdrawn")], 4: [decision(world, fourth)]})
        assert await fetch.last_agreed(world.nodes, fourth, user) is None


async def test_last_agreed_is_not_what_a_server_makes_of_it(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        first, other = specification(world, 1), specification(world, 1, name="other")
        second = specification(world, 2)
        stranger = decision(world, first)
        stranger["document"] = sign_document(
            "consent", stranger["document"]["body"], SigningKey.generate(SystemRandom())
        )
        show(world, [first, second], {1: [stranger]})
        assert await fetch.last_agreed(world.nodes, second, world.profile.user()) is None
        show(world, [other, second], {1: [decision(world, other)]})
        for role in ("a", "b"):
            path = f"/v1/projects/{first.project_id}/revisions/1"
            world.fakes[role].extra["GET", path] = fixed({"document": signed(world, first)})
        with pytest.raises(PeerMismatch, match="consented"):
            await fetch.last_agreed(world.nodes, second, world.profile.user())


async def test_revision_that_differs_between_the_servers_is_caught(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        first, other = specification(world, 1), specification(world, 1, name="other")
        show(world, [first], {}, "a")
        show(world, [other], {}, "b")
        with pytest.raises(PeerMismatch):
            await fetch.fetch_revision(world.nodes, first.project_id, 1)
        with pytest.raises(PeerMismatch):
            show(world, [specification(world, 2)], {})
            for role in ("a", "b"):
                world.fakes[role].extra["GET", f"/v1/projects/{first.project_id}/revisions/1"] = fixed(
                    {"document": signed(world, specification(world, 2))}
                )
            await fetch.fetch_revision(world.nodes, first.project_id, 1)


async def test_decisions_are_shown_only_as_they_were_signed(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        first = specification(world)
        good = decision(world, first, "declined", "no vote")
        [shown] = fetch.decisions_in({"decisions": [good]})
        assert (shown["decision"], shown["reason"], shown["owner"]) == ("declined", "no vote", "alice")
        for wrong in (
            {"reason": {"text": "because", "salt": good["reason"]["salt"]}},
            {"reason": {"text": "", "salt": ""}},
            {"decision": "granted"},
            {"decision": "perhaps"},
            {"dataset": "2" * 64},
            {"counts": "yes"},
            {"reason": None},
        ):
            with pytest.raises(BadFrame):
                fetch.decisions_in({"decisions": [{**good, **wrong}]})
        forged = {**good["document"], "body": {**good["document"]["body"], "expires": "2030-01-01T00:00:00Z"}}
        for document in (forged, {**good["document"], "kind": "consent-withdraw"}):
            with pytest.raises(BadSignature):
                fetch.decisions_in({"decisions": [{**good, "document": document}]})


def _taking(posted: list[dict[str, Any]], answer: dict[str, Any]) -> Handler:
    async def take(request: web.Request) -> web.StreamResponse:
        posted.append(await request.json())
        return web.json_response(answer)

    return take


async def test_decline_and_withdraw_commit_to_their_reasons(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        found = specification(world)
        posted: list[dict[str, Any]] = []
        path = f"/v1/projects/{found.project_id}/consents"
        for role in ("a", "b"):
            for method in ("POST", "DELETE"):
                world.fakes[role].extra[method, path] = _taking(posted, {"missing_consents": [HERS]})
        await consents.decline_consent(world.nodes, found, HERS, world.keys, " no vote ")
        chosen = {role: (found, [HERS]) for role in ("a", "b")}
        assert (await consents.withdraw_consents(world.nodes, chosen, world.keys)).found == {"a": 1, "b": 1}
        assert posted[0] == posted[1] and posted[2] == posted[3]
        declined = verify_document(posted[0]["document"], "consent", world.keys.signing.verify_key)
        assert (declined["decision"], declined["expires"]) == ("declined", None)
        reason = Reason(**posted[0]["reason"])
        assert reason.text == "no vote" and declined["reason"] == reason.digest and "vote" not in str(declined)
        withdrawn = verify_document(posted[2]["document"], "consent-withdraw", world.keys.signing.verify_key)
        assert (withdrawn["reason"], posted[2]["reason"]) == ("", {"text": "", "salt": ""})


async def test_withdrawal_needs_neither_both_servers_nor_the_same_revision_at_them(tmp_path: Path) -> None:
    """Whoever publishes at one server only, or switches one off, keeps nobody from taking a consent back."""
    async with open_world(tmp_path) as world:
        first, second = specification(world), specification(world, 2)
        path = f"/v1/projects/{first.project_id}"
        posted: list[dict[str, Any]] = []
        for role, revision in (("a", first), ("b", second)):
            world.fakes[role].extra["GET", path] = fixed({"document": signed(world, revision)})
            world.fakes[role].extra["DELETE", f"{path}/consents"] = _taking(posted, {"missing_consents": [HERS]})
        found = await consents.newest_at_each(world.nodes, first.project_id)
        assert given(found) == {"a": first, "b": second}
        chosen = {role: (one, [HERS]) for role, one in given(found).items()}
        await consents.withdraw_consents(world.nodes, chosen, world.keys)
        named = {one["document"]["body"]["project_hash"] for one in posted}
        assert named == {first.hash, second.hash}
        for method, where in (("GET", path), ("DELETE", f"{path}/consents")):
            world.fakes["b"].extra[method, where] = fixed({"error": NotFound().as_dict()}, 404)
        assert list(given(await consents.newest_at_each(world.nodes, first.project_id))) == ["a"]
        outcomes = await consents.withdraw_consents(world.nodes, chosen, world.keys)
        assert (outcomes.found, list(outcomes.failed)) == ({"a": 1}, ["b"])
        with pytest.raises(NotFound, match="taken back at server A"):
            outcomes.complete("Your consent is taken back at", "Again.")


async def test_decisions_of_both_servers_are_one_list(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        row = {"project": "f" * 32, "name": "films", "revision": 1, "hash": "a" * 64, "dataset": HERS, "since": ""}
        request = {"user": "bob", "organisation": "Clinic", "fingerprint": "1 2", "since": ""}
        nothing: dict[str, Any] = {"consents": [], "ending": [], "registrations": []}
        world.fakes["a"].extra["GET", "/v1/decisions"] = fixed({**nothing, "consents": [row]})
        world.fakes["b"].extra["GET", "/v1/decisions"] = fixed(
            {**nothing, "consents": [row, {**row, "dataset": "2" * 64}], "registrations": [request]}
        )
        found = await consents.fetch_decisions(world.nodes)
        assert [(one["dataset"][0], one["servers"]) for one in found["consents"]] == [("1", ["a", "b"]), ("2", ["b"])]
        assert [one["servers"] for one in found["registrations"]] == [["b"]]


async def test_repair_carries_what_one_server_lacks(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        first, second = specification(world, 1), specification(world, 2)
        posted: list[dict[str, Any]] = []
        show(world, [first, second], {}, "a")
        show(world, [first], {}, "b")
        world.fakes["b"].extra["POST", "/v1/projects"] = _taking(posted, {})
        assert await publish.repair_project(world.nodes, first.project_id) == {"a": [], "b": [2]}
        assert posted == [{"document": signed(world, second)}]
        show(world, [first, specification(world, 2, name="other")], {}, "b")
        with pytest.raises(PeerMismatch):
            await publish.repair_project(world.nodes, first.project_id)
        path = f"/v1/projects/{first.project_id}/revisions"
        for role in ("a", "b"):
            world.fakes[role].extra["GET", path] = fixed({"error": NotFound().as_dict()}, 404)
        with pytest.raises(NotFound):
            await publish.repair_project(world.nodes, first.project_id)


async def test_draft_is_taken_from_the_server_that_is_ahead(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        identity, outline = "e" * 32, outline_of(ProjectOptions("films", (), members={"alice": "owner"}))
        posted: dict[str, list[dict[str, Any]]] = {"a": [], "b": []}
        path = f"/v1/drafts/{identity}"
        for role in ("a", "b"):
            world.fakes[role].extra["PUT", path] = _taking(posted[role], {})
        await drafts.save_draft(world.nodes, identity, 1, world.keys, outline)
        await drafts.save_draft(world.nodes, identity, 2, world.keys, outline)
        assert posted["a"] == posted["b"]
        for role, number in (("a", 0), ("b", 1)):
            shown = {"author": "alice", "document": posted[role][number]["document"]}
            world.fakes[role].extra["GET", path] = fixed(shown)
        found = await drafts.fetch_draft(world.nodes, identity)
        assert (found.version, found.outline) == (2, outline)
        world.fakes["b"].extra["GET", path] = fixed({"error": NotFound().as_dict()}, 404)
        assert (await drafts.fetch_draft(world.nodes, identity)).version == 1
        world.fakes["a"].extra["GET", path] = fixed({"error": NotFound().as_dict()}, 404)
        with pytest.raises(NotFound):
            await drafts.fetch_draft(world.nodes, identity)


async def test_draft_that_is_none_is_noticed(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        identity = "e" * 32
        good: dict[str, Any] = {"id": identity, "version": 1, "name": "x", "members": [], "content": {}, "time": ""}
        for changes, error in (
            ({"id": "f" * 32}, BadFrame),
            ({"version": "one"}, BadFrame),
            ({"members": [{"user": "alice"}]}, BadFrame),
            ({"content": []}, BadFrame),
        ):
            document = sign_document("project-draft", {**good, **changes}, world.keys.signing)
            for role in ("a", "b"):
                answer = fixed({"author": "alice", "document": document})
                world.fakes[role].extra["GET", f"/v1/drafts/{identity}"] = answer
            with pytest.raises(error):
                await drafts.fetch_draft(world.nodes, identity)


async def test_publishing_that_came_too_late_is_told(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        author = publish.Author(world.deployment, world.profile.user(), world.keys)
        refused = fixed({"error": Conflict("Another revision of this project was published before.").as_dict()}, 409)
        for role in ("a", "b"):
            world.fakes[role].extra["POST", "/v1/projects"] = refused
        with pytest.raises(Conflict):
            await publish.publish(world.nodes, author, specification(world, 2))
        for role in ("a", "b"):
            world.fakes[role].extra["POST", "/v1/projects"] = fixed({"id": "f" * 32, "hash": "0" * 64})
        with pytest.raises(PeerMismatch):
            await publish.publish(world.nodes, author, specification(world, 2))
