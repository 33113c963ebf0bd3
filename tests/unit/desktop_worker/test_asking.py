"""Images of a test are split in the helper process."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey
from common.crypto.signing import SigningKey
from common.errors import BadInput
from desktop_client.worker.models.asking import split_test
from tests.helpers.desktop.kept_models import new_channel, pictures, said

CLASSES = ["healthy", "ill", "unclear"]


def _request(folder: Path, source: Path, **changes: Any) -> dict[str, Any]:
    rng = SystemRandom()
    keys = {role: SealingKey.generate(rng).public for role in ("a", "b")}
    return {
        "source": str(source), "classes": CLASSES, "height": 16, "width": 20, "channels": 1, "bits": 8, "most": 100,
        "label": "", "window": None, "name": "test", "owner": "alice", "created": "2026-01-31T12:00:00Z",
        "signing": SigningKey.generate(rng).to_bytes().hex(),
        "seal_keys": {role: key if isinstance(key, str) else key.hex() for role, key in keys.items()},
        "out": str(folder / "out"), **changes,
    }  # fmt: skip


def test_folder_is_split_and_its_order_told(tmp_path: Path) -> None:
    source = pictures(tmp_path / "images", 2)
    (source / "ill" / "broken.png").write_bytes(b"no picture")
    channel, sink = new_channel()
    found = split_test(_request(tmp_path, source), channel)
    assert (found["count"], found["refused"], found["seen"]) == (6, 1, "")
    names = [name for part in said(sink, "part") for name in part.get("names", [])]
    assert sorted(names) == sorted(f"{name}/{number}.png" for name in CLASSES for number in range(2))
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"manifest.json"}


def test_one_picture_is_shown_as_it_was_split(tmp_path: Path) -> None:
    source = pictures(tmp_path / "images", 1) / "ill" / "0.png"
    channel, _ = new_channel()
    found = split_test(_request(tmp_path, source), channel)
    assert found["count"] == 1
    assert base64.b64decode(found["seen"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("changes", [{"most": 1}, {"signing": "zz"}, {"height": 0}], ids=str)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    source = pictures(tmp_path / "images", 1)
    channel, _ = new_channel()
    with pytest.raises(BadInput):
        split_test(_request(tmp_path, source, **changes), channel)
