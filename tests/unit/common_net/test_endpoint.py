"""URLs of an operator's own components: what is taken, what is refused, and that no password is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import ConfigError
from common.net.endpoint import Endpoint, EndpointFiles, parse_endpoint

SCHEMES = ("redis", "rediss")


def parse(text: str, files: EndpointFiles | None = None) -> Endpoint:
    return parse_endpoint("live_url", text, SCHEMES, files)


def test_every_part_is_read() -> None:
    found = parse("rediss://node%40a:p%2Fw@cache.example:6379/3")
    assert found == Endpoint("rediss", "cache.example", 6379, "3", "node@a", "p/w")
    assert "p/w" not in repr(found)
    assert parse("redis://127.0.0.1:1") == Endpoint("redis", "127.0.0.1", 1)


@pytest.mark.parametrize(
    ("text", "authority", "is_local"),
    [
        ("redis://127.0.0.1:6379", "127.0.0.1:6379", True),
        ("redis://localhost:6379", "localhost:6379", True),
        ("redis://[::1]:6379", "[::1]:6379", True),
        ("redis://10.0.0.1:6379", "10.0.0.1:6379", False),
        ("redis://localhost.example:6379", "localhost.example:6379", False),
    ],
)
def test_it_knows_what_stays_on_this_machine(text: str, authority: str, is_local: bool) -> None:
    found = parse(text)
    assert (found.authority, found.is_local) == (authority, is_local)


@pytest.mark.parametrize(
    "text",
    ["", "memory:", "http://a:1", "redis://", "redis://a", "redis://:secret@:1", "redis://a:secret", "redis://a:99999",
     "redis://a:0", "redis://u:secret@a:1?x=1", "redis://u:secret@a:1#x", "redis://[::1", "redis:secret"],
)  # fmt: skip
def test_other_texts_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert refused.value.details == {"setting": "live_url"}
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_password_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "redis.password"
    secret.write_text("from the file\n", encoding="utf-8")
    assert parse("redis://a:1", EndpointFiles(secret)).password == "from the file"
    assert parse("redis://:own@a:1", EndpointFiles(secret)).password == "own"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 1025])
def test_password_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    secret = tmp_path / "redis.password"
    if content is not None:
        secret.write_bytes(content)
    with pytest.raises(ConfigError, match="password file"):
        parse("redis://a:1", EndpointFiles(secret))


def test_missing_certificates_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="certificates"):
        parse("rediss://a:1", EndpointFiles(ca=tmp_path / "ca.pem"))
