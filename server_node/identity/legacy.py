"""Registrations with the deployment's code and logins with the account key, until every client has devices."""

from __future__ import annotations

import hashlib
import hmac

from common.accounts import logins
from common.accounts.forms import require_sealable
from common.accounts.model import Account, Document, Granted, Login, Role, State
from common.accounts.store import Desk, require_fresh_key
from common.crypto import domains, signing
from common.documents import canonical, verify_document
from common.errors import BadSignature, Conflict, Forbidden, NotLoggedIn
from common.ids import UserName
from common.merkle.entry import Action


async def register(desk: Desk, document: Document, code_hash: str) -> str:
    """Take a registration with the code of the deployment."""
    body = verify_document(document, "registration", document["body"]["verify_key"])
    if not hmac.compare_digest(hashlib.sha256(body["code"].encode()).hexdigest(), code_hash):
        raise Forbidden("The registration code is not valid.")
    require_sealable(body["seal_key"])
    async with desk.storage.writing() as store:
        known = await store.account(body["name"])
        if known is not None:
            if known.keys != (body["verify_key"], body["seal_key"]):
                raise Conflict("This name is taken.")
            return str(known.name)
        await require_fresh_key(store, body["verify_key"], body["name"])
        name, keys = UserName(body["name"]), (body["verify_key"], body["seal_key"])
        account = Account(name, "unknown", Role.USER, State.ACTIVE, *keys, version=0, created=desk.now)
        await store.put_account(account)
        await store.remember_key(account.verify_key, account.name)
        await desk.record(Action.REGISTER, {"account": account.digest}, account.verify_key)
    return str(account.name)


async def log_in(desk: Desk, name: str, nonce: str, signature: bytes) -> Granted:
    """A token for a challenge that the account key has answered."""
    statement = {"node": desk.verify_key, "user": name, "nonce": nonce}
    async with desk.storage.writing() as store:
        asked = await store.take_challenge(nonce)
        account = await store.account(name)
        key = account.verify_key if account else "00" * 32
        try:
            signing.verify(key, domains.LOGIN_V1, canonical(statement), signature)
            is_signed = True
        except BadSignature:
            is_signed = False
        is_answer = asked is not None and asked.user == name and desk.now < asked.expires
        if is_signed and is_answer and account is not None and account.is_active:
            granted = Granted(desk.rng.token(32).hex(), desk.now + 60 * desk.token_minutes)
            hashed = logins.hash_of_token(desk, granted.value)
            await store.put_login(Login(hashed, account.name, key, granted.expires))
            await desk.record(Action.LOGIN, {}, account.verify_key)
            return granted
    raise NotLoggedIn("The login was refused.")
