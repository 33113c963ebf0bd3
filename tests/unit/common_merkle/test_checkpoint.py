"""Signed notes against the published example, and checkpoints against damage of every bit."""

from __future__ import annotations

import base64

import pytest

from common.crypto.signing import SigningKey
from common.errors import BadSignature, LogTampered
from common.merkle.checkpoint import (
    MAX_CHECKPOINT,
    Checkpoint,
    key_id,
    open_checkpoint,
    open_note,
    origin_of,
    sign_checkpoint,
    sign_note,
)
from common.merkle.tree import EMPTY_ROOT

KEY = SigningKey.from_bytes(bytes(range(32)))
OTHER = SigningKey.from_bytes(bytes(range(1, 33)))
CHECKPOINT = Checkpoint(origin_of(KEY.verify_key), 42, bytes(range(100, 132)))
NOTE = sign_checkpoint(CHECKPOINT, KEY)

# The example of golang.org/x/mod/sumdb/note.
GO_NAME = "PeterNeumann"
GO_KEY = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:].hex()
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def resigned(text: str) -> str:
    """A note of our log, well signed, with another text."""
    return sign_note(text, CHECKPOINT.origin, KEY)


def test_note_published_example_opens_and_is_reproduced() -> None:
    assert key_id(GO_NAME, GO_KEY).hex() == "c74f20a3"
    assert open_note(GO_TEXT + "\n" + GO_SIGNATURE, GO_NAME, GO_KEY) == GO_TEXT
    assert sign_note(GO_TEXT, GO_NAME, SigningKey.from_bytes(GO_SEED)) == GO_TEXT + "\n" + GO_SIGNATURE


def test_checkpoint_signed_then_opened_is_the_same() -> None:
    assert open_checkpoint(NOTE, KEY.verify_key) == CHECKPOINT
    empty = Checkpoint(CHECKPOINT.origin, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, KEY), KEY.verify_key) == empty


def test_checkpoint_has_three_lines_a_blank_and_a_signature() -> None:
    lines = NOTE.split("\n")
    assert lines[0] == origin_of(KEY.verify_key) and lines[1] == "42"
    assert base64.b64decode(lines[2]) == CHECKPOINT.root
    assert lines[3] == "" and lines[4].startswith(f"\u2014 {lines[0]} ") and lines[5:] == [""]


def test_checkpoint_every_flipped_bit_raises() -> None:
    raw = NOTE.encode()
    for place in range(len(raw)):
        for bit in range(8):
            changed = raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]
            with pytest.raises((LogTampered, BadSignature)):
                open_checkpoint(changed.decode(errors="replace"), KEY.verify_key)


def test_checkpoint_every_cut_raises() -> None:
    for end in range(len(NOTE)):
        with pytest.raises((LogTampered, BadSignature)):
            open_checkpoint(NOTE[:end], KEY.verify_key)


def test_checkpoint_of_another_log_raises() -> None:
    with pytest.raises(BadSignature):
        open_checkpoint(NOTE, OTHER.verify_key)
    foreign = sign_note(CHECKPOINT.text, CHECKPOINT.origin, OTHER)
    with pytest.raises(BadSignature):
        open_checkpoint(foreign, KEY.verify_key)


def test_checkpoint_with_key_id_of_ours_but_foreign_signature_raises() -> None:
    foreign = sign_note(CHECKPOINT.text, CHECKPOINT.origin, OTHER)
    blob = base64.b64decode(foreign.rsplit(" ", 1)[1])
    ours = base64.b64encode(key_id(CHECKPOINT.origin, KEY.verify_key) + blob[4:]).decode()
    with pytest.raises(BadSignature):
        open_checkpoint(foreign.rsplit(" ", 1)[0] + f" {ours}\n", KEY.verify_key)


def test_checkpoint_with_signatures_of_others_is_accepted() -> None:
    cosigned = NOTE + sign_note(CHECKPOINT.text, "witness.example/one", OTHER).split("\n\n")[1]
    assert open_checkpoint(cosigned, KEY.verify_key) == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        f"{CHECKPOINT.origin}\n042\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"{CHECKPOINT.origin}\n-1\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"{CHECKPOINT.origin}\n4２\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"{CHECKPOINT.origin}\n99999999999999999999\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"{CHECKPOINT.origin}\n42\n{base64.b64encode(CHECKPOINT.root[:-1]).decode()}\n",
        f"{CHECKPOINT.origin}\n42\n{base64.b64encode(CHECKPOINT.root).decode().rstrip('=')}\n",
        f"{CHECKPOINT.origin}\n42\n{base64.b64encode(CHECKPOINT.root).decode()[:-2]}F=\n",
        f"{CHECKPOINT.origin}\n42\n*{base64.b64encode(CHECKPOINT.root).decode()}\n",
        f"{CHECKPOINT.origin}\n42\n",
        f"{CHECKPOINT.text}extension\n",
        f"imguard-log/other\n42\n{base64.b64encode(CHECKPOINT.root).decode()}\n",
    ],
)
def test_checkpoint_well_signed_but_of_wrong_form_raises(text: str) -> None:
    with pytest.raises(LogTampered):
        open_checkpoint(resigned(text), KEY.verify_key)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        CHECKPOINT.text,
        NOTE + "x" * MAX_CHECKPOINT,
        NOTE.replace("\n", "\r\n"),
        NOTE[:-1] + "\x00\n",
        NOTE + NOTE.split("\n\n")[1] * 20,
        NOTE + "not a signature\n",
        NOTE + "\u2014 short AAAA\n",
        NOTE + "\u2014 bad+name AAAAAAAA\n",
    ],
)
def test_note_of_wrong_form_raises(note: str) -> None:
    with pytest.raises(LogTampered):
        open_checkpoint(note, KEY.verify_key)


def test_note_signed_twice_by_the_same_key_raises() -> None:
    with pytest.raises(BadSignature):
        open_checkpoint(NOTE + NOTE.split("\n\n")[1], KEY.verify_key)
