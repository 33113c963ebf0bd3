"""Where a component of an operator's own is: a URL from a settings file, whose password may stand in another file."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from common.errors import ConfigError

_MAX_SECRET: Final = 1024


@dataclass(frozen=True)
class Endpoint:
    """A scheme, a host, a port and who asks; prints without the password. ``path`` has no slash in front."""

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether what is said to it stays on this machine."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class EndpointFiles:
    """Files that belong to a URL: one with the password, one with the certificates its own must come from."""

    password: Path | None = None
    ca: Path | None = None


def parse_endpoint(setting: str, text: str, schemes: Sequence[str], files: EndpointFiles | None = None) -> Endpoint:
    """Read ``SCHEME://[USER[:PASSWORD]@]HOST:PORT[/PATH]``, the value of a setting; ``setting`` is named in errors.

    Raises:
        ConfigError: another form, or the password file cannot be read. The text itself is never repeated: it may
            hold a password.
    """
    files = files or EndpointFiles()
    parts, port = _split(setting, text, schemes)
    password = unquote(parts.password or "") or _read_secret(setting, files.password)
    if files.ca is not None and not files.ca.is_file():
        raise ConfigError(f"The certificates for {setting!r} cannot be read.", setting=setting)
    return Endpoint(
        parts.scheme,
        parts.hostname or "",
        port,
        parts.path.removeprefix("/"),
        unquote(parts.username or ""),
        password,
        files.ca,
    )


def _split(setting: str, text: str, schemes: Sequence[str]) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused(setting, "it is not a URL") from None
    if parts.scheme not in schemes:
        raise _refused(setting, f"it must begin with {' or '.join(f'{scheme}:' for scheme in schemes)}")
    if not parts.hostname or not port:
        raise _refused(setting, "it needs a host and a port")
    if parts.query or parts.fragment:
        raise _refused(setting, "nothing may follow after ? or #")
    return parts, port


def _read_secret(setting: str, path: Path | None) -> str:
    if path is None:
        return ""
    try:
        with path.open("rb") as source:
            raw = source.read(_MAX_SECRET + 1)
        found = raw.decode().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The password file for {setting!r} cannot be read.", setting=setting) from error
    if not found or len(raw) > _MAX_SECRET:
        raise ConfigError(f"The password file for {setting!r} holds no password.", setting=setting)
    return found


def _refused(setting: str, reason: str) -> ConfigError:
    return ConfigError(f"Setting {setting!r} cannot be used: {reason}.", setting=setting)
