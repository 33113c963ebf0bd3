"""What a data owner is asked: the newest revision, which of their data sets it uses, and what changed."""

from __future__ import annotations

from dataclasses import dataclass

from common.deployment import Deployment
from common.specification import Specification
from desktop_client.settings import UserRecord
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.fetch import fetch_project, fetch_revision, last_agreed, own_datasets
from desktop_client.upload.projects.words import change_lines, summary


@dataclass(frozen=True)
class Asked:
    """``before`` is the revision to compare with: the last one the user consented to, else the one before."""

    specification: Specification
    datasets: tuple[str, ...]
    before: Specification | None
    is_agreed: bool

    def lines(self) -> list[str]:
        """The specification, and what is different from the revision that the user knows."""
        lines = [summary(self.specification)]
        if self.before is not None:
            known = "to which you consented" if self.is_agreed else "to which you did not consent"
            lines.append(f"changed since revision {self.before.revision}, {known}:")
            lines += change_lines(self.before, self.specification)
        return lines


async def fetch_asked(nodes: Nodes, deployment: Deployment, user: UserRecord, project: str) -> Asked:
    """The newest revision at both servers, verified, with the data sets of this user in it.

    Raises:
        BadSignature, PeerMismatch, SpecRefused: as :func:`fetch_project`, :func:`own_datasets`, :func:`last_agreed`.
    """
    found, _ = await fetch_project(nodes, deployment, project)
    mine = own_datasets(found, user)
    if found.revision == 1:
        return Asked(found, mine, None, False)
    agreed = await last_agreed(nodes, found, user)
    before = agreed or await fetch_revision(nodes, found.project_id, found.revision - 1)
    return Asked(found, mine, before, agreed is not None)
