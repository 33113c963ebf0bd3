"""The devices of the own account: login keys that the account key vouches for."""

from __future__ import annotations

from dataclasses import dataclass

from common.accounts.model import DeviceState
from common.errors import NotFound, UsageError
from desktop_client.keystore import UserKeys
from desktop_client.settings import UserRecord
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity.account import device_document
from desktop_client.upload.identity.clock import with_clock
from desktop_client.upload.identity.outcomes import Outcomes, ask
from desktop_client.upload.identity.rows import DeviceRow
from desktop_client.upload.identity.survey import details


@dataclass(frozen=True)
class Device:
    """One login key at all nodes that answered; ``states`` holds None where a node does not know it."""

    name: str
    key: str
    states: dict[str, str | None]
    last_login: str | None

    @property
    def state(self) -> str:
        """``active``, ``revoked``, or ``partly`` where nodes differ."""
        found = set(self.states.values())
        return str(next(iter(found))) if len(found) == 1 else "partly"


async def list_devices(nodes: Nodes, user: str) -> tuple[list[Device], Outcomes[object]]:
    """Every device of an account, in the order in which the first node learnt of them.

    Raises:
        NotFound: no node knows the account.
        AppError: no node answered.
    """
    outcomes, _ = await details(nodes, user)
    seen: dict[str, DeviceRow] = {}
    tables: dict[str, dict[str, DeviceRow]] = {}
    for role, found in outcomes.found.items():
        tables[role] = {device.key: device for device in found.devices} if found else {}
        for key, device in tables[role].items():
            seen.setdefault(key, device)
    devices = []
    for key, device in seen.items():
        rows = {role: table.get(key) for role, table in tables.items()}
        last = max((row.last_login or "" for row in rows.values() if row), default="")
        states = {role: row.state if row else None for role, row in rows.items()}
        devices.append(Device(device.name, key, states, last or None))
    return devices, Outcomes(dict(outcomes.found), outcomes.failed)


async def add_device(nodes: Nodes, user: UserRecord, name: str, keys: UserKeys) -> Outcomes[object]:
    """Introduce this device to all nodes; it needs no login. Adding it again changes nothing."""
    document = device_document(user.name, name, keys.login.verify_key, DeviceState.ACTIVE, keys)
    return await ask(nodes.everyone, lambda node: with_clock(node.change_device(user.name, document)))


async def revoke_device(nodes: Nodes, user: UserRecord, device: Device, keys: UserKeys) -> Outcomes[object]:
    """Refuse this login key from now on, for ever, at all nodes; logins of it end at once."""
    document = device_document(user.name, device.name, device.key, DeviceState.REVOKED, keys)
    return await ask(nodes.everyone, lambda node: with_clock(node.change_device(user.name, document)))


def find_device(devices: list[Device], given: str) -> Device:
    """The device with this name, or whose key begins with it.

    Raises:
        NotFound: there is none.
        UsageError: there are several.
    """
    by_name = [one for one in devices if one.name == given and one.state != DeviceState.REVOKED]
    found = by_name or [one for one in devices if len(given) >= 6 and one.key.startswith(given)]
    if not found:
        raise NotFound(f"You have no device {given!r}.")
    if len(found) > 1:
        raise UsageError(f"Several devices fit {given!r}; give more characters of the key.")
    return found[0]
