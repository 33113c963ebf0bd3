"""Every setting of a server node and of a helper: name, type, default, one sentence. None makes anything less safe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.config import Setting, Settings, load_settings
from common.errors import ConfigError
from common.logs import FORMATS, TEXT

FILE_NAME = "settings.toml"

SETTINGS: tuple[Setting, ...] = (
    Setting("listen_host", str, "127.0.0.1", "Address this node listens on; 0.0.0.0 for every interface."),
    Setting("listen_port", int, 9001, "Port of the HTTPS interface."),
    Setting("link_listen_host", str, "127.0.0.1", "Address the workers of server A listen on for those of server B."),
    Setting("log_level", str, "INFO", "How much is logged: DEBUG, INFO, WARNING or ERROR."),
    Setting("log_format", str, TEXT, "How log lines look: text, or json for programs that collect them."),
    Setting("token_minutes", int, 60, "How long a login lasts."),
    Setting("challenge_seconds", int, 60, "How long a login challenge can be answered."),
    Setting("logins_per_minute", int, 60, "Login attempts allowed per address, and refused ones per user name."),
    Setting("disk_reserve_mib", int, 256, "Uploads are refused when less than this would stay free on the disk."),
    Setting(
        "database_url",
        str,
        "sqlite:",
        "Where tables are kept: sqlite: (a file in this folder) or mysql+asyncmy://USER:PASSWORD@HOST:PORT/DATABASE.",
        secret=True,
    ),
    Setting("database_password_file", str, "", "File with the password of the database, if the URL has none."),
    Setting("database_ca_file", str, "", "Certificates that the database server's own must come from (PEM)."),
    Setting("database_patience_seconds", int, 60, "How long a start waits for a database that does not answer."),
    Setting(
        "live_url",
        str,
        "memory:",
        "Where counters and wake-ups are shared: memory: (one process) or redis://USER:PASSWORD@HOST:PORT/NUMBER.",
        secret=True,
    ),
    Setting("live_password_file", str, "", "File with the password of Redis, if the URL has none."),
    Setting("live_ca_file", str, "", "Certificates that the certificate of Redis must come from (PEM)."),
    Setting(
        "blobs_url",
        str,
        "files:",
        "Where encrypted shares are kept: files: (in this folder) or an IPFS node, ipfs+http://USER:PASSWORD@HOST:PORT.",
        secret=True,
    ),
    Setting("blobs_password_file", str, "", "File with the password of the IPFS node, if the URL has none."),
    Setting("blobs_ca_file", str, "", "Certificates that the certificate of the IPFS node must come from (PEM)."),
    Setting("running_jobs", int, 1, "Jobs computed at the same time; each uses the next link port."),
    Setting("waiting_jobs", int, 16, "Jobs that may wait in the queue."),
    Setting("stalled_attempts", int, 10, "How often a job may break off without coming further before it fails."),
    Setting("keep_failed_hours", int, 168, "How long the files of a failed job are kept for a retry."),
    Setting("compute_device", str, "cpu", "Where jobs compute: cpu, cuda, or cuda:N for the GPU of that number."),
    Setting(
        "lanes",
        int,
        1,
        "Threads that prepare correlations while a job computes, as many as both servers allow; 0 prepares all before.",
    ),
    Setting("ahead_mib", int, 0, "Disk for correlations that were prepared ahead; 0 takes a quarter of what is free."),
    Setting("stop_grace_seconds", int, 2, "How long a worker may take to end before it is killed."),
    Setting("peer_timeout_seconds", int, 20, "How long a question to the other server may take."),
    Setting("peer_retry_seconds", int, 2, "First pause before the other server is asked again about a data set."),
)

HELPER_SETTINGS: tuple[Setting, ...] = (
    Setting("listen_host", str, "127.0.0.1", "Address the helper listens on; 0.0.0.0 for every interface."),
    Setting("listen_port", int, 9201, "Port of the helper."),
    Setting("log_level", str, "INFO", "How much is logged: DEBUG, INFO, WARNING or ERROR."),
    Setting("log_format", str, TEXT, "How log lines look: text, or json for programs that collect them."),
    Setting("threads", int, 0, "Threads that share the dealing; 0 takes as many as there are cores."),
    Setting("patience_seconds", int, 300, "How long the helper lets one server wait for the other."),
)

_RANGES: Mapping[str, tuple[int, int]] = {
    "listen_port": (0, 65535),
    "token_minutes": (1, 24 * 60),
    "challenge_seconds": (5, 600),
    "logins_per_minute": (1, 10_000),
    "disk_reserve_mib": (0, 1 << 40),
    "database_patience_seconds": (0, 3600),
    "running_jobs": (1, 8),
    "waiting_jobs": (0, 1000),
    "stalled_attempts": (1, 1000),
    "keep_failed_hours": (0, 24 * 365),
    "lanes": (0, 16),
    "ahead_mib": (0, 1 << 40),
    "stop_grace_seconds": (0, 4),
    "peer_timeout_seconds": (1, 600),
    "peer_retry_seconds": (1, 600),
    "threads": (0, 256),
    "patience_seconds": (1, 500),
}
_DEVICE = re.compile(r"cpu|cuda(:[0-9]{1,2})?")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def load(folder: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the node in ``folder``.

    Raises:
        ConfigError: no settings file, or a value that cannot be used.
    """
    return check(load_settings(SETTINGS, folder / FILE_NAME, overrides))


def load_helper(folder: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the helper in ``folder``. Raises as :func:`load`."""
    return check(load_settings(HELPER_SETTINGS, folder / FILE_NAME, overrides))


def check(settings: Settings) -> Settings:
    """The same settings, after every value was found to lie in its range.

    Raises:
        ConfigError: names the setting and the range.
    """
    for name, (low, high) in _RANGES.items():
        if name in settings and not low <= settings[name] <= high:
            raise ConfigError(f"Setting {name!r} must lie between {low} and {high}.", setting=name)
    if "compute_device" in settings and not _DEVICE.fullmatch(settings["compute_device"]):
        raise ConfigError("Setting 'compute_device' must be cpu, cuda or cuda:N.", setting="compute_device")
    if settings["log_level"] not in _LEVELS:
        raise ConfigError(f"Setting 'log_level' must be one of {', '.join(_LEVELS)}.", setting="log_level")
    if settings["log_format"] not in FORMATS:
        raise ConfigError(f"Setting 'log_format' must be one of {', '.join(FORMATS)}.", setting="log_format")
    return settings
