"""What a job would cost before anybody signs it: both servers count and measure, and the slower one decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from common.deployment import Deployment
from common.errors import BadFrame, PeerMismatch
from common.pipeline import Stage
from common.specification import PREPARATIONS, Specification, parse_specification
from desktop_client.settings import UserRecord
from desktop_client.upload.answers import items, number, text
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.fetch import servers_of
from desktop_client.upload.projects.options import Outline
from desktop_client.upload.projects.publish import Found, body_of, new_id

OWN: Final = ("cot", "hybrid")
"""Sources that need nobody but A and B, the one that assumes less first; every other one takes somebody's trust."""
SHORT_SECONDS: Final = 3600.0
"""A job that takes no longer is not worth trusting anybody else for."""
_MUCH: Final = 1.5
_LITTLE: Final = 1.1
_MAX_STAGES: Final = 20


class Why(StrEnum):
    """Why a source is recommended."""

    NONE_ALLOWED = "none-allowed"
    ONLY_ONE = "only-one"
    FASTER = "faster"
    AS_FAST = "as-fast"
    SHORT = "short"
    NOT_MUCH_SLOWER = "not-much-slower"
    SAVES_TIME = "saves-time"


@dataclass(frozen=True)
class DatasetSize:
    """A data set that is not uploaded yet, as far as it costs something."""

    count: int
    height: int
    width: int
    channels: int
    bits: int
    classes: int

    def as_json(self) -> dict[str, Any]:
        """As the servers read it."""
        shape = [self.height, self.width, self.channels]
        return {"count": self.count, "shape": shape, "bits": self.bits, "classes": self.classes}


@dataclass(frozen=True)
class StageEstimate:
    """A stage of a job: seconds of the slower server, bytes that both send, bytes on the fuller server's disk."""

    stage: Stage
    seconds: float
    bytes_sent: int
    disk_bytes: int


@dataclass(frozen=True)
class SourceEstimate:
    """A whole job with one source of correlations; ``refusal`` is a server's reason not to use it, or empty.

    ``seconds`` is the whole, with what both workers need before the first stage; as epochs are prepared while others
    are used, it may be less than the sum of the stages.
    """

    name: str
    refusal: str
    seconds: float
    stages: tuple[StageEstimate, ...]

    @property
    def bytes_sent(self) -> int:
        return sum(stage.bytes_sent for stage in self.stages)

    @property
    def disk_bytes(self) -> int:
        return sum(stage.disk_bytes for stage in self.stages)


@dataclass(frozen=True)
class Recommendation:
    """Which source to take; None if no server allows any."""

    source: str | None
    why: Why


@dataclass(frozen=True)
class Estimate:
    """What a job would cost. ``upload_bytes`` is what owners send to A and to B, all data sets together.

    ``trained`` are the images that are not held back, ``steps`` all steps of all epochs. ``round_trip_ms`` and
    ``mb_per_s`` are the worse measurement between both servers; None if they share a machine.
    """

    images: int
    trained: int
    steps: int
    start_seconds: float
    upload_bytes: tuple[int, int]
    round_trip_ms: float | None
    mb_per_s: float | None
    sources: tuple[SourceEstimate, ...]
    recommendation: Recommendation

    def source(self, name: str) -> SourceEstimate | None:
        """The estimate with one source."""
        return next((one for one in self.sources if one.name == name), None)


async def estimate(
    nodes: Nodes, specification: Specification, sizes: Mapping[str, DatasetSize] | None = None
) -> Estimate:
    """Ask both servers about a specification, signed or not.

    Args:
        sizes: of data sets in it that the servers do not have.

    Raises:
        SpecRefused: no server could run it.
        NotFound: a data set is neither at the servers nor in ``sizes``.
        EstimateFailed, RateLimited: a server cannot work it out, or not now.
        PeerMismatch: the servers count different things.
        BadFrame: an answer has another form.
    """
    described = {dataset: size.as_json() for dataset, size in (sizes or {}).items()}
    first, second = await nodes.both(lambda node: node.estimate(specification.body, described))
    return combine(first, second)


async def estimate_outline(
    nodes: Nodes, deployment: Deployment, user: UserRecord, outline: Outline, planned: Sequence[DatasetSize] = ()
) -> Estimate:
    """Ask both servers about what is only written down so far; ``planned`` are data sets that nobody has split yet.

    Raises:
        As :func:`estimate`.
    """
    sizes = {planned_id(index): size for index, size in enumerate(planned)}
    return await estimate(nodes, sketch(deployment, user, outline, tuple(sizes)), sizes)


def planned_id(index: int) -> str:
    """The name of a data set that has none yet."""
    return hashlib.sha256(f"planned {index}".encode()).hexdigest()


