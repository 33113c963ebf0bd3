"""URLs of databases: what is taken, where the password comes from, and that nothing shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import ConfigError
from server_node.settings import SETTINGS
from server_node.storage.location import MYSQL, PASSWORD_VARIABLE, SQLITE, parse_location

URL = "mysql+asyncmy://imguard@db.example:3307/imguard_a"
SECRET = "geheim:p@ss/wörd"


@pytest.mark.parametrize(("text", "name"), [("sqlite:", "node.db"), ("sqlite:other.db", "other.db")])
def test_files_lie_in_the_folder_of_the_node(tmp_path: Path, text: str, name: str) -> None:
    location = parse_location(tmp_path, text)
    assert (location.kind, location.file, location.needs_tls) == (SQLITE, tmp_path / name, False)


@pytest.mark.parametrize("scheme", ["mysql+asyncmy", "mysql", "mariadb"])
def test_servers_have_one_driver(tmp_path: Path, scheme: str) -> None:
    location = parse_location(tmp_path, f"{scheme}://u:p@127.0.0.1/d")
    assert (location.kind, location.url.drivername, location.url.password) == (MYSQL, "mysql+asyncmy", "p")
    with pytest.raises(ConfigError):
        assert location.file


def test_password_comes_from_the_url_then_a_file_then_the_environment(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET + "\n", encoding="utf-8")
    environment = {PASSWORD_VARIABLE: "from the environment"}
    inside = URL.replace("imguard@", "imguard:inside@")
    in_url = parse_location(tmp_path, inside, tmp_path / "password", None, environment)
    in_file = parse_location(tmp_path, URL, tmp_path / "password", None, environment)
    outside = parse_location(tmp_path, URL, None, None, environment)
    found = [one.url.password for one in (in_url, in_file, outside)]
    assert found == ["inside", SECRET, "from the environment"]
    assert parse_location(tmp_path, URL).url.password is None


def test_nothing_shows_a_password(tmp_path: Path) -> None:
    location = parse_location(tmp_path, "mysql://imguard:geheim@db.example/imguard")
    assert "geheim" not in f"{location} {location!r} {location.url}" and "db.example" in repr(location)
    assert next(one for one in SETTINGS if one.name == "database_url").secret


@pytest.mark.parametrize(
    "text",
    [
        "", "geheim", "postgresql://u:geheim@h/d", "mysql://h/d", "mysql://u:geheim@h", "mysql://u:geheim@h/d?ssl=0",
        "mysql://u:geheim@h/a b", "mysql://u:geheim@h:port/d", "sqlite:../node.db", "sqlite:///etc/node.db",
    ],
)  # fmt: skip
def test_other_urls_are_refused_without_repeating_them(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_location(tmp_path, text)
    assert "database_url" in str(refused.value) and "geheim" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 2000])
def test_password_files_that_hold_none_are_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    with pytest.raises(ConfigError, match="password file"):
        parse_location(tmp_path, URL, tmp_path / "password")


@pytest.mark.parametrize(
    ("host", "needs"), [("127.0.0.1", False), ("localhost", False), ("[::1]", False), ("db.example", True)]
)
def test_other_machines_are_reached_by_tls_only(tmp_path: Path, host: str, needs: bool) -> None:
    assert parse_location(tmp_path, f"mysql://u:p@{host}/d").needs_tls is needs
    assert parse_location(tmp_path, f"mysql://u:p@{host}/d", None, tmp_path / "ca.pem").needs_tls
