"""A revision of a project as this node keeps it, with what its data owners decided."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.accounts.model import State
from common.errors import StoreDamaged
from common.ids import ProjectId
from common.specification import Specification, parse_specification
from server_node.identity.accounts import Account
from server_node.storage.rows import Consent, Project, Revision

AWAITING_CONSENT, READY, ARCHIVED, REPLACED = "awaiting-consent", "ready", "archived", "replaced"
GRANTED, DECLINED, WITHDRAWN = "granted", "declined", "withdrawn"
OWNER, EDITOR = "owner", "editor"
_EXPIRES_SOON: Final = 14 * 24 * 3600


@dataclass(frozen=True)
class Decision:
    """What the owner of a data set decided last about one revision; ``counts`` is whether it allows a job now."""

    dataset: str
    owner: str
    decision: str
    document: dict[str, Any]
    reason: dict[str, str]
    expires: int | None
    time: int
    counts: bool

    def ends_soon(self, now: int) -> bool:
        """Whether it counts for less than 14 more days."""
        return self.counts and self.expires is not None and self.expires <= now + _EXPIRES_SOON


@dataclass(frozen=True)
class StoredProject:
    """A checked revision and the decisions this node holds about it."""

    document: dict[str, Any]
    specification: Specification
    decisions: tuple[Decision, ...]
    archive: dict[str, Any] | None
    is_archived: bool
    is_newest: bool
    created: int

    @property
    def id(self) -> ProjectId:
        return ProjectId(self.specification.project_id)

    @property
    def state(self) -> str:
        if not self.is_newest:
            return REPLACED
        if self.is_archived:
            return ARCHIVED
        return AWAITING_CONSENT if self.missing_consents else READY

    @property
    def consents(self) -> tuple[dict[str, Any], ...]:
        """Signed consents to this revision, those that have ended included."""
        return tuple(one.document for one in self.decisions if one.decision == GRANTED)

    @property
    def missing_consents(self) -> tuple[str, ...]:
        """Data sets without a consent that counts; in an archived project none does."""
        given = set() if self.is_archived else {one.dataset for one in self.decisions if one.counts}
        return tuple(dataset for dataset in self.specification.dataset_ids if dataset not in given)

    @property
    def undecided(self) -> tuple[str, ...]:
        """Data sets whose owners have not said yes or no, or whose yes has ended."""
        said_no = {one.dataset for one in self.decisions if one.decision != GRANTED}
        return tuple(dataset for dataset in self.missing_consents if dataset not in said_no)

    @property
    def audience(self) -> frozenset[str]:
        """Who may read the specification: members, and the owners whose consent it asks for."""
        return audience_of(self.specification)

    @property
    def data_owners(self) -> frozenset[str]:
        """Whose consent the specification asks for."""
        return frozenset(entry["owner"] for entry in self.specification.body["datasets"])

    def role_of(self, user: str) -> str | None:
        """The role of a member, None for anybody else."""
        member = self.specification.member(user)
        return None if member is None else member["role"]


@dataclass(frozen=True)
class Kept:
    """The rows of a revision."""

    project: Project
    revision: Revision
    consents: Sequence[Consent]


def audience_of(spec: Specification) -> frozenset[str]:
    """Members, and the owners of the data."""
    return frozenset([m["user"] for m in spec.body["members"]] + [d["owner"] for d in spec.body["datasets"]])


def load(kept: Kept, owners: Mapping[str, Account], now: int) -> StoredProject:
    """Read a revision back; ``owners`` are the accounts of whoever decided.

    Raises:
        StoreDamaged: it is not what was signed.
    """
    document = json.loads(kept.revision.document)
    spec = parse_specification(document["body"])
    if spec.hash != kept.revision.hash or spec.project_id != kept.project.id:
        raise StoreDamaged("A stored project is not the one that was signed.")
    return StoredProject(
        document=document,
        specification=spec,
        decisions=tuple(_decision(row, owners.get(row.owner), now) for row in kept.consents),
        archive=json.loads(kept.project.archive) if kept.project.archive else None,
        is_archived=kept.project.is_archived,
        is_newest=kept.project.hash == kept.revision.hash,
        created=kept.revision.created,
    )


def _decision(row: Consent, owner: Account | None, now: int) -> Decision:
    document = json.loads(row.document)
    # A key that was replaced since no longer speaks for its owner, and an account that was locked cannot withdraw.
    speaks = owner is not None and owner.state == State.ACTIVE and document["signer"] == owner.verify_key
    lasts = row.expires is not None and row.expires > now
    return Decision(
        dataset=row.dataset,
        owner=row.owner,
        decision=row.decision,
        document=document,
        reason=json.loads(row.reason),
        expires=row.expires,
        time=row.time,
        counts=row.decision == GRANTED and speaks and lasts,
    )
