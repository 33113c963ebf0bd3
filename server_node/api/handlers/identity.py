"""Who the node is, and how people log in.

→ GET  /v1/info                                          ← {name, role, version, verify_key, seal_key, time, bootstrap}
→ GET  /v1/deployment                                    ← deployment.json, as this node was installed with it
→ POST /v1/auth/challenge {user}                         ← {nonce, expires}, for names nobody has too
→ POST /v1/auth/login {user, device, nonce, signature}   ← {token, expires}
→ POST /v1/auth/logout                                   ← {}
→ POST /v1/auth/logout-all                               ← {ended}
"""

from __future__ import annotations

from common.accounts import shown
from common.errors import NotLoggedIn
from server_node.api.call import Answer, Call
from server_node.storage.context import to_text


async def info(call: Call) -> Answer:
    """The node's name, role, version, public keys and clock."""
    context = call.node.context
    return {
        "name": context.identity.name,
        "role": context.identity.role,
        "version": call.node.version,
        "verify_key": context.identity.signing.verify_key,
        "seal_key": context.identity.sealing.public,
        "time": to_text(context.now),
        "bootstrap": await call.node.accounts.awaits_administrator(),
    }


async def deployment(call: Call) -> Answer:
    """The description of the deployment, for programs that compare its fingerprint before they believe it."""
    return call.node.context.identity.deployment.body


async def challenge(call: Call) -> Answer:
    """Ask for a login question."""
    await limit(call, call.body["user"])
    return shown.asked(await call.node.accounts.challenge(call.body["user"]))


async def log_in(call: Call) -> Answer:
    """Answer a login question with the signature of a device."""
    body = call.body
    await limit(call, body["user"])
    signature = bytes.fromhex(body["signature"])
    try:
        granted = await call.node.accounts.log_in(body["user"], body["device"], body["nonce"], signature)
    except NotLoggedIn:
        await call.node.throttle.attempt(f"refused {body['user']}")
        raise
    return shown.token(granted)


async def log_out(call: Call) -> Answer:
    """End this login."""
    await call.node.accounts.log_out(call.request.headers["Authorization"].partition(" ")[2])
    return {}


async def log_out_everywhere(call: Call) -> Answer:
    """End every login of the user at this node."""
    return {"ended": await call.node.accounts.log_out_everywhere(call.user)}


async def limit(call: Call, name: str) -> None:
    """By address only: a limit on a name alone would let anybody keep its owner out."""
    address = call.request.remote
    await call.node.throttle.attempt(f"user {name} at {address}", f"address {address}")
