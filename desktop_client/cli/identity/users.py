"""`imguard users`: who is in the deployment; administrators invite, approve, change and mend."""

from __future__ import annotations

from typing import Any

import click

from common.accounts.model import Role, State
from common.crypto.rng import SystemRandom
from common.errors import AppError, NodeBehind
from desktop_client.cli.context import Session, confirm, emit, json_option, table, yes_option
from desktop_client.cli.identity import shown
from desktop_client.upload.client import Nodes
from desktop_client.upload.identity import users
from desktop_client.upload.identity.outcomes import LABELS, Outcomes, at, sentence
from desktop_client.upload.identity.repair import Repaired, carry
from desktop_client.upload.identity.rows import Row
from desktop_client.upload.identity.survey import Survey, details, survey

_reason_option = click.option("--reason", default="", help="Kept with the change; everybody in the deployment sees it.")
_REPAIR = "When it is back, run `imguard users repair`."


@click.group("users")
def group() -> None:
    """Who is in the deployment. Administrators invite, approve, change roles, disable, and keep the nodes in step.

    \b
    Example:
      imguard users list
      imguard users invite bob --organisation "City Bank"
      imguard users approve bob
    """


@group.command("list")
@json_option
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """Every account, as all three nodes show it.

    \b
    Example:
      imguard users list --json
    """
    found = session.run(survey)
    shown.say_failed(session, found)
    emit([shown.row_value(one) for one in found.accounts.values()], as_json, shown.users_text(found))


@group.command("show")
@click.argument("name")
@json_option
@click.pass_obj
def show_command(session: Session, name: str, as_json: bool) -> None:
    """One account at all three nodes: keys, fingerprint, devices and every change since it began.

    \b
    Example:
      imguard users show bob
    """
    outcomes, compared = session.run(lambda nodes: details(nodes, name))
    shown.say_failed(session, outcomes)
    emit(shown.details_value(outcomes, compared), as_json, shown.details_text(outcomes, compared))


@group.command("invite")
@click.argument("name")
@click.option("--organisation", help="Whom the person belongs to; not needed for an account that exists.")
@click.option("--role", type=click.Choice([str(role) for role in Role]), default=str(Role.USER), show_default=True,
              help="What the account may do in the deployment.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True, help="How long the code works.")
@json_option
@click.pass_obj
def invite_command(session: Session, /, name: str, as_json: bool, **options: Any) -> None:
    """Invite somebody: prints a code, which you give to that person in a way you trust.

    For an account that exists the code lets its owner register with new keys, after the old ones were lost.

    \b
    Example:
      imguard users invite bob --organisation "City Bank"
      imguard users invite carol --organisation Clinic --role administrator --days 3
    """
    keys = session.keys()

    async def work(nodes: Nodes) -> users.Invited:
        guest = await users.guest(nodes, name, options["organisation"], options["role"], options["days"])
        return await users.invite(nodes, guest, keys, SystemRandom())

    found = session.run(work)
    guest = found.guest
    value = {
        "user": guest.user,
        "organisation": guest.organisation,
        "role": guest.role,
        "code": found.code,
        "expires": found.expires,
        "nodes": sorted(found.outcomes.found),
    }
    lines = [
        f"{guest.user} of {guest.organisation} may register as {guest.role} until {found.expires}",
        f"code: {found.code}",
        "Give it to that person only; it works once. Then compare fingerprints: imguard users requests",
    ]
    emit(value, as_json, "\n".join(lines))
    found.outcomes.complete("The invitation is good at", "Invite again when all nodes answer.")


@group.command("invitations")
@json_option
@click.pass_obj
def invitations_command(session: Session, as_json: bool) -> None:
    """Every invitation and what became of it; the codes themselves are known to nobody.

    \b
    Example:
      imguard users invitations
    """
    found = session.run(users.invitations)
    rows = [(one.user, one.organisation, one.role, one.expires, one.status) for one in found]
    value = [{**vars(one), "status": one.status} for one in found]
    emit(value, as_json, table(("NAME", "ORGANISATION", "ROLE", "UNTIL", "STATE"), rows))


@group.command("withdraw")
@click.argument("name")
@yes_option
@json_option
@click.pass_obj
def withdraw_command(session: Session, name: str, yes: bool, as_json: bool) -> None:
    """Make the open invitation of somebody useless.

    \b
    Example:
      imguard users withdraw bob
    """
    confirm(f"Withdraw the invitation of {name}?", yes)
    outcomes = session.run(lambda nodes: users.withdraw_invitation(nodes, name))
    emit({"user": name, "withdrawn": outcomes.found}, as_json, f"the invitation of {name} works no more")
    outcomes.complete("It is withdrawn at", "Run this again when it is back.")


@group.command("requests")
@json_option
@click.pass_obj
def requests_command(session: Session, as_json: bool) -> None:
    """Who waits for approval, with the fingerprint to compare.

    \b
    Example:
      imguard users requests
    """
    found = session.run(survey)
    shown.say_failed(session, found)
    waiting = [one for one in found.accounts.values() if one.waits]
    rows = [shown.request_row(one) for one in waiting]
    emit([shown.request_value(one) for one in waiting], as_json, table(shown.REQUEST_HEAD, rows))


@group.command("approve")
@click.argument("name")
@click.option("--fingerprint", help="What the person read to you; other keys are refused, and nothing is asked.")
@_reason_option
@yes_option
@json_option
@click.pass_obj
def approve_command(
    session: Session, name: str, fingerprint: str | None, reason: str, yes: bool, as_json: bool
) -> None:
    """Let somebody in, after you compared the fingerprint with that person by telephone or in person.

    The keys of the request are compared over all three nodes first; if they differ, nothing is signed.

    \b
    Example:
      imguard users approve bob
      imguard users approve bob --fingerprint "12345 12345 12345 12345 12345 12345"
    """
    keys = session.keys()
    found = session.run(lambda nodes: users.pending(nodes, name))
    if fingerprint is not None:
        users.require_fingerprint(found, fingerprint)
    session.show(shown.pending_text(found))
    confirm(f"Did {name} read exactly these numbers to you?", yes or fingerprint is not None)
    outcomes = session.run(lambda nodes: users.approve(nodes, found, keys, reason))
    value = {"user": name, "fingerprint": found.fingerprint, **_changed(outcomes)}
    emit(value, as_json, f"{name} is approved at {at(outcomes.found)}")
    outcomes.complete(f"{name} is approved at", _REPAIR)


@group.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice([str(role) for role in Role]))
@_reason_option
@yes_option
@json_option
@click.pass_obj
def role_command(session: Session, name: str, role: str, reason: str, yes: bool, as_json: bool) -> None:
    """Make somebody an administrator or an ordinary user.

    \b
    Example:
      imguard users role bob administrator
    """
    confirm(f"Make {name} {'an administrator' if role == Role.ADMINISTRATOR else 'an ordinary user'}?", yes)
    _change(session, name, reason, as_json, f"{name} has the role {role}", role=role)


