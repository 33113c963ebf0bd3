"""The settings of the log node and the files in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from common.config import Setting, Settings, load_settings
from common.errors import ConfigError
from common.logs import FORMATS, TEXT

DEFAULT_PORT: Final = 9003

SETTINGS: Final = (
    Setting("host", str, "127.0.0.1", "Address to listen on."),
    Setting("port", int, DEFAULT_PORT, "Port to listen on; 0 takes any free one."),
    Setting("log_level", str, "INFO", "How much to report: DEBUG, INFO, WARNING or ERROR."),
    Setting("log_format", str, TEXT, "How log lines look: text, or json for programs that collect them."),
    Setting("segment_mib", int, 64, "Size in MiB after which the log goes on in a new file, 1 to 1024."),
    Setting("token_minutes", int, 60, "How long a login lasts."),
    Setting("challenge_seconds", int, 60, "How long a login challenge can be answered."),
    Setting("logins_per_minute", int, 60, "Login attempts allowed per address, and refused ones per user name."),
)
_RANGES: Final = {
    "port": (0, 65535),
    "segment_mib": (1, 1024),
    "token_minutes": (1, 24 * 60),
    "challenge_seconds": (5, 600),
    "logins_per_minute": (1, 10_000),
}
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def settings_path(folder: Path) -> Path:
    return folder / "settings.toml"


def ledger_path(folder: Path) -> Path:
    return folder / "ledger"


def load(folder: Path) -> Settings:
    """The settings of a node folder.

    Raises:
        ConfigError: no settings file, or a value that cannot be used.
    """
    if not settings_path(folder).exists():
        raise ConfigError(f"{folder} was not initialised; run `imguard-log init` first.")
    settings = load_settings(SETTINGS, settings_path(folder))
    for name, (low, high) in _RANGES.items():
        if not low <= settings[name] <= high:
            raise ConfigError(f"Setting {name!r} must be from {low} to {high}.", setting=name)
    if settings["log_level"] not in _LEVELS:
        raise ConfigError(f"Setting 'log_level' must be one of {', '.join(_LEVELS)}.", setting="log_level")
    if settings["log_format"] not in FORMATS:
        raise ConfigError(f"Setting 'log_format' must be one of {', '.join(FORMATS)}.", setting="log_format")
    return settings
