"""`imguard consent`: allow a project to use your data sets, or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from common.errors import UsageError
from common.specification import Specification
from desktop_client.cli.context import (
    DATASET,
    PROJECT,
    Session,
    confirm,
    emit,
    find_id,
    full_id,
    json_option,
    yes_option,
)
from desktop_client.cli.project.opening import find_project
from desktop_client.upload.client import Nodes
from desktop_client.upload.datasets.overview import Sides, given, refusals
from desktop_client.upload.identity.outcomes import Outcomes
from desktop_client.upload.projects.asked import Asked, fetch_asked
from desktop_client.upload.projects.consents import decline_consent, give_consent, newest_at_each, withdraw_consents

_datasets = click.option(
    "--dataset", "datasets", multiple=True, metavar="ID", help="Only for this one; default: all of yours."
)
_reason = click.option("--reason", default="", help="Why; members of the project can read it, the log never holds it.")


@click.group("consent")
def group() -> None:
    """Decide what your data sets are used for.

    \b
    Example:
      imguard decisions
      imguard consent give 5b1c22d9
      imguard consent decline 5b1c22d9 --reason "no vote of the ethics committee"
      imguard consent withdraw 5b1c22d9
    """


@group.command("give")
@click.argument("project")
@_datasets
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is valid; default: the setting consent_days.")
@_reason
@yes_option
@json_option
@click.pass_obj
def give_command(
    session: Session, /, project: str, datasets: tuple[str, ...], yes: bool, as_json: bool, **options: Any
) -> None:
    """Allow a project to use your data sets. You see what you sign and what changed, and you sign its hash.

    \b
    Example:
      imguard consent give 5b1c22d9
    """
    asked = _ask(session, project, datasets)
    valid = options["days"] or int(session.profile.settings()["consent_days"])
    lines = [*asked.lines(), f"your data   {', '.join(asked.datasets)}, for {valid} days"]
    missing = _decide(session, asked, lines, ("Sign this consent?", yes, as_json), (valid, options["reason"]))
    value = {**_value(asked, missing), "summary": "\n".join(lines).splitlines()}
    left = f"still missing: {len(missing)}" if missing else "all owners have consented; the project can start"
    emit(value, as_json, f"consent given for {len(asked.datasets)} data sets; {left}")


@group.command("decline")
@click.argument("project")
@_datasets
@_reason
@yes_option
@json_option
@click.pass_obj
def decline_command(
    session: Session, project: str, datasets: tuple[str, ...], reason: str, yes: bool, as_json: bool
) -> None:
    """Say that a project may not use your data sets; you are not asked again before it changes.

    \b
    Example:
      imguard consent decline 5b1c22d9 --reason "no vote of the ethics committee"
    """
    asked = _ask(session, project, datasets)
    lines = [*asked.lines(), f"your data   {', '.join(asked.datasets)}, not to be used"]
    missing = _decide(session, asked, lines, ("Decline?", yes, as_json), (0, reason))
    emit(_value(asked, missing), as_json, f"declined for {len(asked.datasets)} data sets")


@group.command("withdraw")
@click.argument("project")
@_datasets
@_reason
@yes_option
@json_option
@click.pass_obj
def withdraw_command(
    session: Session, project: str, datasets: tuple[str, ...], reason: str, yes: bool, as_json: bool
) -> None:
    """Take your consent back. No new job of the project starts; a job that runs already goes on.

    A server that cannot be reached does not matter for now: no job starts without the other one. Run it again later.

    \b
    Example:
      imguard consent withdraw 5b1c22d9
    """
    user = session.profile.user()

    async def look(nodes: Nodes) -> tuple[str, Sides[Specification]]:
        full = await find_project(nodes, project)
        return full, await newest_at_each(nodes, full)

    full, found = session.run(look)
    mine = {role: _owned(specification, user.name) for role, specification in given(found).items()}
    known = sorted({dataset for own in mine.values() for dataset in own})
    wanted = {full_id(one, known, DATASET) for one in datasets} or set(known)
    if not wanted:
        raise UsageError("None of the data sets of this project is yours; there is no consent to take back.")
    confirm(f"Take back the consent for {len(wanted)} data sets?", yes)
    keys = session.keys()
    chosen = {role: (one, [d for d in mine[role] if d in wanted]) for role, one in given(found).items()}
    done = session.run(lambda nodes: withdraw_consents(nodes, chosen, keys, reason))
    outcomes = Outcomes(done.found, {**refusals(found), **done.failed})
    outcomes.complete("Your consent is taken back at", "No job starts without both; run this again later.")
    value = {"project": full, "datasets": sorted(wanted)}
    emit(value, as_json, f"consent taken back for {len(wanted)} data sets")


def _owned(specification: Specification, user: str) -> list[str]:
    return [one for one in specification.dataset_ids if specification.owner_of(one) == user]


def _ask(session: Session, project: str, datasets: tuple[str, ...]) -> Asked:
    """The project, and those of its data sets that the user means."""

    async def work(nodes: Nodes) -> Asked:
        full = await find_id(nodes, project, PROJECT)
        return await fetch_asked(nodes, session.profile.deployment(), session.profile.user(), full)

    found = session.run(work)
    chosen = tuple(full_id(one, found.datasets, DATASET) for one in datasets) or found.datasets
    if not chosen:
        raise UsageError("None of the data sets of this project is yours; there is nothing to consent to.")
    return replace(found, datasets=chosen)


def _decide(
    session: Session, asked: Asked, lines: list[str], how: tuple[str, bool, bool], what: tuple[int, str]
) -> list[str]:
    """Show, ask, sign and send; data sets that still have no consent. No days means no consent."""
    (question, yes, as_json), (days, reason) = how, what
    if not (as_json and yes):
        session.show("\n".join(lines))
    confirm(question, yes)
    keys = session.keys()

    async def work(nodes: Nodes) -> list[str]:
        missing: list[str] = []
        for dataset in asked.datasets:
            if days:
                answer = await give_consent(nodes, asked.specification, dataset, keys, days, reason)
            else:
                answer = await decline_consent(nodes, asked.specification, dataset, keys, reason)
            missing = [str(one) for one in answer.get("missing_consents") or []]
        return missing

    return session.run(work)


def _value(asked: Asked, missing: list[str]) -> dict[str, Any]:
    return {
        "project": asked.specification.project_id,
        "revision": asked.specification.revision,
        "hash": asked.specification.hash,
        "datasets": list(asked.datasets),
        "missing_consents": missing,
        "specification": asked.specification.body,
    }
