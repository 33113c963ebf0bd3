"""What every storage of accounts must do, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.accounts.model import Account, Challenge, Device, Invitation, Login, Registration
from common.accounts.store import Storage
from common.errors import Conflict
from common.ids import UserName

ALICE = Account(UserName("alice"), "St. Mary's", "administrator", "active", "a1" * 32, "a2" * 32, 3, 1000)
BOB = Account(UserName("bob"), "北京医院", "user", "requested", "b1" * 32, "b2" * 32, 0, 2000)
DOCUMENT = {
    "kind": "account",
    "body": {"user": "bob", "reason": "鍵 – key", "version": 1},
    "signer": "",
    "signature": "",
}
DEVICE = Device("alice", "d1" * 32, "desk", "active", 1100)
INVITATION = Invitation("c1" * 32, "bob", "北京医院", "user", "open", 9000, 1500, DOCUMENT)
LOGIN = Login("e1" * 32, "alice", DEVICE.key, 5000)


class Failure(Exception):
    """Thrown by a test in the middle of a transaction."""


async def keeps_accounts(storage: Storage) -> None:
    async with storage.writing() as store:
        for account in (BOB, ALICE):
            await store.put_account(account)
        changed = replace(ALICE, organisation="Board", version=4)
        await store.put_account(changed)
        assert await store.account("alice") == changed
    async with storage.reading() as store:
        assert await store.accounts() == [changed, BOB]
        assert await store.administrators() == [changed]
        assert (await store.account("bob"), await store.account("nobody")) == (BOB, None)
        assert (await store.holder(BOB.verify_key), await store.holder("00" * 32)) == ("bob", None)


async def administrators_are_active(storage: Storage) -> None:
    async with storage.writing() as store:
        for state in ("disabled", "requested"):
            await store.put_account(replace(ALICE, state=state))
            assert await store.administrators() == []
        await store.put_account(replace(ALICE, role="user"))
        assert await store.administrators() == []


async def keeps_keys_and_documents(storage: Storage) -> None:
    async with storage.writing() as store:
        await store.put_account(ALICE)
        for _ in range(2):
            await store.remember_key("f1" * 32, "alice")
        for version in (2, 1, 10):
            await store.add_document("alice", version, {**DOCUMENT, "signer": str(version)})
    async with storage.reading() as store:
        assert (await store.past_holder("f1" * 32), await store.past_holder("00" * 32)) == ("alice", None)
        assert [document["signer"] for document in await store.documents("alice")] == ["1", "2", "10"]
        assert await store.documents("bob") == []


async def keeps_requests(storage: Storage) -> None:
    waiting = Registration("bob", DOCUMENT, True, 2000)
    async with storage.writing() as store:
        for account in (ALICE, BOB):
            await store.put_account(account)
        await store.put_registration(Registration("alice", DOCUMENT, False, 1000))
        await store.put_registration(waiting)
    async with storage.reading() as store:
        assert await store.registrations() == {"bob": waiting}
        assert (await store.registration("bob"), await store.registration("nobody")) == (waiting, None)
    async with storage.writing() as store:
        await store.put_registration(replace(waiting, is_waiting=False))
        assert await store.registrations() == {}


async def keeps_invitations(storage: Storage) -> None:
    later = replace(INVITATION, code_hash="c2" * 32, user="carol", created=1600)
    async with storage.writing() as store:
        for invitation in (INVITATION, later):
            await store.put_invitation(invitation)
    async with storage.writing() as store:
        used = replace(INVITATION, state="used")
        await store.put_invitation(used)
        assert await store.invitations() == [later, used]
        assert await store.invitations("bob") == [used]
        assert (await store.invitation("c2" * 32), await store.invitation("00" * 32)) == (later, None)


async def keeps_devices(storage: Storage) -> None:
    second = replace(DEVICE, key="d2" * 32, name="laptop", created=1200)
    async with storage.writing() as store:
        await store.put_account(ALICE)
        for device in (second, DEVICE):
            await store.put_device(device)
    async with storage.writing() as store:
        used = replace(DEVICE, last_login=4000)
        await store.put_device(used)
        await store.put_device(replace(second, state="revoked", last_login=3000))
    async with storage.reading() as store:
        assert [device.key for device in await store.devices("alice")] == [DEVICE.key, second.key]
        assert (await store.device("alice", DEVICE.key), await store.device("bob", DEVICE.key)) == (used, None)
        assert await store.last_logins() == {"alice": 4000}


async def takes_challenges_once(storage: Storage) -> None:
    question = Challenge("aa" * 32, "nobody", 100)
    async with storage.writing() as store:
        await store.put_challenge(question)
    async with storage.writing() as store:
        assert await store.take_challenge(question.nonce) == question
        assert await store.take_challenge(question.nonce) is None
    async with storage.writing() as store:
        assert await store.take_challenge(question.nonce) is None
        assert await store.take_challenge("bb" * 32) is None


async def ends_logins(storage: Storage) -> None:
    others = [replace(LOGIN, hash=f"{number}" * 64, device=f"d{number}" * 32) for number in (2, 3)]
    async with storage.writing() as store:
        for account in (ALICE, BOB):
            await store.put_account(account)
        for login in (LOGIN, *others, replace(LOGIN, hash="ff" * 32, user="bob")):
            await store.put_login(login)
    async with storage.writing() as store:
        assert await store.login(LOGIN.hash) == LOGIN
        assert await store.end_logins("alice", "d2" * 32) == 1
        assert await store.end_logins("alice", "d2" * 32) == 0
        await store.end_login(LOGIN.hash)
        await store.end_login("00" * 32)
    async with storage.writing() as store:
        assert (await store.login(LOGIN.hash), await store.login(others[0].hash)) == (None, None)
        assert await store.end_logins("alice") == 1
        assert await store.login("ff" * 32) is not None


async def forgets_what_ended(storage: Storage) -> None:
    async with storage.writing() as store:
        await store.put_account(ALICE)
        for expires in (99, 100):
            await store.put_challenge(Challenge(f"{expires:064x}", "x", expires))
            await store.put_login(replace(LOGIN, hash=f"{expires:064x}", expires=expires))
        await store.forget_ended(100, 100)
    async with storage.writing() as store:
        assert await store.take_challenge(f"{99:064x}") is None
        assert await store.take_challenge(f"{100:064x}") is not None
        assert (await store.login(f"{99:064x}") is None, await store.login(f"{100:064x}") is None) == (True, False)


async def failure_leaves_no_trace(storage: Storage) -> None:
    async with storage.writing() as store:
        await store.put_account(ALICE)
        await store.put_login(LOGIN)
        await store.put_challenge(Challenge("aa" * 32, "alice", 100))
    with pytest.raises(Failure):
        async with storage.writing() as store:
            await store.put_account(replace(ALICE, state="disabled"))
            await store.end_logins("alice")
            await store.take_challenge("aa" * 32)
            await store.put_account(BOB)
            raise Failure
    async with storage.writing() as store:
        assert await store.accounts() == [ALICE]
        assert await store.login(LOGIN.hash) == LOGIN
        assert await store.take_challenge("aa" * 32) is not None


async def key_belongs_to_one_account(storage: Storage) -> None:
    async with storage.writing() as store:
        await store.put_account(ALICE)
    with pytest.raises(Conflict):
        async with storage.writing() as store:
            await store.put_account(replace(BOB, verify_key=ALICE.verify_key))
    async with storage.reading() as store:
        assert await store.accounts() == [ALICE]


RULES = (
    keeps_accounts,
    administrators_are_active,
    keeps_keys_and_documents,
    keeps_requests,
    keeps_invitations,
    keeps_devices,
    takes_challenges_once,
    ends_logins,
    forgets_what_ended,
    failure_leaves_no_trace,
    key_belongs_to_one_account,
)
