"""Settings of the desktop programs, and the profile folder that holds what one user keeps between two commands."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from common.config import Setting, Settings, load_settings
from common.deployment import MAX_BYTES, ROLES, Deployment
from common.errors import ConfigError, NotRegistered
from common.net.files import write_atomic, write_private
from common.system.paths import user_data, user_logs

SETTINGS = (
    Setting("parallel_chunks", int, 2, "How many chunks are on the way to each server at the same time, 1 to 16."),
    Setting("upload_retries", int, 6, "How often a chunk is sent again before the upload stops; it can be resumed."),
    Setting("connect_seconds", int, 10, "How long to wait for a connection to a node, in seconds."),
    Setting("answer_seconds", int, 120, "How long a node may stay silent before the request is given up, in seconds."),
    Setting("consent_days", int, 90, "How many days a new consent is valid."),
)
_KEY = re.compile(r"[0-9a-f]{64}")
_MAX_FORMER = 64
_RANGES = {
    "parallel_chunks": (1, 16),
    "upload_retries": (0, 100),
    "connect_seconds": (1, 600),
    "answer_seconds": (1, 3600),
    "consent_days": (1, 3650),
}


@dataclass(frozen=True)
class UserRecord:
    """Who uses this profile and what this device is called; the keys are public ones in hexadecimal.

    ``former`` are verify keys of this account that were rotated: the log knows the user by them, too.
    """

    name: str
    verify_key: str
    seal_key: str
    organisation: str = ""
    device: str = ""
    login_key: str = ""
    former: tuple[str, ...] = ()


class Profile:
    """A folder: ``deployment.json user.json keys.enc session.json checkpoint.txt settings.toml receipts/``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def deployment_path(self) -> Path:
        return self.root / "deployment.json"

    @property
    def keys_path(self) -> Path:
        return self.root / "keys.enc"

    @property
    def checkpoint_path(self) -> Path:
        return self.root / "checkpoint.txt"

    @property
    def receipts_path(self) -> Path:
        return self.root / "receipts"

    def create(self) -> None:
        """Make the folder, readable by its owner only."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def settings(self) -> Settings:
        """Raises:
        ConfigError: ``settings.toml`` holds an unknown name, a wrong type or a value out of range.
        """
        path = self.root / "settings.toml"
        found = load_settings(SETTINGS, path if path.exists() else None)
        for name, (low, high) in _RANGES.items():
            if not low <= found[name] <= high:
                raise ConfigError(f"Setting {name!r} must be from {low} to {high}.", setting=name)
        return found

    def deployment(self) -> Deployment:
        """Raises:
        NotRegistered: nobody registered in this profile yet.
        ConfigError: the file is damaged.
        """
        if not self.deployment_path.exists():
            raise NotRegistered(f"The profile {self.root} belongs to no deployment yet.")
        return Deployment.load(self.deployment_path)

    def user(self) -> UserRecord:
        """Raises:
        NotRegistered: nobody registered in this profile yet.
        ConfigError: ``user.json`` is damaged.
        """
        found = self._read("user.json")
        if found is None:
            raise NotRegistered(f"Nobody is registered in the profile {self.root} yet.")
        try:
            required = str(found["name"]), str(found["verify_key"]), str(found["seal_key"])
            organisation, device, login = (str(found.get(name, "")) for name in ("organisation", "device", "login_key"))
            former = tuple(str(key) for key in found.get("former", []) if _KEY.fullmatch(str(key)))
            return UserRecord(*required, organisation, device, login, former[:_MAX_FORMER])
        except (KeyError, TypeError) as error:
            raise ConfigError("user.json of the profile is damaged; it lacks a field.") from error

    def save_user(self, user: UserRecord) -> None:
        write_atomic(self.root / "user.json", json.dumps(asdict(user), indent=1).encode())

    def tokens(self) -> dict[str, str]:
        """Login tokens by role (``a``, ``b``, ``log``); empty when logged out."""
        found = self._read("session.json") or {}
        return {role: token for role, token in found.items() if role in ROLES and isinstance(token, str)}

    def save_tokens(self, tokens: dict[str, str]) -> None:
        write_private(self.root / "session.json", json.dumps(tokens).encode())

    def forget_tokens(self) -> None:
        (self.root / "session.json").unlink(missing_ok=True)

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.root / name
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ConfigError(f"{name} of the profile is too large.")
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ConfigError(f"{name} of the profile cannot be read: {error}") from error
        if not isinstance(found, dict):
            raise ConfigError(f"{name} of the profile does not have the form it must have.")
        return found


def default_profile() -> Path:
    """``IMGUARD_PROFILE``, or the platform's folder for user data."""
    chosen = os.environ.get("IMGUARD_PROFILE")
    return Path(chosen) if chosen else user_data()


def log_path() -> Path:
    """Where the command line notes unforeseen failures: the platform's folder for logs."""
    return user_logs() / "imguard.log"
