"""A backup that was damaged anywhere restores nothing and says so."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.errors import AppError, BackupDamaged, BackupLocked, WrongVersion
from server_node.backup.archive import ArchiveReader, ArchiveWriter, verified
from server_node.backup.frames import FRAME, MAGIC, FrameReader, FrameWriter
from server_node.backup.restore import Order, restore_backup
from server_node.backup.take import Wish, take_backup
from tests.helpers.backups.world import CHEAP, PASSWORD, make_world

LOCKS = [None, PASSWORD]
FILES = {"settings.toml": b"a = 1", "policy.toml": b"", "outbox.db": bytes(3), "node.db": bytes(FRAME + 5)}
KEY = SigningKey.generate(SystemRandom())


def archive(password: str | None) -> bytes:
    file = io.BytesIO()
    writer = ArchiveWriter(FrameWriter(file, SystemRandom(), password, CHEAP))
    for name, data in FILES.items():
        writer.add_bytes(name, data)
    writer.finish({"version": 1}, KEY)
    return file.getvalue()


def unpack(raw: bytes, password: str | None) -> dict[str, bytes]:
    reader = ArchiveReader(FrameReader(io.BytesIO(raw), password))
    found = {name: b"".join(pieces) for name, _, pieces in reader.files()}
    verified(reader.document(), KEY.verify_key)
    return found


@pytest.mark.parametrize("password", LOCKS)
def test_what_goes_in_comes_out(password: str | None) -> None:
    assert unpack(archive(password), password) == FILES


@pytest.mark.slow
@pytest.mark.parametrize("password", LOCKS)
def test_every_flipped_bit_is_found(password: str | None) -> None:
    raw = archive(password)
    near = [*range(0, 400, 3), *range(len(raw) - 400, len(raw), 7)]
    places = [*near, *range(400, len(raw), len(raw) // 11)]
    for place in places:
        damaged = bytearray(raw)
        damaged[place] ^= 1 << place % 8
        with pytest.raises((BackupDamaged, BackupLocked, WrongVersion)):
            unpack(bytes(damaged), password)


@pytest.mark.parametrize("password", LOCKS)
def test_every_missing_end_is_found(password: str | None) -> None:
    raw = archive(password)
    for end in (0, 1, len(MAGIC), len(MAGIC) + 3, 300, FRAME, len(raw) - 33, len(raw) - 1):
        with pytest.raises((BackupDamaged, BackupLocked)):
            unpack(raw[:end], password)
    with pytest.raises(BackupDamaged):
        unpack(raw + b"\x00", password)


def test_locked_frames_cannot_change_places() -> None:
    raw = archive(PASSWORD)
    start = raw.index(b"}}") + 2
    frames, place = [], start
    while len(raw) - place > 32:
        size = int.from_bytes(raw[place : place + 4], "little")
        frames.append(raw[place : place + 4 + size])
        place += 4 + size
    assert len(frames) == 3
    for changed in ([frames[0], frames[2], frames[1]], frames[:-1], [*frames, frames[-1]]):
        with pytest.raises(BackupDamaged):
            unpack(raw[:start] + b"".join(changed) + raw[-32:], PASSWORD)


@pytest.mark.parametrize("name", ["../keys", "jobs/x/y", "jobs/" + "a" * 32 + "/../../x", "/etc/x", "keys/o.key"])
def test_foreign_names_are_refused(name: str) -> None:
    file = io.BytesIO()
    frames = FrameWriter(file, SystemRandom())
    frames.write(len(name).to_bytes(2, "little") + name.encode() + bytes(8) + bytes(32))
    frames.finish()
    with pytest.raises(BackupDamaged, match="none of ours"):
        unpack(file.getvalue(), None)


def test_costs_are_capped_before_any_work() -> None:
    head = {"lock": {"memory": 1 << 40, "passes": 1, "salt": "00" * 16, "start": "00" * 24}}
    body = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(BackupDamaged, match="more work"):
        FrameReader(io.BytesIO(MAGIC + len(body).to_bytes(4, "little") + body), PASSWORD)


def test_newer_formats_are_named() -> None:
    with pytest.raises(WrongVersion):
        FrameReader(io.BytesIO(b"imguard-backup-v2\n" + bytes(100)))
    with pytest.raises(BackupDamaged, match="no backup"):
        FrameReader(io.BytesIO(b"PK" + bytes(100)))


@pytest.mark.slow
@pytest.mark.parametrize("password", LOCKS)
async def test_damage_anywhere_restores_nothing(tmp_path: Path, password: str | None) -> None:
    world = await make_world(tmp_path)
    file = tmp_path / "one.backup"
    await asyncio.to_thread(take_backup, Wish(world.folder, file, password is not None, password, CHEAP))
    raw = file.read_bytes()
    for place in range(0, len(raw), len(raw) // 97):
        damaged = bytearray(raw)
        damaged[place] ^= 0x10
        file.write_bytes(damaged)
        with pytest.raises(AppError) as refused:
            await asyncio.to_thread(
                restore_backup, Order(file, tmp_path / "new", password, None if password else world.folder / "keys")
            )
        assert isinstance(refused.value, (BackupDamaged, BackupLocked, WrongVersion))
        assert not list(tmp_path.glob("*new*"))
