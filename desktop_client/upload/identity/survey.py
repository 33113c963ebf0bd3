"""The three nodes compared: what each says about every account, which is behind, and where they contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.accounts.model import State
from common.errors import AppError, BadFrame, Conflict, KeysDiffer, NodeBehind, NotFound
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.client import IdentityClient
from desktop_client.upload.identity.outcomes import LABELS, Outcomes, ask, at, sentence
from desktop_client.upload.identity.rows import Details, Row

_UNKNOWN: Final = -1


@dataclass(frozen=True)
class Compared:
    """One account as the nodes that answered show it; ``rows`` holds None where a node does not know it."""

    user: str
    rows: dict[str, Row | None]

    @property
    def known(self) -> dict[str, Row]:
        return {role: row for role, row in self.rows.items() if row is not None}

    @property
    def newest(self) -> Row:
        """The row with the highest version."""
        return max(self.known.values(), key=lambda row: row.version)

    @property
    def behind(self) -> tuple[str, ...]:
        """Nodes that lack documents others have, or the whole account."""
        latest = self.newest.version
        return tuple(r for r, row in self.rows.items() if (row.version if row else _UNKNOWN) < latest)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Nodes that do not know the account at all."""
        return tuple(role for role, row in self.rows.items() if row is None)

    @property
    def contradiction(self) -> AppError | None:
        """Nodes with the same version that say different things."""
        latest = {role: row for role, row in self.known.items() if row.version == self.newest.version}
        if len({row.keys for row in latest.values()}) > 1:
            shown = ", ".join(f"{LABELS[role]} {row.fingerprint}" for role, row in latest.items())
            return KeysDiffer(f"The nodes show different keys of {self.user}: {shown}.", user=self.user)
        if len({row.facts for row in latest.values()}) > 1:
            return Conflict(
                f"The nodes contradict each other about {self.user} in version {self.newest.version}; "
                "tell all operators.",
                user=self.user,
            )
        return None

    @property
    def waits(self) -> bool:
        """Whether somewhere a request waits for an administrator."""
        return any(row.waiting for row in self.known.values())

    def status(self) -> str:
        """In a few words: ``in step``, ``server B is behind``, or that they contradict each other."""
        if self.contradiction is not None:
            return "contradiction"
        if self.newest.version == 0 and self.lacking:
            return f"not known to {at(self.lacking)}"
        behind = self.behind
        return f"{at(behind)} {'is' if len(behind) == 1 else 'are'} behind" if behind else "in step"

    def require_step(self) -> Row:
        """The row that all nodes that know the account agree on.

        Raises:
            KeysDiffer, Conflict: they contradict each other.
            NodeBehind: one lacks documents.
        """
        if self.contradiction is not None:
            raise self.contradiction
        if self.behind and self.newest.version > 0:
            raise NodeBehind(f"{sentence(at(self.behind))} is behind about {self.user}.", user=self.user)
        return self.newest


@dataclass(frozen=True)
class Survey:
    """Every account at every node that answered, and why the others did not."""

    accounts: dict[str, Compared]
    failed: dict[str, AppError]

    @property
    def unsettled(self) -> list[Compared]:
        """Accounts about which the nodes do not say the same."""
        return [one for one in self.accounts.values() if one.behind or one.contradiction is not None]


async def survey(nodes: Nodes) -> Survey:
    """Ask all nodes for all accounts that the caller may see.

    Raises:
        AppError: no node answered.
    """
    outcomes = await ask(nodes.everyone, lambda node: node.users())
    outcomes.first()
    tables = {role: _table(rows) for role, rows in outcomes.found.items()}
    names = sorted({name for table in tables.values() for name in table})
    accounts = {name: Compared(name, {role: table.get(name) for role, table in tables.items()}) for name in names}
    return Survey(accounts, outcomes.failed)


async def details(nodes: Nodes, name: str) -> tuple[Outcomes[Details | None], Compared]:
    """Everything all nodes show about one account; None where a node does not know it.

    Raises:
        NotFound: no node knows it.
        AppError: no node answered.
    """

    async def show(node: IdentityClient) -> Details | None:
        try:
            return Details.parse(await node.user(name), name)
        except NotFound:
            return None

    outcomes = await ask(nodes.everyone, show)
    outcomes.first()
    compared = Compared(name, {role: found.row if found else None for role, found in outcomes.found.items()})
    if not compared.known:
        raise NotFound(f"No node knows {name}, or it is not visible to you.")
    return outcomes, compared


def is_requested(compared: Compared) -> bool:
    """Whether nobody approved the account yet anywhere."""
    return all(row.state == State.REQUESTED for row in compared.known.values())


def _table(rows: list[dict[str, object]]) -> dict[str, Row]:
    parsed = [Row.parse(row) for row in rows]
    table = {row.user: row for row in parsed}
    if len(table) < len(parsed):
        raise BadFrame("A node shows an account twice.")
    return table
