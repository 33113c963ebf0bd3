"""Identity: who the node is, who its users are, and how they log in.

→ GET  /v1/info                                  ← {name, party, version, verify_key, seal_key, time}
→ POST /v1/users {registration}                  ← {name}
→ GET  /v1/users/NAME                            ← {name, verify_key, seal_key, state}
→ POST /v1/auth/challenge {user}                 ← {nonce, expires}, for names nobody has too
→ POST /v1/auth/login {user, nonce, signature}   ← {token, expires}
→ POST /v1/auth/logout                           ← {}
"""

from __future__ import annotations

from common.errors import NotLoggedIn
from server_node.api.call import Answer, Call
from server_node.storage.context import to_text


async def info(call: Call) -> Answer:
    """The node's name, party, version, public keys and clock."""
    context = call.node.context
    return {
        "name": context.identity.name,
        "party": context.party.letter,
        "version": call.node.version,
        "verify_key": context.identity.signing.verify_key,
        "seal_key": context.identity.sealing.public,
        "time": to_text(context.now),
    }


async def register(call: Call) -> Answer:
    """Introduce a user who holds the registration code."""
    await _limit(call, call.body["document"]["body"]["name"])
    account = await call.node.accounts.register(call.body["document"])
    return {"name": account.name}


async def show_user(call: Call) -> Answer:
    """Public keys and state of a user."""
    return dict(vars(await call.node.accounts.get(call.part("name"))))


async def challenge(call: Call) -> Answer:
    """Ask for a login question."""
    await _limit(call, call.body["user"])
    granted = await call.node.accounts.challenge(call.body["user"])
    return {"nonce": granted.value, "expires": to_text(granted.expires)}


async def log_in(call: Call) -> Answer:
    """Answer a login question with a signature."""
    await _limit(call, call.body["user"])
    signature = bytes.fromhex(call.body["signature"])
    try:
        granted = await call.node.accounts.log_in(call.body["user"], call.body["nonce"], signature)
    except NotLoggedIn:
        await call.node.throttle.attempt(f"refused {call.body['user']}")
        raise
    return {"token": granted.value, "expires": to_text(granted.expires)}


async def log_out(call: Call) -> Answer:
    """End this login."""
    await call.node.accounts.log_out(call.request.headers["Authorization"].partition(" ")[2])
    return {}


async def _limit(call: Call, name: str) -> None:
    """By address only: a limit on a name alone would let anybody keep its owner out."""
    address = call.request.remote
    await call.node.throttle.attempt(f"user {name} at {address}", f"address {address}")
