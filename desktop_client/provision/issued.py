"""What whoever provisions has handed out: the number of the newest kits, and the organisations that have one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from common.errors import ConfigError
from common.net.files import write_private

KITS: Final = "kits"
_NAME: Final = "issued.json"


@dataclass(frozen=True)
class Issued:
    """``serial`` is the number of the newest kits; organisations are in the order they came."""

    serial: int
    organisations: tuple[str, ...] = ()


def write_issued(office: Path, issued: Issued) -> None:
    """Keep it beside the authority."""
    write_private(office / "ca" / _NAME, json.dumps({"version": 1, **asdict(issued)}, indent=1).encode())


def read_issued(office: Path) -> Issued:
    """Raises:
    ConfigError: this is not the folder of a deployment that was provisioned, or the file is damaged.
    """
    try:
        found = json.loads((office / "ca" / _NAME).read_text(encoding="utf-8"))
        serial, organisations = found["serial"], found["organisations"]
        if found["version"] != 1 or type(serial) is not int or not all(isinstance(one, str) for one in organisations):
            raise ValueError("wrong form")
        return Issued(serial, tuple(organisations))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{office} is not a folder that `imguard provision new` made, or it is damaged.") from error
