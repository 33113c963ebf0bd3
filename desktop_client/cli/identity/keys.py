"""`imguard keys`: your keys, their fingerprint, their password, and moving them to another device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from common.accounts.model import fingerprint
from common.crypto.rng import SystemRandom
from desktop_client.cli.context import Session, confirm, emit, json_option, yes_option
from desktop_client.keystore import change_password, export_keys, read_export
from desktop_client.upload.identity.account import find_deployment, login
from desktop_client.upload.identity.keys import Locker, moved_from, rotate, take_over

_FILE = "IMGUARD_FILE_PASSWORD"
_NEW = "IMGUARD_NEW_PASSWORD"


@click.group("keys")
def group() -> None:
    """Your keys. They open your models and sign your consents; nobody can replace them but you and an administrator.

    \b
    Example:
      imguard keys fingerprint
      imguard keys export alice.keys
    """


@group.command("fingerprint")
@json_option
@click.pass_obj
def fingerprint_command(session: Session, as_json: bool) -> None:
    """Six groups of five digits that stand for your name and public keys. An administrator compares them with you.

    \b
    Example:
      imguard keys fingerprint
    """
    user = session.profile.user()
    mark = fingerprint(user.name, user.verify_key, user.seal_key)
    value = {"user": user.name, "fingerprint": mark, "verify_key": user.verify_key, "seal_key": user.seal_key}
    emit(value, as_json, f"{user.name}: {mark}")


@group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def export_command(session: Session, file: Path, as_json: bool) -> None:
    """Write your account keys to a file locked by a password of its own, for another device or for a safe.

    \b
    Example:
      imguard keys export alice.keys
    """
    moved = moved_from(session.profile, session.keys())
    secret = session.password(new=True, variable=_FILE, prompt="Password for the file")
    export_keys(file, moved, secret, SystemRandom())
    emit({"file": str(file), "user": moved.user}, as_json,
         f"{file} holds the keys of {moved.user}; on the other device: imguard keys import {file.name}")  # fmt: skip


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kit", type=click.Path(exists=True, path_type=Path), help="A newer deployment.json than in the file.")
@click.option("--device", help="What this device is called in your list; default: the name of the machine.")
@json_option
@click.pass_obj
def import_command(session: Session, file: Path, kit: Path | None, device: str | None, as_json: bool) -> None:
    """Take over the keys of a file that `imguard keys export` wrote on another device of yours.

    A new profile gets a login key of its own, which `imguard device add` introduces. In a profile of the same user the
    account keys are replaced, as it is needed after a rotation on another device.

    \b
    Example:
      imguard keys import alice.keys
      imguard device add
    """
    is_new = not session.profile.keys_path.exists()
    moved = read_export(file, session.password(variable=_FILE, prompt="Password of the file"))
    if kit is not None:
        moved = replace(moved, deployment=find_deployment(kit).body)
    locker = Locker(session.profile, session.password(new=is_new), SystemRandom())
    keys = take_over(locker, moved, device)
    user = session.profile.user()
    mark = fingerprint(user.name, user.verify_key, user.seal_key)
    value = {"user": user.name, "device": user.device, "login_key": keys.login.verify_key, "fingerprint": mark,
             "is_new": is_new}  # fmt: skip
    following = "imguard device add" if is_new else "imguard login"
    emit(value, as_json, f"the keys of {user.name} ({mark}) are in {session.profile.root}; next: {following}")


@group.command("rotate")
@yes_option
@json_option
@click.pass_obj
def rotate_command(session: Session, yes: bool, as_json: bool) -> None:
    """Replace your account keys at all three nodes by fresh ones; finishes a rotation that was cut off.

    Consents signed with the old key count no more, and projects that name it need a new revision. Old models stay
    readable. Your other devices need `imguard keys import` again.

    \b
    Example:
      imguard keys rotate
    """
    confirm("Replace your account keys? Consents you gave count no more.", yes)
    before = session.keys()
    locker = Locker(session.profile, session.password(), SystemRandom())
    keys = session.run(lambda nodes: rotate(nodes, locker, before))
    session.use(keys)
    session.run(lambda nodes: login(nodes, session.profile, keys))
    user = session.profile.user()
    mark = fingerprint(user.name, user.verify_key, user.seal_key)
    emit({"user": user.name, "fingerprint": mark}, as_json, f"{user.name} has new keys everywhere: {mark}")


@group.command("password")
@json_option
@click.pass_obj
def password_command(session: Session, as_json: bool) -> None:
    """Lock the keys of this profile with another password (or IMGUARD_NEW_PASSWORD).

    \b
    Example:
      imguard keys password
    """
    path = session.profile.keys_path
    session.profile.user()
    old = session.password()
    new = session.password(new=True, variable=_NEW, prompt="New password")
    change_password(path, old, new, SystemRandom())
    emit(
        {"profile": str(session.profile.root)}, as_json, "the password is changed; old copies of the file keep the old"
    )
