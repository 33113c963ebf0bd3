"""Members and their logins: public keys, challenges that are answered once, and tokens known by their hash only."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from common.crypto import domains, signing
from common.crypto.sealing import seal
from common.documents import canonical, digest, verify_document
from common.errors import BadInput, BadSeal, BadSignature, Conflict, Forbidden, NotFound, NotLoggedIn, TokenExpired
from common.ids import UserName
from common.merkle.entry import Action
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Challenge, Token, User

ACTIVE = "active"
_KEEP_EXPIRED = 24 * 3600
_NOBODY = "00" * 32


@dataclass(frozen=True)
class Account:
    """A member as every other member may know it."""

    name: UserName
    verify_key: str
    seal_key: str
    state: str


@dataclass(frozen=True)
class Granted:
    """Something that works until ``expires``, in seconds since 1970."""

    value: str
    expires: int


class Accounts:
    """Registration, login and the question whose token this is."""

    def __init__(self, database: Database, context: NodeContext) -> None:
        self._database, self._context = database, context

    async def register(self, document: dict[str, Any]) -> Account:
        """Take a signed self-introduction of somebody who holds the registration code; repeating it changes nothing.

        Raises:
            BadSignature: not signed by the key it introduces.
            Forbidden: wrong registration code.
            BadInput: nothing can be sealed to the sealing key.
            Conflict: the name or the key belongs to another account.
        """
        body = verify_document(document, "registration", document["body"]["verify_key"])
        proof = hashlib.sha256(body["code"].encode()).hexdigest()
        if not hmac.compare_digest(proof, self._context.identity.deployment.registration_code_hash):
            raise Forbidden("The registration code is not valid.")
        _require_sealable(body["seal_key"])
        account = Account(UserName(body["name"]), body["verify_key"], body["seal_key"], ACTIVE)
        await self._add(account)
        return account

    async def get(self, name: str) -> Account:
        """Raises:
        NotFound: nobody has this name.
        """
        async with self._database.reading() as session:
            row = await session.get(User, name)
        if row is None:
            raise NotFound("There is no such user.")
        return _account(row)

    async def challenge(self, name: str) -> Granted:
        """A question for ``name``, whether or not somebody has that name."""
        now = self._context.now
        granted = Granted(self._context.rng.token(32).hex(), now + self._context.settings["challenge_seconds"])
        async with self._database.writing() as session:
            await session.execute(delete(Challenge).where(Challenge.expires < now))
            await session.execute(delete(Token).where(Token.expires < now - _KEEP_EXPIRED))
            session.add(Challenge(nonce=granted.value, user=name, expires=granted.expires))
        return granted

    async def log_in(self, name: str, nonce: str, signature: bytes) -> Granted:
        """A token for an answered challenge. A challenge is used up by the first answer, right or wrong.

        Raises:
            NotLoggedIn: refused; the reason is the same for unknown names, wrong keys and old challenges.
        """
        asked = await self._take_challenge(nonce)
        async with self._database.reading() as session:
            row = await session.get(User, name)
        statement = {"node": self._context.identity.signing.verify_key, "user": name, "nonce": nonce}
        try:
            signing.verify(row.verify_key if row else _NOBODY, domains.LOGIN_V1, canonical(statement), signature)
        except BadSignature as error:
            raise NotLoggedIn("The login was refused.") from error
        if row is None or row.state != ACTIVE or asked is None or asked.user != name:
            raise NotLoggedIn("The login was refused.")
        return await self._issue(row)

    async def user_of(self, token: str) -> Account:
        """Whose token this is.

        Raises:
            NotLoggedIn: no such token.
            TokenExpired: it was valid once.
            Forbidden: the account was disabled.
        """
        hashed = _hash(token)
        async with self._database.reading() as session:
            row = await session.get(Token, hashed)
            user = await session.get(User, row.user) if row else None
        if row is None or user is None or not hmac.compare_digest(row.hash, hashed):
            raise NotLoggedIn("This token is not valid.")
        if row.expires <= self._context.now:
            raise TokenExpired()
        if user.state != ACTIVE:
            raise Forbidden("This account was disabled.")
        return _account(user)

    async def log_out(self, token: str) -> None:
        async with self._database.writing() as session:
            await session.execute(delete(Token).where(Token.hash == _hash(token)))

    async def _add(self, account: Account) -> None:
        try:
            async with self._database.writing() as session:
                row = await session.get(User, account.name)
                if row is None:
                    session.add(User(**vars(account), created=self._context.now))
                    await session.flush()
                    subject = {"account": digest(vars(account))}
                    await self._context.record(Action.REGISTER, subject, account.verify_key)
                elif (row.verify_key, row.seal_key) != (account.verify_key, account.seal_key):
                    raise Conflict("This name is taken.")
        except IntegrityError as error:
            raise Conflict("This key belongs to another account.") from error

    async def _take_challenge(self, nonce: str) -> Challenge | None:
        async with self._database.writing() as session:
            row = await session.get(Challenge, nonce)
            if row is not None:
                await session.delete(row)
        return row if row is not None and row.expires > self._context.now else None

    async def _issue(self, user: User) -> Granted:
        token = self._context.rng.token(32).hex()
        expires = self._context.now + 60 * int(self._context.settings["token_minutes"])
        async with self._database.writing() as session:
            session.add(Token(hash=_hash(token), user=user.name, expires=expires))
            await session.flush()
            await self._context.record(Action.LOGIN, {}, user.verify_key)
        return Granted(token, expires)


def _require_sealable(key: str) -> None:
    """Each model is sealed to its recipients when the training is over; that must not fail then."""
    try:
        seal(key, domains.MODEL_SEAL_V1, b"")
    except BadSeal as error:
        raise BadInput("Nothing can be sealed to this sealing key.", field="seal_key") from error


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _account(row: User) -> Account:
    return Account(UserName(row.name), row.verify_key, row.seal_key, row.state)


async def find_accounts(database: Database, names: set[str]) -> dict[str, Account]:
    """The accounts with these names; unknown names are left out."""
    async with database.reading() as session:
        rows = (await session.scalars(select(User).where(User.name.in_(names)))).all()
    return {row.name: _account(row) for row in rows}
