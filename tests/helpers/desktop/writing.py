"""What servers answer while a project is written: three data sets, two people, drafts and projects that they keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from common.documents import sign_document
from common.errors import Conflict, NotFound
from common.specification import parse_specification
from desktop_client.jobs.projects import drafting
from desktop_client.upload.projects.fetch import servers_of
from desktop_client.upload.projects.options import Outline, content_of, outline_of_content
from desktop_client.upload.projects.publish import Found, body_of, roles_of
from tests.helpers.datasets import brief, make_keys, register, shown
from tests.helpers.window import FakeOffice

KEYS = make_keys()
BOB = make_keys()
TIME = "2026-02-01T12:00:00Z"
MINE, OTHER, LARGE = (shown(KEYS), shown(BOB, "more", "bob", class_counts=[100, 200]), shown(BOB, "large", "bob"))
SETS = [
    brief(MINE, class_counts=[180, 120]),
    brief(OTHER),
    brief(LARGE, shape=[28, 28, 1], classes=["a", "b", "c"]),
]
IDS = tuple(str(one["id"]) for one in SETS)
OWNERS = {str(one["id"]): str(one["owner"]) for one in SETS}
_OPEN = {"models": None, "preparations": None, "extractors": None, "largest_epochs": None}


class Servers:
    """Keeps drafts and projects as both servers would, one copy for the two."""

    def __init__(self, office: FakeOffice) -> None:
        self.office = office
        self.drafts: dict[str, dict[str, Any]] = {}
        self.projects: dict[str, dict[str, Any]] = {}
        self.consents: list[dict[str, Any]] = []
        self.reminded: list[str] = []
        both = office.both
        both("datasets", SETS)
        both("users", [account("alice", KEYS), account("bob", BOB)])
        office.log.answers["users"] = [account("alice", KEYS), account("bob", BOB)]
        both("policy", {"projects": _OPEN})
        both("decisions", {"consents": [], "ending": [], "registrations": []})
        both("draft", self._draft)
        both("drafts", lambda: [self._brief(one) for one in self.drafts])
        both("save_draft", self._save)
        both("remove_draft", self._remove)
        both("project", self._project)
        both("projects", lambda: [self._listed(one) for one in self.projects])
        both("create_project", self._create)
        both("consent", self._consent)
        both("remind", self._remind)
        both("archive_project", self._archive)
        both("jobs", lambda project="": [])
        both("estimate", NotFound("There is no such route."))

    def add_draft(self, outline: Outline, identity: str, version: int = 1, keys: Any = KEYS) -> None:
        """A draft that somebody saved."""
        members = [{"user": user, "role": role} for user, role in sorted(outline.members.items())]
        body = {"id": identity, "version": version, "name": outline.name, "members": members}
        self.drafts[identity] = sign_document(
            "project-draft", {**body, "content": content_of(outline), "time": TIME}, keys.signing
        )

    def add_project(self, outline: Outline, identity: str, revision: int = 1) -> dict[str, Any]:
        """A project that alice published."""
        body = specification_body(self.office, outline, identity, revision)
        self.projects[identity] = sign_document("project", body, KEYS.signing)
        return body

    def _draft(self, identity: str) -> dict[str, Any]:
        if identity not in self.drafts:
            raise NotFound("There is no such draft.")
        return {**self._brief(identity), "document": self.drafts[identity]}

    def _brief(self, identity: str) -> dict[str, Any]:
        document = self.drafts[identity]
        author = "alice" if document["signer"] == KEYS.signing.verify_key else "bob"
        roles = {one["user"]: one["role"] for one in document["body"]["members"]}
        about = {"id": identity, "name": document["body"]["name"], "version": document["body"]["version"]}
        return {**about, "role": roles["alice"], "author": author, "changed": TIME}

    def _save(self, identity: str, document: dict[str, Any]) -> dict[str, Any]:
        known = self.drafts.get(identity)
        if known is not None and known != document and known["body"]["version"] >= document["body"]["version"]:
            raise Conflict("Somebody else has changed this draft; look at it again.")
        self.drafts[identity] = document
        return self._draft(identity)

    def _remove(self, identity: str) -> dict[str, Any]:
        if self.drafts.pop(identity, None) is None:
            raise NotFound("There is no such draft.")
        return {}

    def _listed(self, identity: str) -> dict[str, Any]:
        body = self.projects[identity]["body"]
        return {
            "id": identity, "name": body["name"], "owner": body["owner"], "state": "awaiting-consent",
            "revision": body["revision"], "hash": parse_specification(body).hash, "created": TIME,
        }  # fmt: skip

    def _project(self, identity: str) -> dict[str, Any]:
        if identity not in self.projects:
            raise NotFound("There is no such project.")
        document = self.projects[identity]
        missing = [one["id"] for one in document["body"]["datasets"]]
        return {**self._listed(identity), "document": document, "missing_consents": missing, "declined": []}

    def _create(self, document: dict[str, Any]) -> dict[str, Any]:
        identity = document["body"]["id"]
        self.projects[identity] = document
        self.drafts.pop(identity, None)
        return self._listed(identity)

    def _consent(self, identity: str, document: dict[str, Any], reason: dict[str, str]) -> dict[str, Any]:
        del identity, reason
        self.consents.append(document["body"])
        return {"missing_consents": [IDS[1]]}

    def _remind(self, identity: str) -> dict[str, Any]:
        self.reminded.append(identity)
        return {"reminded": ["bob"], "spared": []}

    def _archive(self, identity: str, document: dict[str, Any]) -> dict[str, Any]:
        assert document["body"]["project"] == identity
        return {**self._listed(identity), "state": "archived" if document["body"]["archived"] else "ready"}


def serve(office: FakeOffice, monkeypatch: pytest.MonkeyPatch, has_helper: bool = False) -> Servers:
    """Have alice work in this office, with open keys; what the helper process composes is composed here."""
    register(office.profile, KEYS)
    (office.profile.root / "deployment.json").write_text(json.dumps(deployment(has_helper)), encoding="utf-8")
    office.use(KEYS)
    servers = Servers(office)

    async def compose(do: str, args: Mapping[str, Any]) -> dict[str, Any]:
        assert do == "compose"
        outline = outline_of_content(args["name"], args["members"], args["content"])
        return {"specification": specification_body(office, outline, args["project"], args["revision"])}

    monkeypatch.setattr(drafting, "run_child", compose)
    return servers


def specification_body(office: FakeOffice, outline: Outline, identity: str, revision: int = 1) -> dict[str, Any]:
    """As the helper process composes it for a small network."""
    outline = replace(outline, preparation=outline.preparation or "cot")
    owners = {one: OWNERS[one] for one in outline.datasets}
    keys = {"alice": KEYS, "bob": BOB}
    members = tuple(
        {
            "user": name, "role": role, "verify_key": keys[name].signing.verify_key,
            "seal_key": keys[name].sealing.public,
        }
        for name, role in sorted(roles_of(outline, owners.values(), "alice").items())
    )  # fmt: skip
    servers = servers_of(office.profile.deployment(), outline.preparation)
    return body_of(outline, Found("alice", members, owners, servers), identity, revision)


def account(name: str, keys: Any) -> dict[str, Any]:
    """A row of the list of users."""
    return {
        "user": name, "organisation": f"{name} clinic", "role": "user", "state": "active", "version": 1,
        "verify_key": keys.signing.verify_key, "seal_key": keys.sealing.public, "created": TIME, "request": None,
        "last_login": None,
    }  # fmt: skip


def deployment(has_helper: bool = False) -> dict[str, Any]:
    """A description of nodes that nobody connects to."""
    nodes: dict[str, dict[str, Any]] = {
        role: {"name": f"node-{role}", "url": f"https://{role}.example", "verify_key": letter * 64,
               "seal_key": letter * 64}
        for role, letter in (("a", "a"), ("b", "b"), ("log", "c"))
    }  # fmt: skip
    if has_helper:
        nodes["helper"] = {"name": "helper", "verify_key": "d" * 64, "link_host": "h", "link_port": 7000}
    return {"version": 1, "name": "test", "created": TIME, "ca": "-", "nodes": nodes}
