"""A revision of a project as this node keeps it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from common.errors import StoreDamaged
from common.ids import ProjectId
from common.specification import Specification, parse_specification
from server_node.storage.rows import Consent, Project, Revision

AWAITING_CONSENT, READY = "awaiting-consent", "ready"


@dataclass(frozen=True)
class StoredProject:
    """A checked revision and the consents this node holds for it."""

    document: dict[str, Any]
    specification: Specification
    consents: tuple[dict[str, Any], ...]
    missing_consents: tuple[str, ...]
    created: int
    is_newest: bool

    @property
    def id(self) -> ProjectId:
        return ProjectId(self.specification.project_id)

    @property
    def state(self) -> str:
        return AWAITING_CONSENT if self.missing_consents else READY

    @property
    def audience(self) -> frozenset[str]:
        """Who may read the specification: members, and the owners whose consent it asks for."""
        return audience_of(self.specification)

    @property
    def data_owners(self) -> frozenset[str]:
        """Whose consent the specification asks for."""
        return frozenset(entry["owner"] for entry in self.specification.body["datasets"])


def audience_of(spec: Specification) -> frozenset[str]:
    """Members, and the owners of the data."""
    return frozenset([m["user"] for m in spec.body["members"]] + [d["owner"] for d in spec.body["datasets"]])


def load(project: Project, row: Revision, consents: Sequence[Consent], valid: Collection[str]) -> StoredProject:
    """Read a revision back; ``valid`` are the data sets with a consent that counts.

    Raises:
        StoreDamaged: it is not what was signed.
    """
    document = json.loads(row.document)
    spec = parse_specification(document["body"])
    if spec.hash != row.hash or spec.project_id != project.id:
        raise StoreDamaged("A stored project is not the one that was signed.")
    return StoredProject(
        document=document,
        specification=spec,
        consents=tuple(json.loads(consent.document) for consent in consents),
        missing_consents=tuple(dataset for dataset in spec.dataset_ids if dataset not in valid),
        created=row.created,
        is_newest=project.hash == row.hash,
    )
