"""`imguard device`: the machines you log in from."""

from __future__ import annotations

import click

from desktop_client.cli.context import Session, confirm, emit, json_option, table, yes_option
from desktop_client.cli.identity.shown import say_failed
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity import devices
from desktop_client.upload.identity.account import device_name
from desktop_client.upload.identity.devices import Device
from desktop_client.upload.identity.outcomes import at


@click.group("device")
def group() -> None:
    """The machines you log in from. All of them hold your account keys, each has a login key of its own.

    \b
    Example:
      imguard device list
      imguard device revoke old-laptop
    """


@group.command("list")
@json_option
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """Your devices, and which of them is this one.

    \b
    Example:
      imguard device list
    """
    user = session.profile.user().name
    found, outcomes = session.run(lambda nodes: devices.list_devices(nodes, user))
    say_failed(session, outcomes)
    mine = session.profile.user().login_key
    rows = [
        (one.name + (" (this one)" if one.key == mine else ""), one.key[:16], one.state, one.last_login or "-")
        for one in found
    ]
    value = [{**vars(one), "state": one.state, "is_this": one.key == mine} for one in found]
    emit(value, as_json, table(("NAME", "KEY", "STATE", "LAST LOGIN"), rows))


@group.command("add")
@click.option("--name", help="What this device is called in your list; default: the name of the machine.")
@json_option
@click.pass_obj
def add_command(session: Session, name: str | None, as_json: bool) -> None:
    """Introduce this device to the three nodes, after `imguard keys import`. It needs no login.

    \b
    Example:
      imguard device add --name new-laptop
    """
    keys, user = session.keys(), session.profile.user()
    chosen = name or user.device or device_name()
    outcomes = session.run(lambda nodes: devices.add_device(nodes, user, chosen, keys))
    outcomes.complete("This device is known to", "Run the same command again when that is mended.")
    value = {"name": chosen, "key": keys.login.verify_key, "nodes": sorted(outcomes.found)}
    emit(value, as_json, f"{chosen} is a device of {user.name} at {at(outcomes.found)}; next: imguard login")


@group.command("revoke")
@click.argument("device")
@yes_option
@json_option
@click.pass_obj
def revoke_command(session: Session, device: str, yes: bool, as_json: bool) -> None:
    """Refuse a device from now on, for ever; its logins end at once. DEVICE is a name or the beginning of a key.

    The account keys on a lost device stay known to whoever opens its key file: rotate them afterwards.

    \b
    Example:
      imguard device revoke old-laptop
    """
    keys, user = session.keys(), session.profile.user()

    async def find(nodes: Nodes) -> Device:
        return devices.find_device((await devices.list_devices(nodes, user.name))[0], device)

    found = session.run(find)
    itself = ", THIS device: you can log in here no more" if found.key == keys.login.verify_key else ""
    confirm(f"Revoke {found.name} ({found.key[:16]}){itself}?", yes)
    outcomes = session.run(lambda nodes: devices.revoke_device(nodes, user, found, keys))
    emit({"name": found.name, "key": found.key, "nodes": sorted(outcomes.found)}, as_json,
         f"{found.name} is revoked at {at(outcomes.found)}")  # fmt: skip
    outcomes.complete("It is revoked at", "Run the same command again when the other is back.")
