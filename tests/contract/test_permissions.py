"""The document about permissions is what the table says, and the table has a row for every route."""

from __future__ import annotations

from server_node.api.openapi import all_routes
from server_node.api.permissions import PERMISSIONS, Relation, Subject
from server_node.api.permissions_page import render
from tests.contract.repository import ROOT

PAGE = ROOT / "docs" / "permissions.md"


def test_permissions_document_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make permissions`"


def test_permissions_document_shows_every_route_and_relation() -> None:
    text = render()
    assert not [r.name for r in all_routes() if f"| `{r.method} {r.operation.address}` |" not in text]
    assert not [relation for relation in Relation if f"\n| {relation.value} |" not in text]


def test_permissions_rows_make_sense() -> None:
    about = {Relation.OWNER, Relation.EDITOR, Relation.VIEWER, Relation.DATA_OWNER, Relation.READER, Relation.RECIPIENT}
    alone = {Relation.ANYBODY, Relation.PEER, Relation.MONITOR}
    for name, permission in PERMISSIONS.items():
        assert permission.allowed, name
        assert not permission.allowed & alone or len(permission.allowed) == 1, name
        assert not permission.allowed & about or permission.subject not in (Subject.NOTHING, Subject.USER), name
        assert Relation.SELF not in permission.allowed or permission.subject is Subject.USER, name
