"""`imguard project`: what is trained, on whose images, and who agrees."""

from __future__ import annotations

from typing import Any

import click

from common.architecture import Architecture
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
    table,
    yes_option,
)
from desktop_client.cli.project.choices import DEFAULT_RATES, chosen_network, network_options, training_options
from desktop_client.cli.project.shown import network_lines, network_of, network_value
from desktop_client.plain import plain
from desktop_client.upload import projects
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects import ProjectOptions


@click.group("project")
def group() -> None:
    """Create projects, look at them, consent to them.

    \b
    Example:
      imguard project create films --dataset 3f2a90c1 --dataset 88d0e4b7
      imguard project consent 5b1c22d9
    """


@group.command("create")
@click.argument("name")
@click.option("--dataset", "datasets", multiple=True, required=True, metavar="ID", help="May be repeated.")
@click.option("--member", "members", multiple=True, metavar="USER:ROLE", help="Roles: editor, viewer. May be repeated.")
@click.option(
    "--recipient", "recipients", multiple=True, metavar="USER", help="Who gets the model; default: all editors."
)
@network_options
@click.option("--mask/--no-mask", default=None, help="Random sign mask; default: on unless the extractor is none.")
@click.option("--epochs", type=int, default=4, show_default=True, help="Passes over all images.")
@click.option("--batch", type=int, default=64, show_default=True, help="Images per step.")
@training_options
@click.option("--learning-rate", help="Decimal; default: 0.05, with adam 0.002.")
@click.option("--validation", type=int, default=128, show_default=True, help="Images kept back to measure with.")
@json_option
@click.pass_obj
def create_command(session: Session, /, name: str, as_json: bool, **options: Any) -> None:
    """Write and sign a project specification and hand it to both servers.

    Owners of the data sets become editors by themselves. Nothing is computed before every owner has consented.

    \b
    Example:
      imguard project create films --dataset 3f2a90c1 --dataset 88d0e4b7 --epochs 8 --model mlp --hidden 128,128
    """
    options["learning_rate"] = options["learning_rate"] or DEFAULT_RATES[options["optimizer"]]
    options |= chosen_network(options)
    del options["network"]
    user, deployment, keys = session.profile.user(), session.profile.deployment(), session.keys()

    async def work(nodes: Nodes) -> Specification:
        chosen = {
            **options,
            "datasets": tuple([await find_id(nodes, one, DATASET) for one in options["datasets"]]),
            "members": projects.parse_members(options["members"]),
        }
        return await projects.create_project(nodes, deployment, user, keys, ProjectOptions(name=name, **chosen))

    found = session.run(work)
    value = {"id": found.project_id, "hash": found.hash, "specification": found.body}
    owners = sorted({found.owner_of(dataset) for dataset in found.dataset_ids})
    lines = [projects.summary(found), f"Next, as {', '.join(owners)}: imguard project consent {found.project_id}"]
    emit(value, as_json, "\n".join(lines))


@group.command("list")
@json_option
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """Projects you are a member of.

    \b
    Example:
      imguard project list
    """
    found = session.run(lambda nodes: nodes.a.projects())
    rows = [(one.get("id"), one.get("name", ""), one.get("state", "")) for one in found]
    emit(found, as_json, table(("ID", "NAME", "STATE"), rows))


@group.command("show")
@click.argument("project")
@json_option
@click.pass_obj
def show_command(session: Session, project: str, as_json: bool) -> None:
    """One project, checked as the servers check it; PROJECT is its id or the beginning of it.

    \b
    Example:
      imguard project show 5b1c22d9
    """

    async def work(nodes: Nodes) -> tuple[Specification, dict[str, Any], Architecture | None]:
        specification, state = await open_project(nodes, session, project)
        return specification, state, await network_of(nodes, specification)

    found, answer, network = session.run(work)
    missing = answer.get("missing_consents") or []
    value = {
        "id": found.project_id,
        "state": answer.get("state"),
        "missing_consents": missing,
        "specification": found.body,
        "preparation": {"name": found.preparation, "trust": projects.trust(found.preparation, found.body["servers"])},
        "network": network_value(network),
    }
    lines = [
        projects.summary(found),
        f"state       {plain(answer.get('state'))}",
        f"no consent  {', '.join(map(plain, missing)) or 'none'}",
        *network_lines(network),
    ]
    emit(value, as_json, "\n".join(lines))


@group.command("consent")
@click.argument("project")
@click.option("--dataset", "datasets", multiple=True, metavar="ID", help="Only for this one; default: all of yours.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is valid; default: the setting consent_days.")
@yes_option
@json_option
@click.pass_obj
def consent_command(
    session: Session, project: str, datasets: tuple[str, ...], days: int | None, yes: bool, as_json: bool
) -> None:
    """Allow a project to use your data sets. You see what you sign, and you sign its hash.

    \b
    Example:
      imguard project consent 5b1c22d9
    """
    found, _ = session.run(lambda nodes: open_project(nodes, session, project))
    chosen = _own(session, found, datasets)
    valid = days or int(session.profile.settings()["consent_days"])
    signed = f"{projects.summary(found)}\nyour data   {', '.join(chosen)}, for {valid} days"
    if not (as_json and yes):
        session.show(signed)
    confirm("Sign this consent?", yes)
    keys = session.keys()

    async def work(nodes: Nodes) -> list[str]:
        missing: list[str] = []
        for dataset in chosen:
            answer = await projects.give_consent(nodes, found, dataset, keys, valid)
            missing = [str(one) for one in answer.get("missing_consents") or []]
        return missing

    missing = session.run(work)
    value = {
        "project": found.project_id,
        "hash": found.hash,
        "datasets": list(chosen),
        "missing_consents": missing,
        "summary": signed.splitlines(),
        "specification": found.body,
    }
    left = f"still missing: {len(missing)}" if missing else "all owners have consented; the project can start"
    emit(value, as_json, f"consent given for {len(chosen)} data sets; {left}")


@group.command("withdraw")
@click.argument("project")
@click.option("--dataset", "datasets", multiple=True, metavar="ID", help="Only for this one; default: all of yours.")
@yes_option
@json_option
@click.pass_obj
def withdraw_command(session: Session, project: str, datasets: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Take your consent back. No new job of the project starts; a job that runs already goes on.

    \b
    Example:
      imguard project withdraw 5b1c22d9
    """
    found, _ = session.run(lambda nodes: open_project(nodes, session, project))
    chosen = _own(session, found, datasets)
    confirm(f"Take back the consent for {len(chosen)} data sets?", yes)
    keys = session.keys()

    async def work(nodes: Nodes) -> None:
        for dataset in chosen:
            await projects.withdraw_consent(nodes, found, dataset, keys)

    session.run(work)
    value = {"project": found.project_id, "datasets": list(chosen)}
    emit(value, as_json, f"consent taken back for {len(chosen)} data sets")


def _own(session: Session, found: Specification, given: tuple[str, ...]) -> tuple[str, ...]:
    mine = projects.own_datasets(found, session.profile.user())
    chosen = tuple(full_id(one, mine, DATASET) for one in given) or mine
    if not chosen:
        raise UsageError("None of the data sets of this project is yours; there is nothing to consent to.")
    return chosen


async def open_project(nodes: Nodes, session: Session, given: str) -> tuple[Specification, dict[str, Any]]:
    """A project by its id or the beginning of it, verified at both servers."""
    full = await find_id(nodes, given, PROJECT)
    return await projects.fetch_project(nodes, session.profile.deployment(), full)
