"""`imguard register`, `login`, `logout`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from common.accounts.model import State, fingerprint
from common.crypto.rng import SystemRandom
from common.errors import Conflict, UsageError
from desktop_client.cli.context import Session, emit, json_option
from desktop_client.upload.identity.account import (
    LoggedIn,
    Person,
    check_fingerprint,
    find_deployment,
    login,
    logout,
    parse_tokens,
    prepare_profile,
    register,
    set_aside,
)
from desktop_client.upload.identity.outcomes import at


@click.command("register")
@click.option("--kit", required=True, type=click.Path(exists=True, path_type=Path), help="deployment.json or its kit.")
@click.option("--name", required=True, help="Your user name: lower-case letters, digits, dots, dashes.")
@click.option("--organisation", required=True, help="Whom you belong to, spelled as in your invitation.")
@click.option("--code", envvar="IMGUARD_CODE", help="The code of your invitation (or IMGUARD_CODE).")
@click.option("--bootstrap", multiple=True, envvar="IMGUARD_BOOTSTRAP", metavar="NODE=TOKEN",
              help="First administrator: the token of node a, b or log, once each (or IMGUARD_BOOTSTRAP).")  # fmt: skip
@click.option("--fingerprint", "expected", help="Of the deployment, as the operator told you; another is refused.")
@click.option("--device", help="What this device is called in your list; default: the name of the machine.")
@click.option("--new-keys", is_flag=True, help="Your password is lost: put the old keys aside and make new ones.")
@json_option
@click.pass_obj
def register_command(session: Session, /, as_json: bool, **options: Any) -> None:
    """Make your keys in this profile and introduce yourself to the three nodes.

    The keys are locked by a password of at least ten characters and never leave this machine. Nobody can reset the
    password. Read the fingerprint that is printed to your administrator, who approves it. If the command is cut off or
    a node is away, run it again. With lost keys, ask for a new invitation and register under the same name again.

    \b
    Example:
      imguard register --kit kit/deployment.json --name bob --organisation "City Bank" --code ABCD...
      imguard register --kit kit --name alice --organisation Clinic --bootstrap a=T --bootstrap b=U --bootstrap log=V
    """
    codes: Any = _codes(options["code"], options["bootstrap"])
    deployment = find_deployment(options["kit"])
    session.say(f"deployment {deployment.name}, fingerprint {deployment.fingerprint}")
    if options["expected"] is not None:
        check_fingerprint(deployment, options["expected"])
    if options["new_keys"]:
        _put_aside(session)
    person = Person(options["name"], options["organisation"], options["device"])
    password = session.password(new=not session.profile.keys_path.exists())
    keys = prepare_profile(session.profile, deployment, person, password, SystemRandom())
    user = session.profile.user()
    outcomes = session.run(lambda nodes: register(nodes, user, keys, codes))
    states = outcomes.complete("Your keys are known to", "Run the same command again when that is mended.")
    mark = fingerprint(user.name, user.verify_key, user.seal_key)
    is_active = set(states.values()) == {str(State.ACTIVE)}
    value = {
        "name": user.name,
        "organisation": user.organisation,
        "device": user.device,
        "verify_key": user.verify_key,
        "seal_key": user.seal_key,
        "fingerprint": mark,
        "states": states,
        "profile": str(session.profile.root),
    }
    emit(value, as_json, _registered_text(user.name, mark, is_active, tuple(states)))


@click.command("login")
@json_option
@click.pass_obj
def login_command(session: Session, as_json: bool) -> None:
    """Log in at both servers and the log node with the keys of the profile.

    \b
    Example:
      imguard login
      IMGUARD_PASSWORD="$(cat password-file)" imguard --profile DIR login
    """
    keys = session.keys()
    found: LoggedIn = session.run(lambda nodes: login(nodes, session.profile, keys))
    account = found.account.newest
    if found.introduced:
        session.say(f"this device was new to {at(found.introduced)}; it is known there now")
    if found.account.behind:
        session.say(f"{found.account.status()} about you; ask an administrator to run `imguard users repair`")
    value = {
        "name": account.user,
        "organisation": account.organisation,
        "role": account.role,
        "nodes": sorted(session.profile.tokens()),
        "introduced": list(found.introduced),
        "behind": list(found.account.behind),
    }
    emit(value, as_json, f"{account.user} of {account.organisation} is logged in at both servers and the log node")


@click.command("logout")
@click.option("--everywhere", is_flag=True, help="End the logins of all your devices.")
@json_option
@click.pass_obj
def logout_command(session: Session, everywhere: bool, as_json: bool) -> None:
    """End the login at all three nodes; with --everywhere those of all your devices.

    \b
    Example:
      imguard logout
      imguard logout --everywhere
    """
    if everywhere:
        session.keys()
    if everywhere or session.profile.tokens():
        session.run(lambda nodes: logout(nodes, session.profile, everywhere))
    emit({"nodes": []}, as_json, "logged out on all your devices" if everywhere else "logged out")


def _codes(code: str | None, bootstrap: tuple[str, ...]) -> str | dict[str, str]:
    if (code is None) == (not bootstrap):
        raise UsageError("Give either --code, if you were invited, or --bootstrap for each node.")
    return code.strip() if code is not None else parse_tokens(bootstrap)


def _put_aside(session: Session) -> None:
    beside = set_aside(session.profile)
    if beside is None:
        raise Conflict("There are no keys in this profile; register without --new-keys.")
    session.say(f"your old keys are kept in {beside}; with their password they still open old models")


def _registered_text(name: str, mark: str, is_active: bool, roles: tuple[str, ...]) -> str:
    if is_active:
        return f"{name} is an active account at {at(roles)}; fingerprint {mark}\nnext: imguard login"
    lines = [
        f"the request of {name} is at {at(roles)}",
        f"your fingerprint: {mark}",
        "Read it to your administrator by telephone or in person. After the approval: imguard login",
    ]
    return "\n".join(lines)
