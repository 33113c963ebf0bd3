"""Two sealed shares give exactly the model; anything else gives a named error before anything is allocated."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.crypto import domains
from common.crypto.rng import SystemRandom
from common.crypto.sealing import SealingKey, seal
from common.documents import canonical
from common.errors import AppError, BadBundle, BadSeal, Conflict, PeerMismatch
from desktop_client.reveal.combine import Model, combine, open_share, read_model, write_model
from desktop_client.reveal.fetch import fetch_model
from tests.unit.desktop_reveal.models import architecture, random_model, share_bytes, shares_of

KEY = SealingKey.generate(SystemRandom())
MODEL = random_model(architecture("average-pool", "mlp", "unit", 1))


def _sealed(plain: bytes) -> bytes:
    return seal(KEY.public, domains.MODEL_SEAL_V1, plain)


def _opened(party: str, model: Model = MODEL) -> Any:
    return open_share(KEY, _sealed(shares_of(model)[party]))


def test_combine_gives_the_exact_weights() -> None:
    found = combine(_opened("a"), _opened("b"))
    assert found.header == MODEL.header
    for name, tensor in MODEL.tensors.items():
        np.testing.assert_array_equal(found.tensors[name], tensor)
    assert found.parameters == 80 * 5 + 5 * 3


def test_combine_one_share_alone_says_nothing_about_the_weights() -> None:
    share = np.concatenate([t.reshape(-1) for t in _opened("a").tensors_share.values()])
    counts = np.bincount(share.view(np.uint8), minlength=256)
    expected = share.nbytes / 256
    assert ((counts - expected) ** 2 / expected).sum() < 400


def test_combine_refuses_shares_that_do_not_belong_together() -> None:
    other = Model({**MODEL.header, "epoch": 4}, MODEL.tensors)
    for pair in ((_opened("a"), _opened("a")), (_opened("b"), _opened("a")), (_opened("a"), _opened("b", other))):
        with pytest.raises(PeerMismatch):
            combine(*pair)


def test_open_share_for_somebody_else_or_another_purpose_is_refused() -> None:
    plain = shares_of(MODEL)["a"]
    with pytest.raises(BadSeal):
        open_share(SealingKey.generate(SystemRandom()), _sealed(plain))
    with pytest.raises(BadSeal):
        open_share(KEY, seal(KEY.public, domains.CHUNK_SEAL_V1, plain))
    with pytest.raises(BadSeal):
        open_share(KEY, b"")


@pytest.mark.parametrize("cut", [0, 3, 4, 40, -1, -8])
def test_open_share_cut_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(BadBundle):
        open_share(KEY, _sealed(shares_of(MODEL)["a"][:cut]))


def test_open_share_with_more_behind_it_is_refused() -> None:
    with pytest.raises(BadBundle):
        open_share(KEY, _sealed(shares_of(MODEL)["a"] + b"x"))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"version": True},
        {"party": "c"},
        {"party": None},
        {"extra": 1},
        {"fraction_bits": 64},
        {"fraction_bits": "16"},
        {"epoch": -1},
        {"job": 1},
        {"architecture": []},
        {"tensors": []},
        {"tensors": [{"name": "w", "shape": [1, 1], "more": 1}]},
        {"tensors": [{"name": "../w", "shape": [1]}]},
        {"tensors": [{"name": "w", "shape": []}]},
        {"tensors": [{"name": "w", "shape": [1, 1, 1, 1, 1]}]},
        {"tensors": [{"name": "w", "shape": [0]}]},
        {"tensors": [{"name": "w", "shape": [-1]}]},
        {"tensors": [{"name": "w", "shape": [1 << 27, 1 << 27]}]},
        {"tensors": [{"name": "w", "shape": [1]}, {"name": "w", "shape": [1]}]},
        {"tensors": [{"name": f"w{i}", "shape": [1]} for i in range(257)]},
    ],
)
def test_open_share_with_a_bad_header_is_refused(change: dict[str, Any]) -> None:
    head = {**MODEL.header, "party": "a", **change}
    with pytest.raises(BadBundle):
        open_share(KEY, _sealed(share_bytes(head, [np.zeros(1, np.uint64)])))


def test_open_share_header_must_be_canonical_json() -> None:
    head = canonical({**MODEL.header, "party": "a"})
    tail = shares_of(MODEL)["a"][4 + len(head) :]
    for text in (head.replace(b":1", b": 1", 1), b"{", b"[]", b"null", b"\xff" * 8):
        with pytest.raises(BadBundle):
            open_share(KEY, _sealed(struct.pack("<I", len(text)) + text + tail))


def test_model_file_keeps_the_model_and_is_private(tmp_path: Path) -> None:
    write_model(tmp_path / "m", MODEL)
    found = read_model(tmp_path / "m")
    assert found.header == MODEL.header
    for name, tensor in MODEL.tensors.items():
        np.testing.assert_array_equal(found.tensors[name], tensor)
    assert (tmp_path / "m").stat().st_mode & 0o777 == 0o600


def test_parts_of_a_model_that_a_killed_fetch_left_are_removed(tmp_path: Path) -> None:
    others = ["m2.0123456789abcdef.part", "m.part", "m.0123456789abcdef.partly", "m.igm"]
    for name in (*others, "m.0123456789abcdef.part"):
        (tmp_path / name).write_bytes(b"half")
    write_model(tmp_path / "m", MODEL)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "m"])


def test_model_file_with_values_that_are_no_numbers_is_refused(tmp_path: Path) -> None:
    broken = {name: np.full_like(tensor, np.nan) for name, tensor in MODEL.tensors.items()}
    write_model(tmp_path / "m", Model(MODEL.header, broken))
    with pytest.raises(BadBundle, match="no numbers"):
        read_model(tmp_path / "m")
    with pytest.raises(BadBundle):
        read_model(tmp_path / "missing")


class _Source:
    def __init__(self, answer: bytes | AppError) -> None:
        self.answer = answer

    async def model_share(self, job: str) -> bytes:
        if isinstance(self.answer, AppError):
            raise self.answer
        return self.answer


async def test_fetch_model_asks_both_servers() -> None:
    shares = {party: _Source(_sealed(plain)) for party, plain in shares_of(MODEL).items()}
    wanted = (MODEL.header["job"], MODEL.header["project_hash"])
    found = await fetch_model(shares["a"], shares["b"], wanted, KEY)
    np.testing.assert_array_equal(found.tensors["head.0.weight"], MODEL.tensors["head.0.weight"])
    for other in (("x" * 32, wanted[1]), (wanted[0], "00" * 32)):
        with pytest.raises(BadBundle):
            await fetch_model(shares["a"], shares["b"], other, KEY)
    with pytest.raises(Conflict):
        await fetch_model(shares["a"], _Source(Conflict()), wanted, KEY)
