"""What whoever provisions has decided, in one file beside the authority: all kits can be made from it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.deployment import Deployment
from common.errors import ConfigError
from common.net.files import write_private

KITS: Final = "kits"
AUTHORITY: Final = "ca"
_NAME: Final = "issued.json"


@dataclass(frozen=True)
class Issued:
    """Number and time of the last change, the deployment, a certificate for each node, organisations in order."""

    serial: int
    time: str
    deployment: Deployment
    certificates: Mapping[str, str]
    organisations: tuple[str, ...] = ()


def write_issued(office: Path, issued: Issued) -> None:
    """Keep it; from then on it is so, whatever happens before the kits are made."""
    body = {
        "version": 1,
        "serial": issued.serial,
        "time": issued.time,
        "deployment": issued.deployment.body,
        "certificates": dict(issued.certificates),
        "organisations": list(issued.organisations),
    }
    write_private(office / AUTHORITY / _NAME, json.dumps(body, indent=1).encode())


def read_issued(office: Path) -> Issued:
    """Raises:
    ConfigError: this is not the folder of a deployment that was provisioned, or the file is damaged.
    """
    try:
        found: dict[str, Any] = json.loads((office / AUTHORITY / _NAME).read_text(encoding="utf-8"))
        if found["version"] != 1 or type(found["serial"]) is not int:
            raise ValueError("wrong version")
        deployment = Deployment.from_json(found["deployment"])
        certificates = {role: str(found["certificates"][role]) for role in deployment.roles}
        organisations = tuple(str(one) for one in found["organisations"])
        return Issued(found["serial"], str(found["time"]), deployment, certificates, organisations)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{office} is not a folder that `imguard provision new` made, or it is damaged.") from error
