"""Key files are what their specification says: two implementations agree, and each of the three kinds opens."""

from __future__ import annotations

import json
from pathlib import Path

from desktop_client.keystore import open_keys, read_export
from tests.vectors.generate.keys import key_file_v2 as generate
from tests.vectors.verify.keys import key_file_v2 as verify

PINNED = json.loads(verify.VECTORS.read_text(encoding="utf-8"))


def test_key_file_vectors_are_what_the_product_makes() -> None:
    assert generate.vectors() == PINNED


def test_key_file_vectors_second_implementation_agrees() -> None:
    verify.check(PINNED)


def test_key_files_of_every_version_open(tmp_path: Path) -> None:
    for name, raw in PINNED["files"].items():
        (tmp_path / name).write_bytes(bytes.fromhex(raw))
    old, new = (open_keys(tmp_path / name, PINNED["password"]) for name in ("keys-v1", "keys-v2"))
    moved = read_export(tmp_path / "move-v1", PINNED["password"])
    assert old.signing.verify_key == new.signing.verify_key == moved.account.signing.verify_key
    assert (old.login.verify_key, new.login.to_bytes()) == (old.signing.verify_key, b"\x07" * 32)
    assert new.prepared is not None and new.prepared.sealing.to_bytes() == b"\x04" * 32
    assert [key.to_bytes() for key in new.retired] == [key.to_bytes() for key in moved.retired] == [b"\x06" * 32]
