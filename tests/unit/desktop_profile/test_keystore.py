"""The key file: opens with its password, says what is wrong otherwise, and shows nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from nacl import pwhash

from common.crypto.rng import SystemRandom
from common.errors import BadInput, NotRegistered, StoreDamaged, WrongPassword
from desktop_client.keystore import Cost, create_keys, open_keys
from tests.helpers.seeded import SeededRandom

CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
PASSWORD = "correct horse battery"


def test_keystore_opens_with_its_password(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.enc", PASSWORD, SystemRandom(), CHEAP)
    opened = open_keys(tmp_path / "keys.enc", PASSWORD)
    assert opened.signing.to_bytes() == made.signing.to_bytes()
    assert opened.sealing.to_bytes() == made.sealing.to_bytes()
    assert opened.signing.to_bytes() != opened.sealing.to_bytes()


def test_keystore_file_is_private_and_holds_no_key(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.enc", PASSWORD, SystemRandom(), CHEAP)
    assert stat.S_IMODE((tmp_path / "keys.enc").stat().st_mode) == 0o600
    raw = (tmp_path / "keys.enc").read_bytes()
    assert made.signing.to_bytes() not in raw
    assert made.sealing.to_bytes() not in raw
    assert PASSWORD.encode() not in raw


def test_keystore_wrong_password_raises(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys.enc", PASSWORD, SystemRandom(), CHEAP)
    with pytest.raises(WrongPassword):
        open_keys(tmp_path / "keys.enc", PASSWORD + "!")


def test_keystore_same_password_in_another_unicode_form_opens(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys.enc", "m\u00fcller-stra\u00dfe", SystemRandom(), CHEAP)
    assert open_keys(tmp_path / "keys.enc", "mu\u0308ller-stra\u00dfe")


def test_keystore_short_password_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        create_keys(tmp_path / "keys.enc", "123456789", SystemRandom(), CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_keystore_no_file_raises_not_registered(tmp_path: Path) -> None:
    with pytest.raises(NotRegistered):
        open_keys(tmp_path / "keys.enc", PASSWORD)


def test_keystore_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "keys.enc"
    create_keys(path, PASSWORD, SeededRandom("damage"), CHEAP)
    raw = path.read_bytes()
    for position in range(len(raw)):
        path.write_bytes(raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :])
        with pytest.raises(StoreDamaged):
            open_keys(path, PASSWORD)


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_keystore_cut_or_longer_file_is_noticed(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "keys.enc"
    create_keys(path, PASSWORD, SystemRandom(), CHEAP)
    raw = path.read_bytes()
    path.write_bytes(raw + b"x" if cut == 0 else raw[:cut])
    with pytest.raises(StoreDamaged):
        open_keys(path, PASSWORD)


def test_keystore_keys_do_not_print(tmp_path: Path) -> None:
    made = create_keys(tmp_path / "keys.enc", PASSWORD, SystemRandom(), CHEAP)
    assert made.signing.to_bytes().hex() not in repr(made)
    assert "signing" not in repr(made)
