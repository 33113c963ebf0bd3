"""Makes key_file_v2.json from the product's own code.

Run it: ``python -m tests.vectors.generate.keys.key_file_v2 > tests/vectors/key_file_v2.json``;
``tests/vectors/verify/keys/key_file_v2.py`` checks it with a second implementation.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from nacl import pwhash

from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from desktop_client.keystore import Cost, KeyPair, Moved, UserKeys, export_keys, save_keys
from desktop_client.locked import lock
from tests.helpers.seeded import SeededRandom

CHEAP = Cost(pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN)
PASSWORD = "mu\u0308ller-stra\u00dfe"
"""With a letter in two characters: its form NFKC has one."""


def _pair(number: int) -> KeyPair:
    return KeyPair(SigningKey.from_bytes(bytes([number]) * 32), SealingKey.from_bytes(bytes([number + 1]) * 32))


def vectors() -> dict[str, Any]:
    """Everything that stands in the file."""
    account, prepared, old = _pair(1), _pair(3), _pair(5)
    login = SigningKey.from_bytes(bytes([7]) * 32)
    keys = UserKeys(account.signing, account.sealing, login, prepared, (old.sealing,))
    moved = Moved("alice", {"name": "test"}, account, (old.sealing,))
    first = account.signing.to_bytes() + account.sealing.to_bytes()
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "keys.enc", Path(folder) / "alice.keys"
        save_keys(paths[0], keys, PASSWORD, SeededRandom("keys"), CHEAP)
        export_keys(paths[1], moved, PASSWORD, SeededRandom("move"), CHEAP)
        found = [path.read_bytes().hex() for path in paths]
    return {
        "password": PASSWORD,
        "passes": CHEAP.passes,
        "memory": CHEAP.memory,
        "files": {
            "keys-v1": lock(b"imguard-keys-v1\n", first, PASSWORD, SeededRandom("first"), CHEAP).hex(),
            "keys-v2": found[0],
            "move-v1": found[1],
        },
        "payloads": {
            "keys-v1": first.hex(),
            "keys-v2": {
                "signing": "01" * 32, "sealing": "02" * 32, "login": "07" * 32,
                "prepared": {"signing": "03" * 32, "sealing": "04" * 32}, "retired": ["06" * 32],
            },
            "move-v1": {
                "signing": "01" * 32, "sealing": "02" * 32, "retired": ["06" * 32], "user": "alice",
                "deployment": {"name": "test"},
            },
        },
    }  # fmt: skip


def main() -> None:
    json.dump(vectors(), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
