"""Settings are a table: name, type, default, one sentence. Help, documents, checks and files come from it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import ConfigError


@dataclass(frozen=True)
class Setting:
    """One setting of a program; ``kind`` is ``str``, ``int`` or ``bool``."""

    name: str
    kind: type
    default: str | int | bool
    help: str
    secret: bool = False


class Settings(Mapping[str, Any]):
    """Frozen values of a program's table; secrets print as ``***``."""

    def __init__(self, table: tuple[Setting, ...], values: Mapping[str, Any]) -> None:
        self._table = table
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        shown = {s.name: "***" if s.secret else self._values[s.name] for s in self._table}
        return f"Settings({shown})"


def load_settings(
    table: tuple[Setting, ...], path: Path | None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Defaults, then the TOML file, then overrides.

    Raises:
        ConfigError: unreadable file, unknown name or a value of the wrong type.
    """
    values: dict[str, Any] = {s.name: s.default for s in table}
    known = {s.name: s for s in table}
    for source, found in (("file", _read(path)), ("option", dict(overrides or {}))):
        for name, value in found.items():
            if name not in known:
                raise ConfigError(f"Unknown setting {name!r} ({source}).", setting=name)
            if type(value) is not known[name].kind:
                kind = known[name].kind.__name__
                raise ConfigError(f"Setting {name!r} must be of type {kind}.", setting=name)
            values[name] = value
    return Settings(table, values)


def render_settings(table: tuple[Setting, ...], values: Mapping[str, Any]) -> str:
    """The table as a TOML file with each setting's sentence above it."""
    lines: list[str] = []
    for setting in table:
        value = values.get(setting.name, setting.default)
        lines += [f"# {setting.help}", f"{setting.name} = {_toml(value)}", ""]
    return "\n".join(lines)


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"Cannot read settings from {path.name}: {error}") from error


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
