"""Fingerprints that people compare, and the file of the first administrator's token."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from common.accounts.bootstrap import Bootstrap
from common.accounts.model import fingerprint
from tests.helpers.accounts.people import RNG, Person


def test_fingerprint_is_pinned() -> None:
    assert fingerprint("alice", "11" * 32, "22" * 32) == _independent("alice", "11" * 32, "22" * 32)
    assert fingerprint("alice", "11" * 32, "22" * 32) == "15944 50757 12205 79352 64645 98214"


def _independent(user: str, verify_key: str, seal_key: str) -> str:
    text = json.dumps({"seal_key": seal_key, "user": user, "verify_key": verify_key}, separators=(",", ":"))
    number = int(hashlib.sha256(b"imguard/fingerprint/v1\x00" + text.encode()).hexdigest(), 16) % 10**30
    digits = f"{number:030d}"
    return " ".join(digits[place : place + 5] for place in range(0, 30, 5))


def test_fingerprint_depends_on_everything() -> None:
    alice = Person("alice")
    cases = [("alice", *alice.keys), ("bob", *alice.keys), ("alice", *Person("x").keys)]
    cases.append(("alice", alice.keys[0], Person("x").keys[1]))
    assert len({fingerprint(*case) for case in cases}) == 4


def test_token_is_kept_as_a_hash_in_a_private_file(tmp_path: Path) -> None:
    bootstrap = Bootstrap(tmp_path)
    token = bootstrap.renew(RNG)
    assert len(token) == 32 and token.isalnum() and token.upper() == token
    assert bootstrap.path.read_text().strip() == hashlib.sha256(token.encode()).hexdigest()
    assert os.stat(bootstrap.path).st_mode & 0o777 == 0o600


def test_only_the_newest_token_is_accepted_and_only_until_it_was_used(tmp_path: Path) -> None:
    bootstrap = Bootstrap(tmp_path)
    first, second = bootstrap.renew(RNG), bootstrap.renew(RNG)
    assert [bootstrap.accepts(token) for token in (first, second, "", second[:-1])] == [False, True, False, False]
    bootstrap.use_up()
    assert not bootstrap.exists and not bootstrap.accepts(second)
    bootstrap.use_up()


@pytest.mark.parametrize("kept", [b"", b"\n", b"x" * 1000])
def test_damaged_file_accepts_nothing(tmp_path: Path, kept: bytes) -> None:
    bootstrap = Bootstrap(tmp_path)
    bootstrap.path.write_bytes(kept)
    assert not bootstrap.accepts("") and not bootstrap.accepts("x" * 32)
