"""What administrators do: invite, approve requests after comparing fingerprints, change roles, disable and enable."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.accounts.forms import ACCOUNT, FORMS, INVITATION, INVITATION_DAYS, hash_of_code
from common.accounts.model import DeviceState, InvitationState, Role, State
from common.crypto.rng import RandomSource
from common.documents import sign_document
from common.errors import BadFrame, BadInput, Conflict, KeysDiffer, NotFound, UsageError
from desktop_client.keystore import UserKeys
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.client import IdentityClient
from desktop_client.upload.identity.clock import now_text, with_clock
from desktop_client.upload.identity.outcomes import LABELS, Outcomes, ask
from desktop_client.upload.identity.repair import carry
from desktop_client.upload.identity.rows import Details, InvitationRow, Row
from desktop_client.upload.identity.survey import Compared, details, is_requested, survey

_CODE_BYTES: Final = 20


@dataclass(frozen=True)
class Guest:
    """Who is invited, as what, and for how many days."""

    user: str
    organisation: str
    role: str = str(Role.USER)
    days: int = 14


@dataclass(frozen=True, repr=False)
class Invited:
    """A new invitation; the code is shown once and goes to the invited person on another way."""

    guest: Guest
    code: str
    expires: str
    outcomes: Outcomes[dict[str, Any]]


@dataclass(frozen=True)
class Pending:
    """A request, the same at every node that has it; ``account`` is what the nodes know of that person so far."""

    row: Row
    is_replacement: bool
    lacking: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return self.row.fingerprint


async def invite(nodes: Nodes, guest: Guest, keys: UserKeys, rng: RandomSource) -> Invited:
    """Let somebody register under this name, or give new keys to the account that has it.

    Raises:
        BadInput: not a user name, an organisation or a role, or too many days.
    """
    if not 0 < guest.days <= INVITATION_DAYS:
        raise BadInput(f"An invitation is good for 1 to {INVITATION_DAYS} days.")
    code = base64.b32encode(rng.token(_CODE_BYTES)).decode()
    # A clock of a node that is a little behind must not make the longest invitation too long.
    expires = datetime.now(UTC) + timedelta(days=guest.days) - timedelta(minutes=5)
    body = {
        "user": guest.user,
        "organisation": guest.organisation,
        "role": guest.role,
        "code_hash": hash_of_code(code),
        "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    FORMS[INVITATION].check(body)
    document = sign_document(INVITATION, body, keys.signing)
    outcomes = await ask(nodes.everyone, lambda node: node.invite(document))
    outcomes.first()
    return Invited(guest, code, body["expires"], outcomes)


async def guest(nodes: Nodes, user: str, organisation: str | None, role: str, days: int) -> Guest:
    """Whom to invite; an account that exists keeps its organisation and role.

    Raises:
        UsageError: a new account without an organisation, or another one than the account has.
    """
    found = (await survey(nodes)).accounts.get(user)
    if found is None or is_requested(found):
        if organisation is None:
            raise UsageError("Give --organisation for somebody who is new here.")
        return Guest(user, organisation, role, days)
    row = found.newest
    if organisation not in (None, row.organisation):
        raise UsageError(f"{user} belongs to {row.organisation}; an invitation cannot change that.")
    return Guest(user, row.organisation, row.role, days)


async def invitations(nodes: Nodes) -> list[InvitationRow]:
    """All invitations of all nodes that answer, newest first.

    Raises:
        AppError: no node answered.
    """
    outcomes = await ask(nodes.everyone, lambda node: node.invitations())
    outcomes.first()
    merged: dict[str, InvitationRow] = {}
    for role, found in outcomes.found.items():
        for one in (InvitationRow.parse(body) for body in found):
            merged.setdefault(one.code_hash, one).states[role] = one.states[""]
    for one in merged.values():
        del one.states[""]
    return sorted(merged.values(), key=lambda one: one.created, reverse=True)


async def pending(nodes: Nodes, user: str) -> Pending:
    """The request of a user, compared over all three nodes.

    Raises:
        NodeUnreachable: a node is away, and without it there is nothing to compare with.
        KeysDiffer: nodes show different keys: one of them, or somebody in between, invented some.
        Conflict: there is no request, or the nodes differ about the person.
        NotFound: no node knows the name.
    """
    outcomes, compared = await details(nodes, user)
    outcomes.complete("Asked were", "All three nodes are compared before anybody is approved.")
    asked = {role: found for role, found in outcomes.found.items() if found and found.row.waiting}
    if not asked:
        raise Conflict(f"{user} has no request that waits for you; the account is {compared.newest.state}.")
    rows = {role: _requested(found) for role, found in asked.items()}
    if len({row.keys for row in rows.values()}) > 1:
        shown = "; ".join(f"{LABELS[role]}: {row.fingerprint}" for role, row in rows.items())
        raise KeysDiffer(f"The nodes show different keys in the request of {user}. {shown}", user=user)
    row = next(iter(rows.values()))
    if len({one.facts for one in rows.values()}) > 1:
        raise Conflict(f"The nodes differ about the organisation, role or version of {user}; look at `users show`.")
    is_replacement = row.state != State.REQUESTED
    if is_replacement:
        compared.require_step()
    return Pending(row, is_replacement, tuple(role for role in outcomes.found if role not in asked))


def require_fingerprint(found: Pending, given: str) -> None:
    """Compare with what the invited person has read out.

    Raises:
        KeysDiffer: they are other keys.
    """
    if "".join(given.split()).replace("-", "") != "".join(found.fingerprint.split()):
        raise KeysDiffer(
            f"The keys of {found.row.user} at the nodes have another fingerprint: {found.fingerprint}. "
            "Unless a digit was misread, somebody else has registered under this name."
        )


async def approve(nodes: Nodes, found: Pending, keys: UserKeys, reason: str = "") -> Outcomes[Row]:
    """Make the account of a request active with the keys in it, at all nodes."""
    return await _publish(nodes, replace(found.row, state=str(State.ACTIVE)), keys, reason)


async def change(
    nodes: Nodes, user: str, keys: UserKeys, reason: str = "", *, role: str | None = None, state: str | None = None
) -> Outcomes[Row]:
    """Give an account another role or state, at every node that answers; a node that is behind is mended first.

    The document is the whole account, keys included, so at least two nodes must show the same.

    Raises:
        KeysDiffer, Conflict: the nodes contradict each other, nothing would change, or nobody ever approved the keys.
        NodeUnreachable, NotFound: fewer than two nodes show the account.
    """
    outcomes, compared = await details(nodes, user)
    if compared.behind and compared.newest.version > 0:
        await carry(nodes, keys, [user])
        outcomes, compared = await details(nodes, user)
    row = _agreed(outcomes, compared, state)
    wanted = replace(row, role=role or row.role, state=state or row.state)
    if (wanted.role, wanted.state) == (row.role, row.state):
        raise Conflict(f"{user} is {row.state} with the role {row.role} already; nothing was changed.")
    if row.state == State.REQUESTED and state != State.DISABLED:
        raise Conflict(f"{user} is not approved yet; use `imguard users approve {user}`.")
    return await _publish(nodes, wanted, keys, reason)


def _agreed(outcomes: Outcomes[Details | None], compared: Compared, state: str | None) -> Row:
    """The account as two nodes or more show it. A request that is turned down need not be the same everywhere."""
    row = compared.newest
    if row.state == State.REQUESTED and state == State.DISABLED:
        return row
    if compared.contradiction is not None:
        raise compared.contradiction
    if row.version > 0:
        compared.require_step()
    if len(compared.known) < 2:
        outcomes.complete("Shown was the account by", "Two nodes must show the same account before it is signed for.")
        raise Conflict(f"One node alone knows {row.user}; two must show the same before it is signed for.")
    if state == State.ACTIVE and sum(_was_approved(one) for one in outcomes.found.values() if one) < 2:
        raise Conflict(f"Nobody ever approved the keys of {row.user}; send a new invitation instead.")
    return row


def _was_approved(found: Details) -> bool:
    """Whether the account was ever active at a node: somebody made it so, or it began with a device that may log in."""
    by_document = any(one["body"].get("state") == State.ACTIVE for one in found.documents)
    return by_document or any(device.state == DeviceState.ACTIVE for device in found.devices)


async def withdraw_invitation(nodes: Nodes, user: str) -> Outcomes[int]:
    """Make the open invitations of a user useless; how many there were at each node.

    Raises:
        NotFound: no node has one.
    """

    async def withdraw(node: IdentityClient) -> int:
        listed = [InvitationRow.parse(body) for body in await node.invitations()]
        found = [one for one in listed if one.user == user and one.status == InvitationState.OPEN]
        for one in found:
            await node.withdraw_invitation(one.code_hash)
        return len(found)

    outcomes = await ask(nodes.everyone, withdraw)
    outcomes.first()
    if not any(outcomes.found.values()):
        raise NotFound(f"There is no open invitation of {user}.")
    return outcomes


async def _publish(nodes: Nodes, row: Row, keys: UserKeys, reason: str) -> Outcomes[Row]:
    """Sign the new state of an account as its next version and give it to every node."""
    body = {
        "user": row.user,
        "organisation": row.organisation,
        "role": row.role,
        "state": row.state,
        "verify_key": row.verify_key,
        "seal_key": row.seal_key,
        "version": row.version + 1,
        "time": now_text(),
        "reason": reason,
    }
    FORMS[ACCOUNT].check(body)
    document = sign_document(ACCOUNT, body, keys.signing)

    async def publish(node: IdentityClient) -> Row:
        return Row.parse(await with_clock(node.change_account(row.user, document)))

    return await ask(nodes.everyone, publish)


def _requested(found: Details) -> Row:
    """The account as it will be, with the keys of the request instead of those it has.

    Raises:
        BadFrame: the registration a node shows is not signed by the keys it announces.
    """
    row, request = found.row, found.row.waiting
    if request is None:
        raise BadFrame(f"A node shows no request of {row.user}.")
    signed = found.registration["body"] if found.registration else {}
    if (signed.get("verify_key"), signed.get("seal_key")) != (request.verify_key, request.seal_key):
        raise BadFrame(f"A node shows a request of {row.user} that does not fit the registration with it.")
    return replace(row, verify_key=request.verify_key, seal_key=request.seal_key, last_login=None, request=None)
