"""Accounts: how people come in, what administrators decide, and keys and devices.

→ POST /v1/users {registration}                  ← {user, state, fingerprint}
→ GET  /v1/users                                 ← {users}
→ GET  /v1/users/NAME                            ← a row with its history
→ POST /v1/users/NAME/account {account}          ← the row
→ POST /v1/users/NAME/rotate {account-rotate}    ← the row
→ POST /v1/users/NAME/devices {device}           ← {user, devices}
→ POST /v1/invitations {invitation}              ← its row
→ GET  /v1/invitations                           ← {invitations}
→ POST /v1/invitations/CODEHASH/withdraw         ← the row
"""

from __future__ import annotations

from typing import Any

from common.accounts.forms import require_user
from server_node.api.call import Answer, Call
from server_node.api.handlers.identity import limit


async def register(call: Call) -> Answer:
    """Introduce the keys of somebody who has an invitation, or of the first administrator."""
    await limit(call, call.body["document"]["body"]["user"])
    return await call.node.accounts.register(call.body["document"])


async def list_all(call: Call) -> Answer:
    """Every account; those who wait to be approved for administrators only."""
    return {"users": await call.node.accounts.listed(call.user)}


async def show(call: Call) -> Answer:
    """Public keys and state of a user, and every document that led there."""
    return await call.node.accounts.show(call.part("name"), call.user)


async def decide(call: Call) -> Answer:
    """Approve, change, disable or enable an account."""
    return await call.node.accounts.apply(_document_about(call))


async def rotate(call: Call) -> Answer:
    """Put new account keys in the place of old ones."""
    return await call.node.accounts.rotate(_document_about(call))


async def change_device(call: Call) -> Answer:
    """Add or revoke a device of a user."""
    await limit(call, call.part("name"))
    return await call.node.accounts.change_device(_document_about(call))


async def invite(call: Call) -> Answer:
    """Let the holder of a code register under a name."""
    return await call.node.accounts.invite(call.body["document"])


async def list_invitations(call: Call) -> Answer:
    """All invitations, newest first."""
    return {"invitations": await call.node.accounts.invitations()}


async def withdraw_invitation(call: Call) -> Answer:
    """Make the code of an invitation worthless."""
    return await call.node.accounts.withdraw(call.part("code_hash"), call.user)


def _document_about(call: Call) -> dict[str, Any]:
    """The document of the body, which is about the user in the path."""
    document: dict[str, Any] = call.body["document"]
    require_user(document["body"], call.part("name"))
    return document
