"""Accounts and logins at the log node, as at the servers (identity-v1).

→ POST /v1/users {registration}                          ← {user, state, fingerprint}
→ GET  /v1/users, /v1/users/NAME                         ← {users}; a row with its history
→ POST /v1/users/NAME/account|rotate|devices             ← the row; {user, devices}
→ POST /v1/invitations, GET /v1/invitations              ← an invitation; {invitations}
→ POST /v1/invitations/CODEHASH/withdraw                 ← the invitation
→ POST /v1/auth/challenge {user}                         ← {nonce, expires}
→ POST /v1/auth/login {user, device, nonce, signature}   ← {token, expires}
→ POST /v1/auth/logout, /v1/auth/logout-all              ← {}; {ended}
"""

from __future__ import annotations

import re
from typing import Any, Final

from aiohttp import web

from common.accounts import devices, history, invitations, logins, registration, shown
from common.accounts.forms import (
    ACCOUNT,
    CHALLENGE,
    DEVICE,
    INVITATION,
    LOGIN,
    REGISTRATION,
    ROTATION,
    carrying,
    require_user,
)
from common.accounts.model import Account, Document
from common.errors import Forbidden, NotLoggedIn, TooLarge
from common.openapi.fields import NOTHING, Record, parse_json
from log_node.accounts.desk import Reception
from log_node.api.context import CONTEXT

MAX_BYTES: Final = 64 * 1024
_BEARER: Final = re.compile(r"Bearer ([0-9a-f]{64})")


async def register(request: web.Request) -> web.Response:
    """Introduce the keys of somebody who has an invitation, or of the first administrator."""
    reception, document = _reception(request), await _document(request, REGISTRATION)
    _limit(request, document["body"]["user"])
    return web.json_response(shown.registered(await registration.register(reception.desk, document)))


async def list_users(request: web.Request) -> web.Response:
    """Every account; those who wait to be approved for administrators only."""
    user = await user_of(request)
    return web.json_response({"users": await shown.list_users(_reception(request).desk, user)})


async def show_user(request: web.Request) -> web.Response:
    """Public keys and state of a user, and every document that led there."""
    user = await user_of(request)
    return web.json_response(await shown.show_user(_reception(request).desk, request.match_info["name"], user))


async def decide(request: web.Request) -> web.Response:
    """Approve, change, disable or enable an account."""
    await _administrator(request)
    desk = _reception(request).desk
    account = await history.apply_account(desk, await _document_about(request, ACCOUNT))
    return web.json_response(await shown.row_of(desk, account))


async def rotate(request: web.Request) -> web.Response:
    """Put new account keys in the place of old ones."""
    user = await user_of(request)
    if not user.is_administrator and user.name != request.match_info["name"]:
        raise Forbidden("This needs the role administrator or the user here.")
    desk = _reception(request).desk
    account = await history.rotate(desk, await _document_about(request, ROTATION))
    return web.json_response(await shown.row_of(desk, account))


async def change_device(request: web.Request) -> web.Response:
    """Add or revoke a device of a user."""
    _limit(request, request.match_info["name"])
    document = await _document_about(request, DEVICE)
    found = await devices.change_device(_reception(request).desk, document)
    return web.json_response(shown.devices(document["body"]["user"], found))


async def invite(request: web.Request) -> web.Response:
    """Let the holder of a code register under a name."""
    await _administrator(request)
    desk = _reception(request).desk
    found = await invitations.invite(desk, await _document(request, INVITATION))
    return web.json_response(shown.invitation_row(found, desk.now))


async def list_invitations(request: web.Request) -> web.Response:
    """All invitations, newest first."""
    await _administrator(request)
    return web.json_response({"invitations": await shown.list_invitations(_reception(request).desk)})


async def withdraw_invitation(request: web.Request) -> web.Response:
    """Make the code of an invitation worthless."""
    user = await _administrator(request)
    await _body(request, NOTHING)
    desk = _reception(request).desk
    found = await invitations.withdraw(desk, request.match_info["code_hash"], user)
    return web.json_response(shown.invitation_row(found, desk.now))


async def challenge(request: web.Request) -> web.Response:
    """Ask for a login question."""
    body = await _body(request, CHALLENGE)
    _limit(request, body["user"])
    return web.json_response(shown.asked(await logins.challenge(_reception(request).desk, body["user"])))


async def log_in(request: web.Request) -> web.Response:
    """Answer a login question with the signature of a device."""
    body, reception = await _body(request, LOGIN), _reception(request)
    _limit(request, body["user"])
    signature = bytes.fromhex(body["signature"])
    try:
        granted = await logins.log_in(reception.desk, body["user"], body["device"], body["nonce"], signature)
    except NotLoggedIn:
        reception.throttle.attempt(f"refused {body['user']}")
        raise
    return web.json_response(shown.token(granted))


async def log_out(request: web.Request) -> web.Response:
    """End this login."""
    await user_of(request)
    await _body(request, NOTHING)
    await logins.log_out(_reception(request).desk, _token(request))
    return web.json_response({})


async def log_out_everywhere(request: web.Request) -> web.Response:
    """End every login of the user at this node."""
    user = await user_of(request)
    await _body(request, NOTHING)
    return web.json_response({"ended": await logins.log_out_everywhere(_reception(request).desk, user)})


async def user_of(request: web.Request) -> Account:
    """Who is logged in.

    Raises:
        NotLoggedIn, TokenExpired: no valid token.
        AccountDisabled: the account is not active.
    """
    return await logins.account_of(_reception(request).desk, _token(request))


async def _administrator(request: web.Request) -> Account:
    user = await user_of(request)
    if not user.is_administrator:
        raise Forbidden("This needs the role administrator here.")
    return user


def _token(request: web.Request) -> str:
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise NotLoggedIn()
    return found[1]


def _reception(request: web.Request) -> Reception:
    return request.app[CONTEXT].reception


def _limit(request: web.Request, name: str) -> None:
    """By address only: a limit on a name alone would let anybody keep its owner out."""
    _reception(request).throttle.attempt(f"user {name} at {request.remote}", f"address {request.remote}")


async def _document_about(request: web.Request, kind: str) -> Document:
    document = await _document(request, kind)
    require_user(document["body"], request.match_info["name"])
    return document


async def _document(request: web.Request, kind: str) -> Document:
    document: Document = (await _body(request, carrying(kind)))["document"]
    return document


async def _body(request: web.Request, form: Record) -> dict[str, Any]:
    raw = bytearray()
    async for piece in request.content.iter_chunked(MAX_BYTES):
        raw += piece
        if len(raw) > MAX_BYTES:
            raise TooLarge(max_bytes=MAX_BYTES)
    if not raw and not form.fields:
        return {}
    body: dict[str, Any] = parse_json(bytes(raw))
    form.check(body)
    return body
