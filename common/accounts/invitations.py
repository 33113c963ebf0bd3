"""Invitations: an administrator's signed word that whoever has a code may register under a name."""

from __future__ import annotations

from dataclasses import replace

from common.accounts.forms import INVITATION, INVITATION_DAYS, from_text, open_document
from common.accounts.model import Account, Document, Invitation, InvitationState
from common.accounts.store import Desk, Store, require_administrator
from common.documents import canonical, digest
from common.errors import BadInput, Conflict, NotFound
from common.merkle.entry import Action

_DAY = 24 * 3600


async def invite(desk: Desk, document: Document) -> Invitation:
    """Take an invitation; it takes the place of an open one for the same name.

    Raises:
        BadInput, BadSignature: the document is not as it must be.
        Forbidden: not signed by an administrator of this node.
        Conflict: another invitation has this code.
    """
    body = open_document(document, INVITATION)
    expires = from_text(body["expires"], "expires")
    async with desk.storage.writing() as store:
        author = await require_administrator(store, document["signer"])
        known = await store.invitation(body["code_hash"])
        if known is not None:
            if canonical(known.document) != canonical(document):
                raise Conflict("Another invitation has this code; make a new one.")
            return known
        if not desk.now < expires <= desk.now + INVITATION_DAYS * _DAY:
            raise BadInput(f"An invitation ends within {INVITATION_DAYS} days.", field="expires")
        await close_open(desk, store, body["user"])
        made = Invitation(
            code_hash=body["code_hash"],
            user=body["user"],
            organisation=body["organisation"],
            role=body["role"],
            state=InvitationState.OPEN,
            expires=expires,
            created=desk.now,
            document=document,
        )
        await store.put_invitation(made)
        await desk.record(Action.ACCOUNT_INVITE, {"document": digest(document)}, author.verify_key)
    return made


async def withdraw(desk: Desk, code_hash: str, by: Account) -> Invitation:
    """Make a code worthless; withdrawing it again changes nothing.

    Raises:
        NotFound: there is no such invitation.
        Conflict: somebody has registered with it already.
    """
    async with desk.storage.writing() as store:
        found = await store.invitation(code_hash)
        if found is None:
            raise NotFound("There is no such invitation.")
        if found.state == InvitationState.USED:
            raise Conflict("This invitation was used; turn the request down instead, or disable the account.")
        if found.state == InvitationState.WITHDRAWN:
            return found
        withdrawn = replace(found, state=InvitationState.WITHDRAWN)
        await store.put_invitation(withdrawn)
        subject = {"document": digest(found.document)}
        await desk.record(Action.ACCOUNT_INVITE_WITHDRAW, subject, by.verify_key)
    return withdrawn


async def close_open(desk: Desk, store: Store, user: str) -> None:
    """Withdraw what is open for this name."""
    for invitation in await store.invitations(user):
        if invitation.is_open(desk.now):
            await store.put_invitation(replace(invitation, state=InvitationState.WITHDRAWN))