@group.command("disable")
@click.argument("name")
@_reason_option
@yes_option
@json_option
@click.pass_obj
def disable_command(session: Session, name: str, reason: str, yes: bool, as_json: bool) -> None:
    """Lock somebody out at once: every login ends, and new ones are refused. A request is turned down this way, too.

    \b
    Example:
      imguard users disable bob --reason "left the house"
    """
    confirm(f"Disable {name}? Every login of {name} ends at once.", yes)
    _change(session, name, reason, as_json, f"{name} is disabled", state=str(State.DISABLED))


@group.command("enable")
@click.argument("name")
@_reason_option
@yes_option
@json_option
@click.pass_obj
def enable_command(session: Session, name: str, reason: str, yes: bool, as_json: bool) -> None:
    """Let somebody in again who was disabled.

    \b
    Example:
      imguard users enable bob
    """
    confirm(f"Enable {name} again?", yes)
    _change(session, name, reason, as_json, f"{name} is enabled", state=str(State.ACTIVE))


@group.command("status")
@json_option
@click.pass_obj
def status_command(session: Session, as_json: bool) -> None:
    """Whether the three nodes say the same about everybody, and which one is behind.

    \b
    Example:
      imguard users status
    """
    found = session.run(survey)
    emit(shown.status_value(found), as_json, shown.status_text(found))
    _require_step(found)


@group.command("repair")
@click.argument("names", nargs=-1)
@json_option
@click.pass_obj
def repair_command(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Carry the signed documents that a node lacks to it from one that has them; nothing is invented.

    \b
    Example:
      imguard users repair
      imguard users repair bob
    """
    keys = session.keys()

    async def work(nodes: Nodes) -> tuple[Repaired, Survey]:
        chosen = names or [one.user for one in (await survey(nodes)).unsettled]
        return await carry(nodes, keys, chosen), await survey(nodes)

    done, after = session.run(work)
    emit(shown.repaired_value(done, after), as_json, shown.repaired_text(done, after))
    _require_step(after)


def _change(session: Session, name: str, reason: str, as_json: bool, done: str, **what: str) -> None:
    keys = session.keys()
    outcomes = session.run(lambda nodes: users.change(nodes, name, keys, reason, **what))
    emit({"user": name, **_changed(outcomes)}, as_json, f"{done} at {at(outcomes.found)}")
    outcomes.complete("It is done at", _REPAIR)


def _changed(outcomes: Outcomes[Row]) -> dict[str, Any]:
    """The account after a change, and where it is so; nothing if every node refused."""
    row = outcomes.first()
    return {"role": row.role, "state": row.state, "version": row.version, "nodes": sorted(outcomes.found)}


def _require_step(found: Survey) -> None:
    """Raises:
    AppError: a node is away, lacks something, or contradicts the others.
    """
    problems: list[AppError] = [one.contradiction for one in found.unsettled if one.contradiction is not None]
    problems += [NodeBehind(f"{one.user}: {one.status()}.") for one in found.unsettled]
    problems += [type(error)(f"{sentence(LABELS[role])}: {error}") for role, error in found.failed.items()]
    if problems:
        raise problems[0]
