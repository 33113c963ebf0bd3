"""The manifest of a data set: what an owner signs and both servers check before they accept a single chunk.

It fixes everything about the chunks in advance: how many images each holds, which side of the share each server gets,
the exact length and the hash of every sealed chunk.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from common.crypto.signing import SigningKey
from common.documents import digest, sign_document, verify_document
from common.errors import BadSignature, ShareTampered
from common.ids import DatasetId, Party
from common.sharing import manifest_rules as rules
from common.sharing.share_chunk import MAX_CHUNKS, NONCE_BYTES, ChunkExpectation, ChunkLayout

VERSION: Final = 1
KIND: Final = "manifest"
MAX_MANIFEST_BYTES: Final = 24 * 1024 * 1024
"""No signed manifest with the largest number of chunks is longer."""

_ABOUT: Final = (
    "version", "name", "kind", "shape", "bits", "ring_bits", "classes", "owner", "owner_key", "created", "nonce",
    "visibility", "shared_with", "tags", "description", "nodes",
)  # fmt: skip
_BODY: Final = (*_ABOUT, "count", "chunks")


@dataclass(frozen=True)
class Description:
    """What is known of a data set before its images are read. ``seal_keys`` are those of node A and node B."""

    name: str
    shape: tuple[int, int, int]
    bits: int
    ring_bits: int
    classes: tuple[str, ...]
    owner: str
    owner_key: str
    created: str
    nonce: str
    visibility: str
    shared_with: tuple[str, ...]
    tags: tuple[str, ...]
    description: str
    seal_keys: tuple[str, str]

    @property
    def layout(self) -> ChunkLayout:
        return ChunkLayout(self.shape, len(self.classes), self.ring_bits)


@dataclass(frozen=True)
class SealedRef:
    """Commitment to one sealed chunk: SHA-256 in hexadecimal, and length in bytes."""

    hash: str
    size: int


@dataclass(frozen=True)
class ChunkEntry:
    """One chunk of ``count`` images as sealed for A and for B."""

    count: int
    a: SealedRef
    b: SealedRef

    def of(self, party: Party) -> SealedRef:
        return (self.a, self.b)[party]


@dataclass(frozen=True)
class Manifest:
    """A checked manifest."""

    about: Description
    count: int
    chunks: tuple[ChunkEntry, ...]

    def expectation(self, index: int, party: Party) -> ChunkExpectation:
        """What the chunk ``index`` of a party must be."""
        nonce = bytes.fromhex(self.about.nonce)
        return ChunkExpectation(self.about.layout, nonce, party, index, self.chunks[index].count)

    def check_sealed(self, index: int, party: Party, sealed: bytes) -> None:
        """Compare one sealed chunk with its commitment.

        Raises:
            ShareTampered: not the bytes the owner signed for.
        """
        entry = self.chunks[index].of(party)
        found = hashlib.sha256(sealed).hexdigest()
        if len(sealed) != entry.size or not hmac.compare_digest(found, entry.hash):
            raise ShareTampered(chunk=index, party=party.letter)

    def total_bytes(self, party: Party) -> int:
        """Length of all sealed chunks of a party together."""
        return sum(entry.of(party).size for entry in self.chunks)


def build(about: Description, chunks: tuple[ChunkEntry, ...]) -> dict[str, Any]:
    """The manifest body, checked like one that comes from elsewhere.

    Raises:
        BadManifest: a field that no server would accept.
    """
    body = describe(about)
    body["count"] = sum(entry.count for entry in chunks)
    body["chunks"] = [asdict(entry) for entry in chunks]
    validate(body)
    return body


def describe(about: Description) -> dict[str, Any]:
    """The part of the body that is known before the images are read, checked.

    Raises:
        BadManifest: a field that no server would accept.
    """
    node_a, node_b = about.seal_keys
    body: dict[str, Any] = {
        "version": VERSION, "name": about.name, "kind": "image", "shape": list(about.shape), "bits": about.bits,
        "ring_bits": about.ring_bits, "classes": list(about.classes), "owner": about.owner,
        "owner_key": about.owner_key, "created": about.created, "nonce": about.nonce,
        "visibility": about.visibility, "shared_with": list(about.shared_with), "tags": list(about.tags),
        "description": about.description, "nodes": {"a": node_a, "b": node_b},
    }  # fmt: skip
    _description(rules.record(body, _ABOUT, "manifest"))
    return body


def validate(body: object) -> Manifest:
    """Check a manifest body completely; it may come from anybody.

    Raises:
        BadManifest: names the first field that is wrong and why.
    """
    root = rules.record(body, _BODY, "manifest")
    about = _description(root)
    count = rules.integer(root["count"], 1, MAX_CHUNKS * about.layout.images_per_chunk, "count")
    return Manifest(about, count, _chunks(root["chunks"], count, about))


def dataset_id(body: Mapping[str, Any]) -> DatasetId:
    """The id of a data set is the digest of its manifest, so it commits to every chunk."""
    return DatasetId(digest(dict(body)))


def sign_manifest(body: Mapping[str, Any], owner_key: SigningKey) -> dict[str, Any]:
    """The signed document that goes to both servers."""
    return sign_document(KIND, body, owner_key)


def verify_manifest(document: object) -> tuple[DatasetId, Manifest]:
    """Id and content of a signed manifest. The caller still checks that the owner's name belongs to this key.

    Raises:
        BadSignature: not signed by the key the manifest names as its owner's.
        BadManifest: signed, but not acceptable.
    """
    body = verify_document(document, KIND)
    manifest = validate(body)
    signer = document["signer"] if isinstance(document, dict) else ""
    if signer != manifest.about.owner_key:
        raise BadSignature("The manifest was not signed by the owner it names.")
    return dataset_id(body), manifest


def _description(root: dict[str, Any]) -> Description:
    rules.integer(root["version"], VERSION, VERSION, "version")
    if root["kind"] != "image":
        rules.refuse("kind", "must be image")
    bits, ring_bits = rules.depth(root["bits"], root["ring_bits"])
    visibility, shared_with = rules.audience(root["visibility"], root["shared_with"])
    nodes = rules.record(root["nodes"], ("a", "b"), "nodes")
    seal_keys = (rules.hexadecimal(nodes["a"], 32, "nodes"), rules.hexadecimal(nodes["b"], 32, "nodes"))
    if seal_keys[0] == seal_keys[1]:
        rules.refuse("nodes", "must name two different servers")
    about = Description(
        name=rules.text(root["name"], 1, 100, "name"),
        shape=rules.shape(root["shape"]),
        bits=bits,
        ring_bits=ring_bits,
        classes=rules.classes(root["classes"]),
        owner=rules.user(root["owner"], "owner"),
        owner_key=rules.hexadecimal(root["owner_key"], 32, "owner_key"),
        created=rules.time(root["created"], "created"),
        nonce=rules.hexadecimal(root["nonce"], NONCE_BYTES, "nonce"),
        visibility=visibility,
        shared_with=shared_with,
        tags=rules.texts(root["tags"], (0, 32), "tags"),
        description=rules.text(root["description"], 0, 4000, "description", lines=True),
        seal_keys=seal_keys,
    )
    if about.layout.images_per_chunk < 1:
        rules.refuse("shape", "one image alone is larger than a chunk of 4 MiB; choose a smaller shape")
    return about


def _chunks(value: object, count: int, about: Description) -> tuple[ChunkEntry, ...]:
    per_chunk = about.layout.images_per_chunk
    wanted = -(-count // per_chunk)
    if not isinstance(value, list) or len(value) != wanted:
        rules.refuse("chunks", f"{count} images of this shape need a list of {wanted} chunks")
    nonce = bytes.fromhex(about.nonce)
    entries = []
    for index, item in enumerate(value):
        size = min(per_chunk, count - index * per_chunk)
        field = f"chunks[{index}]"
        entry = rules.record(item, ("count", "a", "b"), field)
        rules.integer(entry["count"], size, size, field)
        refs = []
        for party in Party:
            expect = ChunkExpectation(about.layout, nonce, party, index, size)
            refs.append(_sealed_ref(entry[party.letter], expect.sealed_size, f"{field}.{party.letter}"))
        entries.append(ChunkEntry(size, refs[0], refs[1]))
    return tuple(entries)


def _sealed_ref(value: object, size: int, field: str) -> SealedRef:
    ref = rules.record(value, ("hash", "size"), field)
    return SealedRef(rules.hexadecimal(ref["hash"], 32, field), rules.integer(ref["size"], size, size, field))
