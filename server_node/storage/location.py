"""Where a node keeps its relational data: an SQLite file in its folder, or a database of a MySQL or MariaDB server.

``sqlite:`` is the file ``node.db`` in the node's folder and ``sqlite:NAME`` another file there;
``mysql+asyncmy://USER:PASSWORD@HOST:PORT/DATABASE`` is a database of a server. The password may be left out: it is then
read from a file or from the environment. Whatever shows a location shows no password.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from common.config import Settings
from common.errors import ConfigError

SQLITE, MYSQL = "sqlite", "mysql"
FILE_NAME: Final = "node.db"
PASSWORD_VARIABLE: Final = "IMGUARD_DATABASE_PASSWORD"
_DRIVER: Final = "mysql+asyncmy"
_SCHEMES: Final = (_DRIVER, "mysql", "mariadb")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAME: Final = re.compile(r"[A-Za-z0-9_$-]{1,64}")
_MAX_PASSWORD: Final = 1024


@dataclass(frozen=True, repr=False)
class Location:
    """Where one node's tables are; prints without the password.

    ``path`` is the file of an SQLite database. ``ca_file`` holds the certificates a server's own must come from.
    """

    url: URL
    path: Path | None = None
    ca_file: Path | None = None

    @property
    def kind(self) -> str:
        """``sqlite`` or ``mysql``."""
        return SQLITE if self.path is not None else MYSQL

    @property
    def file(self) -> Path:
        """The file of an SQLite database.

        Raises:
            ConfigError: the data is on a server.
        """
        if self.path is None:
            raise ConfigError("This database is not a file.", setting="database_url")
        return self.path

    @property
    def needs_tls(self) -> bool:
        """Whether the connection leaves this machine, or certificates were named for it."""
        return self.kind == MYSQL and (self.ca_file is not None or not _is_loopback(self.url.host or ""))

    def __repr__(self) -> str:
        return self.url.render_as_string(hide_password=True)


def sqlite_at(path: Path) -> Location:
    """The location of an SQLite file."""
    return Location(URL.create("sqlite+aiosqlite", database=str(path)), path)


def locate(folder: Path, settings: Settings, environment: Mapping[str, str] | None = None) -> Location:
    """Where the settings of the node in ``folder`` say that its tables are.

    Raises:
        ConfigError: not a URL this program can use, or the password file cannot be read.
    """
    ca_file = settings["database_ca_file"]
    password_file = settings["database_password_file"]
    return parse_location(
        folder,
        settings["database_url"],
        folder / password_file if password_file else None,
        folder / ca_file if ca_file else None,
        os.environ if environment is None else environment,
    )


def parse_location(
    folder: Path,
    text: str,
    password_file: Path | None = None,
    ca_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Location:
    """As :func:`locate`, from the text of a URL. A password in it comes first, then the file, then the environment."""
    if text.startswith("sqlite:"):
        return sqlite_at(folder / _file_name(text.removeprefix("sqlite:")))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, so neither it nor what was said about it is repeated.
        raise _refused("it is not a URL") from error.__cause__
    if url.drivername not in _SCHEMES:
        raise _refused(f"it begins with neither sqlite: nor {_DRIVER}:")
    if not (url.host and url.username and _NAME.fullmatch(url.database or "")):
        raise _refused("it needs a user, a host and the name of a database")
    if url.query:
        raise _refused("options after ? are not taken")
    password = url.password or _password(password_file, environment or {})
    return Location(url.set(drivername=_DRIVER, password=password), None, ca_file)


def _file_name(name: str) -> str:
    if not name:
        return FILE_NAME
    if not _FILE.fullmatch(name):
        raise _refused("after sqlite: comes nothing, or the name of a file in the node's folder")
    return name


def _password(path: Path | None, environment: Mapping[str, str]) -> str | None:
    if path is None:
        return environment.get(PASSWORD_VARIABLE)
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_PASSWORD + 1)
        found = raw.decode().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The password file {path.name} cannot be read.", setting="database_password_file") from error
    if not found or len(raw) > _MAX_PASSWORD:
        raise ConfigError(f"The password file {path.name} holds no password.", setting="database_password_file")
    return found


def _refused(reason: str) -> ConfigError:
    return ConfigError(f"Setting 'database_url' cannot be used: {reason}.", setting="database_url")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
