"""Members of a deployment for tests: keys, logins, signed documents and data sets, and plain requests to both nodes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import numpy as np
import numpy.typing as npt

from common.crypto import domains
from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey, seal
from common.crypto.signing import SigningKey
from common.documents import sign_document
from common.errors import NotLoggedIn, TokenExpired, error_from_dict
from common.ids import Party
from common.net.tls import client_context
from common.sharing import manifest
from common.sharing.compact import split_chunk
from common.sharing.share_chunk import ChunkExpectation, ChunkKind, write_chunk
from common.specification import parse_specification
from tests.helpers.accounts import people
from tests.helpers.jobs.projects import model_of
from tests.helpers.nodes.pair import Pair

RNG = SystemRandom()


@dataclass
class Dataset:
    """A signed manifest and its sealed chunks; the images [n, h, w, c] and one-hot labels [n, classes] are at hand."""

    id: str
    document: dict[str, Any]
    sealed: dict[str, list[bytes]]
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]

    def hash(self, role: str, number: int) -> str:
        return str(self.document["body"]["chunks"][number][role]["hash"])


@dataclass
class Member:
    """Somebody with keys who talks to the nodes of a pair."""

    pair: Pair
    session: aiohttp.ClientSession
    name: str
    signing: SigningKey = field(default_factory=lambda: SigningKey.generate(RNG))
    sealing: SealingKey = field(default_factory=lambda: SealingKey.generate(RNG))
    device: SigningKey = field(default_factory=lambda: SigningKey.generate(RNG))
    organisation: str = people.CLINIC
    tokens: dict[str, str] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)

    async def ask(self, role: str, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """The JSON answer; raises the named error a node refuses with.

        A connection that broke is made once more: it may be an old one to a node that was restarted meanwhile.
        """
        try:
            return await self._ask(role, method, path, body, **options)
        except aiohttp.ClientConnectionError:
            return await self._ask(role, method, path, body, **options)

    async def _ask(
        self, role: str, method: str, path: str, body: Any, data: Any = None, headers: Any = None
    ) -> dict[str, Any]:
        request = self.session.request(
            method,
            self.pair.url(role) + path,
            json=body,
            data=io.BytesIO(data) if isinstance(data, bytes) else data,
            headers={**self.bearer(role), **(headers or {})},
        )
        async with request as response:
            answer: dict[str, Any] = await response.json()
            if response.status >= 300:
                error = error_from_dict(answer["error"])
                assert response.status == error.status
                raise error
            return answer

    def bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"} if role in self.tokens else {}

    def sign(self, kind: str, **body: Any) -> dict[str, Any]:
        """A request body with a signed document."""
        return {"document": sign_document(kind, body, self.signing)}

    async def join(self, *roles: str) -> Member:
        """Become an active account, by word of the pair's administrator, and log in."""
        for role in roles or ("a", "b"):
            if role not in self.joined:
                await self.register(role)
                await self.be_approved(role)
                self.joined.add(role)
            await self.log_in(role)
        return self

    async def register(self, role: str, **changes: Any) -> dict[str, Any]:
        """Be invited and register; an administrator has not approved it yet."""
        code, admin = people.new_code(), self.pair.administrator
        invited = people.invitation(admin.signing, self.name, code, organisation=self.organisation)
        await self.administrate(role, "POST", "/v1/invitations", {"document": invited})
        return await self.ask(role, "POST", "/v1/users", {"document": people.registration(self, code, **changes)})

    async def be_approved(self, node: str, /, version: int = 1, **changes: Any) -> dict[str, Any]:
        """What the administrator says about this account, at the node of this role."""
        decided = people.decision(self.pair.administrator.signing, self, version, **changes)
        return await self.administrate(node, "POST", f"/v1/users/{self.name}/account", {"document": decided})

    async def administrate(self, role: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A request of the pair's administrator."""
        admin = await self.administrator(role)
        try:
            return await admin.ask(role, method, path, body)
        except (NotLoggedIn, TokenExpired):
            await admin.log_in(role)
            return await admin.ask(role, method, path, body)

    async def administrator(self, *roles: str) -> Member:
        """Who approves everybody in this pair: its first administrator, logged in, over this member's connections."""
        who = self.pair.administrator
        keys = who.signing, who.sealing, who.device
        admin = Member(self.pair, self.session, who.name, *keys, who.organisation, self.pair.administrator_tokens)
        for role in roles or ("a", "b"):
            if role not in admin.tokens:
                document = people.registration(admin, self.pair.bootstrap[role])
                await admin.ask(role, "POST", "/v1/users", {"document": document})
                await admin.log_in(role)
        return admin

    async def log_in(self, role: str) -> None:
        asked = await self.ask(role, "POST", "/v1/auth/challenge", {"user": self.name})
        self.tokens[role] = (await self.answer(role, asked["nonce"]))["token"]

    async def answer(self, role: str, nonce: str, node: str | None = None) -> dict[str, Any]:
        """Answer a login challenge; ``node`` is the key of the node the answer is meant for."""
        signature = people.login_signature(self, node or self.pair.deployment.node(role).verify_key, nonce).hex()
        body = {"user": self.name, "device": self.device.verify_key, "nonce": nonce, "signature": signature}
        return await self.ask(role, "POST", "/v1/auth/login", body)

    async def put(self, role: str, dataset: Dataset, number: int, data: bytes | None = None) -> dict[str, Any]:
        """Send one chunk, or other bytes in its place."""
        headers = {"X-Chunk-Hash": dataset.hash(role, number)}
        path = f"/v1/datasets/{dataset.id}/chunks/{number}"
        sealed = dataset.sealed[role][number] if data is None else data
        return await self.ask(role, "PUT", path, data=sealed, headers=headers)

    async def upload(self, dataset: Dataset, *roles: str) -> dict[str, dict[str, Any]]:
        """All of a data set; gives the answers to finish."""
        answers = {}
        for role in roles or ("a", "b"):
            announced = await self.ask(role, "POST", "/v1/datasets", {"document": dataset.document})
            for number in announced["missing"]:
                await self.put(role, dataset, number)
            answers[role] = await self.ask(role, "POST", f"/v1/datasets/{dataset.id}/finish")
        return answers

    def split(self, count: int = 20, side: int = 8, **changes: Any) -> Dataset:
        """A data set of square grey images of ``side`` pixels and two classes."""
        deployment = self.pair.deployment
        about = manifest.Description(
            **{
                "name": "films",
                "shape": (side, side, 1),
                "bits": 8,
                "ring_bits": 16,
                "classes": ("well", "ill"),
                "owner": self.name,
                "owner_key": self.signing.verify_key,
                "created": "2026-01-01T00:00:00Z",
                "nonce": RNG.token(16).hex(),
                "visibility": "public",
                "shared_with": (),
                "tags": (),
                "description": "",
                "seal_keys": (deployment.node("a").seal_key, deployment.node("b").seal_key),
                **changes,
            }  # fmt: skip
        )
        sealed: dict[str, list[bytes]] = {"a": [], "b": []}
        entries, parts = [], []
        for number, size in enumerate(_sizes(count, about.layout.images_per_chunk)):
            refs = []
            parts.append(_images(about, size))
            seed, data_share = split_chunk(*parts[-1], RNG)
            for party in Party:
                expect = ChunkExpectation(about.layout, bytes.fromhex(about.nonce), party, number, size)
                plain = write_chunk(expect, seed if expect.kind is ChunkKind.SEED else data_share)
                data = seal(about.seal_keys[party], domains.CHUNK_SEAL_V1, plain)
                sealed[party.letter].append(data)
                refs.append(manifest.SealedRef(hashlib.sha256(data).hexdigest(), len(data)))
            entries.append(manifest.ChunkEntry(size, refs[0], refs[1]))
        body = manifest.build(about, tuple(entries))
        images, labels = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
        signed = manifest.sign_manifest(body, self.signing)
        return Dataset(str(manifest.dataset_id(body)), signed, sealed, images, labels)

    def specification(self, datasets: list[tuple[str, Member]], *others: Member, **changes: Any) -> dict[str, Any]:
        """A project of this member on these data sets; the others are viewers."""
        deployment = self.pair.deployment
        people = [(self, "owner"), *((other, "viewer") for other in others)]
        body: dict[str, Any] = {
            "version": 4, "id": RNG.token(16).hex(), "revision": 1, "name": "lungs", "purpose": "Find shadows.",
            "owner": self.name,
            "members": [{"user": m.name, "role": role, "verify_key": m.signing.verify_key,
                         "seal_key": m.sealing.public} for m, role in people],
            "recipients": [self.name], "testers": [self.name],
            "datasets": [{"id": d, "owner": o.name} for d, o in datasets],
            "servers": {role: deployment.node(role).verify_key for role in ("a", "b")},
            "preparation": "cot", "ring": {"fraction_bits": 16},
            "hiding": {"k": 4, "mask": True, "scale": "unit"}, "features": {"extractor": "average-pool"},
            "model": model_of("logistic"),
            "training": {"epochs": 1, "batch": 8, "loss": "softmax", "optimizer": "sgd", "momentum": "0.9",
                         "learning_rate": "0.05", "schedule": "one-cycle", "weight_decay": "0", "clip": "0",
                         "validation": 4},
        }  # fmt: skip
        return {**body, **changes}

    async def propose(self, body: dict[str, Any]) -> str:
        """Create a project at both nodes; its id."""
        for role in ("a", "b"):
            await self.ask(role, "POST", "/v1/projects", {"document": sign_document("project", body, self.signing)})
        return parse_specification(body).project_id

    async def consent(self, body: dict[str, Any], dataset: str, *roles: str, expires: str | None = None) -> None:
        """Consent at these nodes (both by default)."""
        spec = parse_specification(body)
        until = expires or in_future(hours=1)
        signed = self.sign("consent", **consent_body(spec.hash, dataset, expires=until))
        for role in roles or ("a", "b"):
            await self.ask(role, "POST", f"/v1/projects/{spec.project_id}/consents", signed)

    async def start(self, body: dict[str, Any], nonce: str | None = None) -> dict[str, Any]:
        """Start a job at node A."""
        spec = parse_specification(body)
        signed = self.sign("job-start", project_hash=spec.hash, nonce=nonce or RNG.token(16).hex())
        return await self.ask("a", "POST", "/v1/jobs", signed)

    async def until(self, role: str, job: str, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event of a job that is wanted; the stream is closed then."""
        async with aclosing(self.events(role, job)) as events:
            async for event in events:
                if is_wanted(event):
                    return event
        raise AssertionError("the job ended without such an event")

    async def events(self, role: str, job: str, after: int = 0) -> AsyncGenerator[dict[str, Any]]:
        """Events of a job until the node closes the stream."""
        url = f"{self.pair.url(role)}/v1/jobs/{job}/events?after={after}"
        async with self.session.ws_connect(url, headers=self.bearer(role)) as stream:
            async for message in stream:
                yield json.loads(message.data)
            assert stream.close_code == aiohttp.WSCloseCode.OK, (stream.close_code, stream.exception())


@asynccontextmanager
async def open_members(pair: Pair, *names: str) -> AsyncIterator[list[Member]]:
    """Members with one connection pool; nobody is registered yet."""
    connector = aiohttp.TCPConnector(ssl=client_context(pair.deployment.ca_pem))
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield [Member(pair, session, name) for name in names]


def consent_body(project_hash: str, dataset: str, **changes: Any) -> dict[str, Any]:
    """What a data owner signs to allow a revision the use of a data set for an hour."""
    given = {"decision": "granted", "reason": "", "expires": in_future(hours=1), "time": in_future()}
    return {"project_hash": project_hash, "dataset": dataset, **given, **changes}


def withdrawal_body(project_hash: str, dataset: str, **changes: Any) -> dict[str, Any]:
    """What a data owner signs to take a consent back."""
    return {"project_hash": project_hash, "dataset": dataset, "reason": "", "time": in_future(), **changes}


def in_future(**delta: float) -> str:
    """A time from now in the form documents use."""
    return (datetime.now(UTC) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sizes(count: int, per_chunk: int) -> list[int]:
    return [min(per_chunk, count - start) for start in range(0, count, per_chunk)]


def _images(about: manifest.Description, count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Noise, dark for the first class and bright for the others, and one-hot labels in turn."""
    noise = np.frombuffer(RNG.token(count * int(np.prod(about.shape))), np.uint8).reshape(count, *about.shape)
    labels = np.eye(len(about.classes), dtype=np.uint8)[np.arange(count) % len(about.classes)]
    bright = labels[:, 1:].any(axis=1).reshape(count, 1, 1, 1)
    return np.where(bright, 128 + noise // 2, noise // 2).astype(np.uint8), labels
