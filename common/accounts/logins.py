"""Logins: a challenge that is answered once by a device's signature, and a token that is known by its hash only."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Final

from common.accounts.model import Account, Challenge, Device, Granted, Login, Registration, State
from common.accounts.store import Desk, Store
from common.crypto import domains, signing
from common.documents import canonical
from common.errors import AccountDisabled, AppError, BadSignature, NotApproved, NotLoggedIn, TokenExpired
from common.merkle.entry import Action

KEEP_ENDED: Final = 24 * 3600
"""How long a token that ended by time is told from one that never was."""
_NONCE_BYTES: Final = 32
_TOKEN_BYTES: Final = 32


def login_statement(node: str, user: str, device: str, nonce: str) -> bytes:
    """What a device signs; ``node`` is the verify key of the node, so the answer is good at no other."""
    return canonical({"node": node, "user": user, "device": device, "nonce": nonce})


async def challenge(desk: Desk, user: str) -> Granted:
    """A question for this name, whether or not somebody has it."""
    now = desk.now
    granted = Granted(desk.rng.token(_NONCE_BYTES).hex(), now + desk.challenge_seconds)
    async with desk.storage.writing() as store:
        await store.forget_ended(now, now - KEEP_ENDED)
        await store.put_challenge(Challenge(granted.value, user, granted.expires))
    return granted


async def log_in(desk: Desk, user: str, device_key: str, nonce: str, signature: bytes) -> Granted:
    """A token for an answered challenge, which is used up by the first answer, right or wrong.

    Raises:
        NotLoggedIn: refused, in the same words for every reason.
        NotApproved, AccountDisabled: told to who signed with a device key of the account only.
    """
    is_signed = _is_signed(desk, user, device_key, nonce, signature)
    async with desk.storage.writing() as store:
        asked = await store.take_challenge(nonce)
        account = await store.account(user)
        device = await store.device(user, device_key)
        registration = await store.registration(user)
        is_answer = asked is not None and asked.user == user and desk.now < asked.expires
        refusal = _refusal(account, device, registration, device_key) if is_signed and is_answer else NotLoggedIn()
        if refusal is None and account is not None and device is not None:
            return await _grant(desk, store, account, device)
    # Raised out of the transaction, which would give the challenge back.
    if refusal is None or isinstance(refusal, NotLoggedIn):
        raise NotLoggedIn("The login was refused.")
    raise refusal


async def account_of(desk: Desk, token: str) -> Account:
    """Whose token this is.

    Raises:
        NotLoggedIn: no such token.
        TokenExpired: it was valid once.
        AccountDisabled: the account is not active.
    """
    hashed = hash_of_token(desk, token)
    async with desk.storage.reading() as store:
        login = await store.login(hashed)
        account = await store.account(login.user) if login else None
    if login is None or account is None or not hmac.compare_digest(login.hash, hashed):
        raise NotLoggedIn("This token is not valid.")
    if login.expires <= desk.now:
        raise TokenExpired()
    if not account.is_active:
        raise AccountDisabled()
    return account


async def log_out(desk: Desk, token: str) -> None:
    """End this login."""
    async with desk.storage.writing() as store:
        await store.end_login(hash_of_token(desk, token))


async def log_out_everywhere(desk: Desk, account: Account) -> int:
    """End every login of the user at this node; how many there were."""
    async with desk.storage.writing() as store:
        count = await store.end_logins(account.name)
        await desk.record(Action.LOGOUT_ALL, {}, account.verify_key)
    return count


def _is_signed(desk: Desk, user: str, device_key: str, nonce: str, signature: bytes) -> bool:
    try:
        statement = login_statement(desk.verify_key, user, device_key, nonce)
        signing.verify(device_key, domains.LOGIN_V2, statement, signature)
    except BadSignature:
        return False
    return True


def _refusal(
    account: Account | None, device: Device | None, registration: Registration | None, device_key: str
) -> AppError | None:
    """Why somebody with this device key may not come in; None if they may."""
    if account is None:
        return NotLoggedIn()
    if account.state == State.REQUESTED:
        is_own = registration is not None and registration.body["device"]["key"] == device_key
        return NotApproved() if is_own else NotLoggedIn()
    if device is None or not device.is_active:
        return NotLoggedIn()
    return None if account.is_active else AccountDisabled()


async def _grant(desk: Desk, store: Store, account: Account, device: Device) -> Granted:
    now = desk.now
    granted = Granted(desk.rng.token(_TOKEN_BYTES).hex(), now + 60 * desk.token_minutes)
    await store.put_login(Login(hash_of_token(desk, granted.value), account.name, device.key, granted.expires))
    await store.put_device(replace(device, last_login=now))
    await desk.record(Action.LOGIN, {}, account.verify_key)
    return granted


def hash_of_token(desk: Desk, token: str) -> str:
    """Bound to the node: the hash of another node's token is another one."""
    parts = (domains.TOKEN_V1, desk.verify_key, token)
    return hashlib.sha256(b"\x00".join(part.encode() for part in parts)).hexdigest()
