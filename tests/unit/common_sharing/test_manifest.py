"""A manifest is accepted whole or refused with the name of the field."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.errors import BadManifest, BadSignature, ShareTampered
from common.ids import Party
from common.sharing.manifest import (
    MAX_MANIFEST_BYTES,
    ChunkEntry,
    Description,
    Manifest,
    SealedRef,
    build,
    dataset_id,
    describe,
    sign_manifest,
    validate,
    verify_manifest,
)
from common.sharing.share_chunk import MAX_CHUNKS, ChunkExpectation
from tests.helpers.seeded import SeededRandom

RNG = SeededRandom("manifest")
OWNER = SigningKey.generate(RNG)
ABOUT = Description(
    name="Chest films",
    shape=(28, 28, 1),
    bits=8,
    ring_bits=16,
    classes=("normal", "pneumonia"),
    owner="alice",
    owner_key=OWNER.verify_key,
    created="2026-01-31T12:00:00Z",
    nonce=RNG.token(16).hex(),
    visibility="private",
    shared_with=(),
    tags=("x-ray",),
    description="two\nlines",
    seal_keys=(SealingKey.generate(RNG).public, SealingKey.generate(RNG).public),
)


def entries(about: Description = ABOUT, last: int = 7) -> tuple[ChunkEntry, ...]:
    counts = (about.layout.images_per_chunk, last)
    found = []
    for index, count in enumerate(counts):
        refs = []
        for party in Party:
            expect = ChunkExpectation(about.layout, bytes.fromhex(about.nonce), party, index, count)
            refs.append(SealedRef(hashlib.sha256(bytes([index, party])).hexdigest(), expect.sealed_size))
        found.append(ChunkEntry(count, refs[0], refs[1]))
    return tuple(found)


BODY = build(ABOUT, entries())


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    body = copy.deepcopy(BODY)
    change(body)
    return body


def setting(*path: str | int, to: object) -> dict[str, Any]:
    body: Any = copy.deepcopy(BODY)
    target = body
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = to
    assert isinstance(body, dict)
    return body


def test_validate_gives_back_what_was_built() -> None:
    manifest = validate(BODY)
    assert manifest.about == ABOUT
    assert manifest.chunks == entries()
    assert manifest.count == ABOUT.layout.images_per_chunk + 7


def test_validate_survives_json() -> None:
    assert validate(json.loads(json.dumps(BODY))) == validate(BODY)


def test_dataset_id_changes_with_every_field() -> None:
    ids = {dataset_id(BODY), dataset_id(setting("name", to="Other"))}
    ids.add(dataset_id(setting("chunks", 0, "a", "hash", to="0" * 64)))
    assert len(ids) == 3
    assert all(len(item) == 64 for item in ids)


WRONG: list[tuple[dict[str, Any], str]] = [
    (setting("version", to=2), "version"),
    (setting("version", to=True), "version"),
    (setting("kind", to="text"), "kind"),
    (setting("name", to=""), "name"),
    (setting("name", to="x" * 101), "name"),
    (setting("name", to=" x"), "name"),
    (setting("name", to="a\u202eb"), "name"),
    (setting("name", to="a\nb"), "name"),
    (setting("name", to=None), "name"),
    (setting("count", to=0), "count"),
    (setting("count", to="7"), "count"),
    (setting("count", to=1.0), "count"),
    (setting("count", to=10**12), "count"),
    (setting("shape", to=[28, 28]), "shape"),
    (setting("shape", to=[28, 28, 2]), "shape"),
    (setting("shape", to=[28, 28, True]), "shape"),
    (setting("shape", to=[0, 28, 1]), "shape"),
    (setting("shape", to=[28, 5000, 1]), "shape"),
    (setting("shape", to=[4096, 4096, 3]), "shape"),
    (setting("shape", to="28x28"), "shape"),
    (setting("bits", to=10), "bits"),
    (setting("bits", to=16), "ring_bits"),
    (setting("ring_bits", to=32), "ring_bits"),
    (setting("classes", to=[]), "classes"),
    (setting("classes", to=["a", "a"]), "classes"),
    (setting("classes", to=["a"] * 2000), "classes"),
    (setting("classes", to=[1, 2]), "classes"),
    (setting("classes", to="ab"), "classes"),
    (setting("owner", to="Alice"), "owner"),
    (setting("owner", to="alice\n"), "owner"),
    (setting("owner", to="../x"), "owner"),
    (setting("owner_key", to="AB" * 32), "owner_key"),
    (setting("owner_key", to="ab" * 32 + "\n"), "owner_key"),
    (setting("created", to="2026-02-30T12:00:00Z"), "created"),
    (setting("created", to="2026-01-31 12:00:00"), "created"),
    (setting("created", to=0), "created"),
    (setting("nonce", to="ab" * 15), "nonce"),
    (setting("visibility", to="secret"), "visibility"),
    (setting("visibility", to="shared"), "shared_with"),
    (setting("shared_with", to=["bob"]), "shared_with"),
    (setting("shared_with", to=["Bob"]), "shared_with"),
    (setting("tags", to=["x"] * 2), "tags"),
    (setting("tags", to=[str(i) for i in range(33)]), "tags"),
    (setting("tags", to="x"), "tags"),
    (setting("description", to="x" * 4001), "description"),
    (setting("description", to="a\x1b[2J"), "description"),
    (setting("nodes", to={"a": "ab" * 32}), "nodes"),
    (setting("nodes", "b", to=ABOUT.seal_keys[0]), "nodes"),
    (setting("nodes", "a", to="zz" * 32), "nodes"),
    (setting("chunks", to=[]), "chunks"),
    (setting("chunks", to={}), "chunks"),
    (setting("chunks", 0, "count", to=1), "chunks[0]"),
    (setting("chunks", 1, "count", to=8), "chunks[1]"),
    (setting("chunks", 0, "a", "size", to=10**9), "chunks[0].a"),
    (setting("chunks", 0, "b", "size", to=5), "chunks[0].b"),
    (setting("chunks", 1, "b", "hash", to="zz" * 32), "chunks[1].b"),
    (setting("chunks", 1, "b", to=None), "chunks[1].b"),
    (changed(lambda body: body["chunks"].append(body["chunks"][1])), "chunks"),
    (changed(lambda body: body["chunks"].reverse()), "chunks[0]"),
    (changed(lambda body: body["chunks"][0].update(c={})), "chunks[0]"),
    (changed(lambda body: body.update(extra=1)), "manifest"),
]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_validate_wrong_field_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadManifest) as caught:
        validate(body)
    assert caught.value.details["field"] == field
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize("field", sorted(BODY))
def test_validate_missing_field_is_named(field: str) -> None:
    with pytest.raises(BadManifest, match=field):
        validate({name: value for name, value in BODY.items() if name != field})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(BODY)), JSON)
def test_validate_any_value_in_any_field_is_taken_or_named(field: str, value: object) -> None:
    body = setting(field, to=value)
    try:
        manifest = validate(body)
    except BadManifest as error:
        assert error.details["field"]
    else:
        assert isinstance(manifest, Manifest)


@given(JSON)
def test_validate_any_json_is_taken_or_named(value: object) -> None:
    with pytest.raises(BadManifest):
        validate(value)


def test_describe_finds_a_wrong_field_before_images_are_read() -> None:
    with pytest.raises(BadManifest, match="owner"):
        describe(replace(ABOUT, owner="Not A Name"))


def test_verify_signed_manifest_gives_id_and_content() -> None:
    assert verify_manifest(sign_manifest(BODY, OWNER)) == (dataset_id(BODY), validate(BODY))


def test_verify_changed_manifest_is_refused() -> None:
    document = sign_manifest(BODY, OWNER)
    document["body"] = setting("name", to="Other")
    with pytest.raises(BadSignature):
        verify_manifest(document)


def test_verify_manifest_signed_by_somebody_else_is_refused() -> None:
    with pytest.raises(BadSignature, match="owner"):
        verify_manifest(sign_manifest(BODY, SigningKey.generate(RNG)))


def test_verify_document_of_another_kind_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify_manifest({"kind": "receipt"})


def test_check_sealed_other_bytes_are_refused() -> None:
    sealed = bytes(200)
    size = SealedRef(hashlib.sha256(sealed).hexdigest(), len(sealed))
    manifest = Manifest(ABOUT, 7, (ChunkEntry(7, size, size),))
    manifest.check_sealed(0, Party.P0, sealed)
    for other in (sealed[:-1], sealed + b"\x00", b"\x01" + sealed[1:]):
        with pytest.raises(ShareTampered):
            manifest.check_sealed(0, Party.P1, other)


def test_expectation_and_totals_follow_the_entries() -> None:
    manifest = validate(BODY)
    assert manifest.expectation(1, Party.P0).count == 7
    assert manifest.total_bytes(Party.P0) == sum(entry.a.size for entry in entries())
    assert {manifest.total_bytes(p) > 1_000_000 for p in Party} == {True, False}


def test_largest_manifest_stays_below_the_stated_limit() -> None:
    entry = json.dumps(BODY["chunks"][0])
    names = 1024 * 104 * 4 + 200 * 70 + 32 * 104 * 4 + 4000 * 6
    assert MAX_CHUNKS * (len(entry) + 2) + names + 2000 < MAX_MANIFEST_BYTES
