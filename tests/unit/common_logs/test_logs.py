"""Log lines: their two forms, the ids they carry, and that no secret reaches one."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re

import pytest

from common.logs import JSON, TEXT, Redaction, bound, current_request, is_request_id, redact, setup_logging

KEY = bytes(range(3, 35))
HEX = KEY.hex()
LOG = logging.getLogger("imguard.test")
PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----"


Capture = pytest.CaptureFixture[str]


def test_a_text_line_has_time_program_level_name_and_message(capsys: Capture) -> None:
    setup_logging("imguard-x", "INFO", TEXT)
    LOG.info("%d chunks", 3)
    LOG.debug("unseen")
    line = capsys.readouterr().err
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z imguard-x INFO imguard\.test: 3 chunks\n", line)


def test_a_json_line_is_one_object(capsys: Capture) -> None:
    setup_logging("imguard-x", "INFO", JSON)
    with bound(request="request-1", job="a" * 32):
        LOG.info("two\nlines")
    found = json.loads(capsys.readouterr().err)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "INFO", "program": "imguard-x", "logger": "imguard.test", "request": "request-1", "job": "a" * 32,
        "message": "two\nlines",
    }  # fmt: skip


def test_a_message_cannot_forge_a_second_line(capsys: Capture) -> None:
    setup_logging("imguard-x")
    LOG.info("name %s", "x\n2026-01-01T00:00:00.000Z imguard-x ERROR \x1b[31m")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "\x1b" not in said


async def test_ids_follow_tasks_and_end_with_their_block(capsys: Capture) -> None:
    setup_logging("imguard-x")

    async def work(number: int) -> None:
        with bound(request=f"request-{number}"):
            await asyncio.sleep(0)
            LOG.info("number %d of %s", number, current_request())

    with bound(job="j1"):
        await asyncio.gather(work(1), work(2))
    LOG.info("after")
    first, second, after = capsys.readouterr().err.splitlines()
    assert first.endswith("imguard.test [request=request-1 job=j1]: number 1 of request-1")
    assert second.endswith("imguard.test [request=request-2 job=j1]: number 2 of request-2")
    assert after.endswith("imguard.test: after") and current_request() is None


@pytest.mark.expects_warnings
@pytest.mark.parametrize("form", [TEXT, JSON])
@pytest.mark.parametrize(
    "secret",
    [
        HEX,
        HEX.upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY * 2).decode(),
        base64.b32encode(KEY[:15]).decode(),
    ],
)
def test_no_secret_reaches_a_line_or_its_traceback(capsys: Capture, form: str, secret: str) -> None:
    setup_logging("imguard-x", "INFO", form)
    LOG.info("found %s", secret)
    LOG.info("found {'a': '%s', 'b': [%s]}", secret, secret)
    try:
        raise ValueError(f"bad {secret}")
    except ValueError:
        LOG.exception("trouble")
    said = capsys.readouterr().err
    assert secret not in said and "ValueError" in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("password=hunter2 next", "password=*** next"),
        ("{'bootstrap_token': 'abcd', 'n': 1}", "{'bootstrap_token': '***', 'n': 1}"),
        ('{"passphrase":"x y","n":1}', '{"passphrase":"*** y","n":1}'),
        ("mysql+asyncmy://user:pw@host/db", "mysql+asyncmy://user:***@host/db"),
        ("redis://:pw@host:6379", "redis://:***@host:6379"),
        ("Cookie: a=b", "Cookie: ***"),
        (f"key {PEM} end", "key *** end"),
        (f"digest {HEX}", f"digest {HEX[:12]}…"),
    ],
)
def test_what_is_named_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "job 0123456789abcdef0123456789abcdef failed",
        "token_minutes = 60",
        "the code is bad-input",
        "/srv/imguard/node-a/shares/blobs/some/long/path/to/a/File1/OfTheNode.json",
        "request https://node-a.example:9001/v1/datasets",
        "PUT /v1/datasets took 12 ms",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_a_long_line_is_searched_in_linear_time() -> None:
    text = "aB1:" * 50_000
    assert redact(text) == text


def test_the_filter_hides_secrets_for_other_formatters() -> None:
    record = logging.LogRecord("imguard.x", logging.INFO, "", 0, "key %s", (HEX,), None)
    assert Redaction().filter(record) and record.getMessage() == f"key {HEX[:12]}…"


@pytest.mark.parametrize(
    ("value", "is_good"),
    [("0123456789abcdef", True), ("my-request-1", True), ("short", False), ("a" * 65, False), ("a b c d e f", False),
     ("12345678\n", False), ("-1234567", False), (None, False)],
)  # fmt: skip
def test_a_foreign_request_id_is_checked(value: str | None, is_good: bool) -> None:
    assert is_request_id(value) is is_good
