"""The key file: opens with its password, keeps every key a user may need again, says what is wrong, shows nothing."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from nacl import pwhash

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey, seal
from common.errors import BadInput, Conflict, NotRegistered, StoreDamaged, WrongPassword, WrongVersion
from desktop_client.keystore import (
    MAX_RETIRED,
    Cost,
    KeyPair,
    Moved,
    UserKeys,
    change_password,
    create_keys,
    export_keys,
    open_keys,
    read_export,
    save_keys,
)
from desktop_client.locked import lock
from tests.helpers.seeded import SeededRandom

CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
PASSWORD = "correct horse battery"
NEW = "another long password"
RNG = SystemRandom()


def secrets_of(keys: UserKeys) -> list[bytes]:
    prepared = [keys.prepared.signing.to_bytes(), keys.prepared.sealing.to_bytes()] if keys.prepared else []
    retired = [key.to_bytes() for key in keys.retired]
    return [keys.signing.to_bytes(), keys.sealing.to_bytes(), keys.login.to_bytes(), *prepared, *retired]


def test_keystore_opens_with_its_password(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.enc", PASSWORD, RNG, CHEAP)
    assert secrets_of(open_keys(tmp_path / "keys.enc", PASSWORD)) == secrets_of(made)
    assert len(set(secrets_of(made))) == 3
    with pytest.raises(WrongPassword):
        open_keys(tmp_path / "keys.enc", PASSWORD + "!")


def test_keystore_file_is_private_and_holds_no_key(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.enc", PASSWORD, RNG, CHEAP)
    assert stat.S_IMODE((tmp_path / "keys.enc").stat().st_mode) == 0o600
    raw = (tmp_path / "keys.enc").read_bytes()
    assert not [one for one in secrets_of(made) if one in raw or one.hex().encode() in raw]
    assert not [one for one in secrets_of(made) if one.hex() in repr(made)] and "signing" not in repr(made)


def test_keystore_short_password_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        create_keys(tmp_path / "keys.enc", "123456789", RNG, CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_keystore_no_file_raises_not_registered(tmp_path: Path) -> None:
    with pytest.raises(NotRegistered):
        open_keys(tmp_path / "keys.enc", PASSWORD)


def test_keystore_file_of_version_1_opens_and_becomes_version_2(tmp_path: Path) -> None:
    path, pair = tmp_path / "keys.enc", KeyPair.generate(SeededRandom("old"))
    raw = pair.signing.to_bytes() + pair.sealing.to_bytes()
    path.write_bytes(lock(b"imguard-keys-v1\n", raw, PASSWORD, RNG, CHEAP))
    opened = open_keys(path, PASSWORD)
    assert secrets_of(opened) == [pair.signing.to_bytes(), pair.sealing.to_bytes(), pair.signing.to_bytes()]
    change_password(path, PASSWORD, NEW, RNG, CHEAP)
    assert path.read_bytes().startswith(b"imguard-keys-v2\n")
    assert secrets_of(open_keys(path, NEW)) == secrets_of(opened)


def test_keystore_file_of_another_kind_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "keys.enc"
    for magic, error, says in (
        (b"imguard-keys-v3\n", WrongVersion, "newer version"),
        (b"imguard-move-v1\n", BadInput, "keys import"),
        (b"somebody-else-1\n", StoreDamaged, "not a key file"),
    ):
        path.write_bytes(lock(magic, b"{}", PASSWORD, RNG, CHEAP))
        with pytest.raises(error, match=says):
            open_keys(path, PASSWORD)
    create_keys(path, PASSWORD, RNG, CHEAP)
    with pytest.raises(BadInput, match="keys export"):
        read_export(path, PASSWORD)


@pytest.mark.parametrize(
    "change",
    [{"login": None}, {"login": "11"}, {"login": "zz" * 32}, {"retired": 7}, {"prepared": []}, {"more": 1}],
)
def test_keystore_wrong_content_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    body = {"signing": "11" * 32, "sealing": "22" * 32, "login": "33" * 32, "retired": [], "prepared": None} | change
    path = tmp_path / "keys.enc"
    for payload in (json.dumps(body).encode(), b"", b"[" * 50_000, b"[]"):
        path.write_bytes(lock(b"imguard-keys-v2\n", payload, PASSWORD, RNG, CHEAP))
        with pytest.raises(StoreDamaged, match="inside"):
            open_keys(path, PASSWORD)


def test_change_password_needs_the_old_one_and_a_good_new_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.enc"
    made = create_keys(path, PASSWORD, RNG, CHEAP)
    before = path.read_bytes()
    with pytest.raises(WrongPassword):
        change_password(path, NEW, NEW, RNG, CHEAP)
    with pytest.raises(BadInput):
        change_password(path, PASSWORD, "short", RNG, CHEAP)
    assert path.read_bytes() == before
    change_password(path, PASSWORD, NEW, RNG, CHEAP)
    assert secrets_of(open_keys(path, NEW)) == secrets_of(made)
    with pytest.raises(WrongPassword):
        open_keys(path, PASSWORD)


def test_rotation_is_prepared_on_disk_and_keeps_what_opens_old_models(tmp_path: Path) -> None:
    path = tmp_path / "keys.enc"
    first = create_keys(path, PASSWORD, RNG, CHEAP)
    prepared = first.prepare(RNG)
    assert prepared.prepare(RNG) is prepared and prepared.prepared is not None
    save_keys(path, prepared, PASSWORD, RNG, CHEAP)
    again = open_keys(path, PASSWORD)
    assert secrets_of(again) == secrets_of(prepared) and again.signing.verify_key == first.signing.verify_key
    rotated = again.rotated()
    assert (rotated.signing, rotated.prepared) == (again.prepared and again.prepared.signing, None)
    assert rotated.login.to_bytes() == first.login.to_bytes(), "the device stays"
    sealed = seal(first.sealing.public, "imguard/test/v1", b"old model")
    assert rotated.opener(first.sealing.public).open("imguard/test/v1", sealed) == b"old model"
    assert rotated.opener(rotated.sealing.public) is rotated.sealing
    assert rotated.opener("00" * 32) is rotated.sealing
    assert rotated.rotated() is rotated


def test_retired_keys_are_kept_newest_first_and_not_for_ever() -> None:
    first = KeyPair.generate(RNG)
    keys = UserKeys(first.signing, first.sealing, KeyPair.generate(RNG).signing)
    for _ in range(MAX_RETIRED + 2):
        last = keys.sealing.public
        keys = keys.prepare(RNG).rotated()
        assert keys.retired[0].public == last
    assert len(keys.retired) == MAX_RETIRED


def test_moving_keys_to_another_device(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.enc", PASSWORD, RNG, CHEAP).prepare(RNG).rotated()
    moved = Moved("alice", {"name": "test"}, KeyPair(made.signing, made.sealing), made.retired)
    export_keys(tmp_path / "alice.keys", moved, NEW, RNG, CHEAP)
    assert stat.S_IMODE((tmp_path / "alice.keys").stat().st_mode) == 0o600
    with pytest.raises(WrongPassword):
        read_export(tmp_path / "alice.keys", PASSWORD)
    found = read_export(tmp_path / "alice.keys", NEW)
    assert (found.user, found.deployment) == ("alice", {"name": "test"})
    there = found.on_new_device(RNG)
    assert secrets_of(there)[:2] == secrets_of(made)[:2] and there.login.to_bytes() != made.login.to_bytes()
    assert [key.public for key in there.retired] == [key.public for key in made.retired]
    with pytest.raises(Conflict):
        export_keys(tmp_path / "alice.keys", moved, NEW, RNG, CHEAP)
    with pytest.raises(BadInput, match="no file"):
        read_export(tmp_path / "bob.keys", NEW)
    with pytest.raises(BadInput, match="keys import"):
        open_keys(tmp_path / "alice.keys", NEW)


def test_taking_over_account_keys_keeps_the_device(tmp_path: Path) -> None:
    mine = create_keys(tmp_path / "keys.enc", PASSWORD, RNG, CHEAP)
    other, older = KeyPair.generate(RNG), SealingKey.generate(RNG)
    found = mine.with_account(other, (older,))
    assert (found.signing, found.sealing, found.login) == (other.signing, other.sealing, mine.login)
    assert found.retired == (mine.sealing, older)
