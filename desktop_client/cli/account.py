"""`imguard register`, `login`, `logout`."""

from __future__ import annotations

from pathlib import Path

import click

from common.crypto.rng import SystemRandom
from desktop_client.cli.context import Session, emit, json_option
from desktop_client.upload.account import check_fingerprint, find_deployment, login, logout, prepare_profile, register


@click.command("register")
@click.option("--kit", required=True, type=click.Path(exists=True, path_type=Path), help="deployment.json or its kit.")
@click.option("--name", required=True, help="Your user name: lower-case letters, digits, dots, dashes.")
@click.option("--code", required=True, envvar="IMGUARD_CODE", help="The registration code (or IMGUARD_CODE).")
@click.option("--fingerprint", help="What the operator told you; anything else is refused.")
@json_option
@click.pass_obj
def register_command(session: Session, kit: Path, name: str, code: str, fingerprint: str | None, as_json: bool) -> None:
    """Make your keys in this profile and introduce yourself to both servers.

    The keys are locked by a password of at least ten characters and never leave this machine. Nobody can reset the
    password. If the command is cut off, run it again.

    \b
    Example:
      imguard register --kit kit/deployment.json --name alice --code ABCD...
    """
    deployment = find_deployment(kit)
    session.say(f"deployment {deployment.name}, fingerprint {deployment.fingerprint}")
    if fingerprint is not None:
        check_fingerprint(deployment, fingerprint)
    is_new = not session.profile.keys_path.exists()
    keys = prepare_profile(session.profile, deployment, name, session.password(new=is_new), SystemRandom())
    user = session.profile.user()
    session.run(lambda nodes: register(nodes, user, keys, code.strip()))
    value = {
        "name": name,
        "verify_key": user.verify_key,
        "seal_key": user.seal_key,
        "profile": str(session.profile.root),
    }
    emit(value, as_json, f"{name} is registered at both servers; next: imguard login")


@click.command("login")
@json_option
@click.pass_obj
def login_command(session: Session, as_json: bool) -> None:
    """Log in at both servers with the keys of the profile.

    \b
    Example:
      imguard login
      IMGUARD_PASSWORD="$(cat password-file)" imguard --profile DIR login
    """
    keys = session.keys()
    session.run(lambda nodes: login(nodes, session.profile, keys))
    name = session.profile.user().name
    emit({"name": name, "servers": ["a", "b"]}, as_json, f"{name} is logged in at both servers")


@click.command("logout")
@json_option
@click.pass_obj
def logout_command(session: Session, as_json: bool) -> None:
    """End the login at both servers.

    \b
    Example:
      imguard logout
    """
    if session.profile.tokens():
        session.run(lambda nodes: logout(nodes, session.profile))
    emit({"servers": []}, as_json, "logged out")