def sketch(deployment: Deployment, user: UserRecord, outline: Outline, planned: Sequence[str] = ()) -> Specification:
    """A specification of an outline that costs the same; whose keys stand in it costs nothing, so all are the user's.

    Raises:
        SpecRefused: a value cannot be used.
    """
    names = {user.name: "owner", **{one: "editor" for one in outline.recipients if one != user.name}}
    names |= {one: role for one, role in outline.members.items() if one != user.name}
    members = tuple(
        {"user": name, "role": role, "verify_key": user.verify_key, "seal_key": user.seal_key}
        for name, role in sorted(names.items())
    )
    owners = {dataset: user.name for dataset in (*outline.datasets, *planned)}
    found = Found(user.name, members, owners, servers_of(deployment, outline.preparation))
    body = body_of(outline, found, new_id(), 1)
    # Servers price every preparation, whichever is named.
    return parse_specification({**body, "preparation": outline.preparation or PREPARATIONS[0]})


def combine(first: Mapping[str, Any], second: Mapping[str, Any]) -> Estimate:
    """One estimate of the answers of A and of B.

    Raises:
        PeerMismatch, BadFrame: as :func:`estimate`.
    """
    counts = [tuple(number(answer, name) for name in ("images", "trained", "steps")) for answer in (first, second)]
    if counts[0] != counts[1]:
        raise PeerMismatch("The servers count different images for this job; do they have the same data sets?")
    start = max(_seconds(first, "start_seconds"), _seconds(second, "start_seconds"))
    theirs = {text(one, "name"): one for one in items(second, "sources")}
    sources = tuple(
        _source(one, theirs[name]) for one in items(first, "sources") if (name := text(one, "name")) in theirs
    )
    trips = [answer["link"] for answer in (first, second) if answer.get("link") is not None]
    if not all(isinstance(trip, dict) for trip in trips):
        raise BadFrame("A node's answer has no valid 'link'.")
    images, trained, steps = counts[0]
    return Estimate(
        images=images,
        trained=trained,
        steps=steps,
        start_seconds=start,
        upload_bytes=(number(first, "upload_bytes"), number(second, "upload_bytes")),
        round_trip_ms=max((_seconds(trip, "round_trip_ms") for trip in trips), default=None),
        mb_per_s=min((_seconds(trip, "mb_per_s") for trip in trips), default=None),
        sources=sources,
        recommendation=recommend(sources),
    )


def recommend(sources: Sequence[SourceEstimate]) -> Recommendation:
    """The fastest source that needs nobody but A and B, unless another one saves much time of a long job."""
    allowed = [one for one in sources if not one.refusal]
    if len(allowed) < 2:
        return Recommendation(allowed[0].name, Why.ONLY_ONE) if allowed else Recommendation(None, Why.NONE_ALLOWED)
    fastest = min(allowed, key=lambda one: one.seconds)
    own = sorted((one for one in allowed if one.name in OWN), key=lambda one: OWN.index(one.name))
    if not own:
        return Recommendation(fastest.name, Why.FASTER)
    best = min(own, key=lambda one: one.seconds)
    # One that assumes less may take a little longer.
    chosen = next(one for one in own if one.seconds <= _LITTLE * best.seconds)
    if len(own) == len(allowed):
        return Recommendation(chosen.name, Why.FASTER if chosen is best else Why.AS_FAST)
    if chosen.seconds <= SHORT_SECONDS:
        return Recommendation(chosen.name, Why.SHORT)
    if chosen.seconds <= _MUCH * fastest.seconds:
        return Recommendation(chosen.name, Why.NOT_MUCH_SLOWER)
    return Recommendation(fastest.name, Why.SAVES_TIME)


def _source(first: Mapping[str, Any], second: Mapping[str, Any]) -> SourceEstimate:
    both = [items(one, "stages") for one in (first, second)]
    names = [[text(stage, "stage") for stage in stages] for stages in both]
    if names[0] != names[1] or len(names[0]) > _MAX_STAGES:
        raise PeerMismatch("The servers name different stages of this job; do they run the same version?")
    stages = tuple(_stage(one, other) for one, other in zip(*both, strict=True))
    refusal = next((text(one, "refusal") for one in (first, second) if one.get("refusal") is not None), "")
    seconds = max(_seconds(one, "seconds") for one in (first, second))
    return SourceEstimate(text(first, "name"), refusal, seconds, stages)


def _stage(first: Mapping[str, Any], second: Mapping[str, Any]) -> StageEstimate:
    def of(name: str, join: Callable[[int, int], int]) -> int:
        return join(number(first, name), number(second, name))

    try:
        stage = Stage(text(first, "stage"))
    except ValueError as error:
        raise BadFrame("A node names a stage that is not known here.") from error
    seconds = max(_seconds(first, "seconds"), _seconds(second, "seconds"))
    return StageEstimate(stage, seconds, of("bytes_sent", lambda a, b: a + b), of("disk_bytes", max))


def _seconds(body: Mapping[str, Any], name: str) -> float:
    """A number that is not negative and not endless."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise BadFrame(f"A node's answer has no valid {name!r}.")
    return float(value)
