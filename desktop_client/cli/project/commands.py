"""`imguard project`: what is trained, on whose images, and how it changes."""

from __future__ import annotations

from typing import Any

import click

from common.architecture import Architecture
from common.errors import UsageError
from common.specification import Specification
from desktop_client.cli.context import DATASET, Session, emit, find_id, json_option, table
from desktop_client.cli.project.choices import chosen_network, network_options, training_options
from desktop_client.cli.project.drafts import draft_group, publish_command
from desktop_client.cli.project.opening import open_project
from desktop_client.cli.project.revisions import changes_command, clone_command, repair_command, revisions_command
from desktop_client.cli.project.shown import network_lines, network_of, network_value, next_step
from desktop_client.cli.project.standing import archive_command, remind_command, restore_command
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.fetch import decisions_in
from desktop_client.upload.projects.options import DEFAULT_RATES, ProjectOptions, parse_members
from desktop_client.upload.projects.publish import create_project
from desktop_client.upload.projects.words import decision_line, summary, trust


@click.group("project")
def group() -> None:
    """Create, change, show and archive projects.

    \b
    Example:
      imguard project create films --dataset 3f2a90c1 --dataset 88d0e4b7
      imguard project clone 5b1c22d9 --revise --set training.epochs=8
      imguard consent give 5b1c22d9
    """


for _command in (
    draft_group,
    publish_command,
    changes_command,
    revisions_command,
    clone_command,
    repair_command,
    archive_command,
    restore_command,
    remind_command,
):
    group.add_command(_command)


@group.command("create")
@click.argument("name")
@click.option("--dataset", "datasets", multiple=True, required=True, metavar="ID", help="May be repeated.")
@click.option("--purpose", default="", help="What the model is for; owners of data read it before they consent.")
@click.option("--member", "members", multiple=True, metavar="USER:ROLE", help="Roles: editor, viewer. May be repeated.")
@click.option(
    "--recipient", "recipients", multiple=True, metavar="USER", help="Who gets the model; default: all editors."
)
@click.option(
    "--tester", "testers", multiple=True, metavar="USER", help="Who may test it at the servers; default: recipients."
)
@click.option("--no-testers", is_flag=True, help="Nobody may, and the servers keep nothing of the model.")
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
    if options["testers"] and options["no_testers"]:
        raise UsageError("--tester and --no-testers exclude each other.")
    options["testers"] = () if options.pop("no_testers") else options["testers"] or None
    user, deployment, keys = session.profile.user(), session.profile.deployment(), session.keys()

    async def work(nodes: Nodes) -> Specification:
        chosen = {
            **options,
            "datasets": tuple([await find_id(nodes, one, DATASET) for one in options["datasets"]]),
            "members": parse_members(options["members"]),
        }
        return await create_project(nodes, deployment, user, keys, ProjectOptions(name=name, **chosen))

    found = session.run(work)
    value = {"id": found.project_id, "hash": found.hash, "specification": found.body}
    lines = [summary(found), *_usual_lines(found, options["preparation"]), next_step(found)]
    emit(value, as_json, "\n".join(lines))


def _usual_lines(found: Specification, asked: str | None) -> list[str]:
    if asked is not None:
        return []
    return [f"The preparation {found.preparation} suits the size of this network; --preparation names another."]


@group.command("list")
@json_option
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """Projects you are a member of, or that use your data.

    \b
    Example:
      imguard project list
    """
    found = session.run(lambda nodes: nodes.a.projects())
    rows = [(one.get("id"), one.get("name", ""), one.get("revision", ""), one.get("state", "")) for one in found]
    emit(found, as_json, table(("ID", "NAME", "REVISION", "STATE"), rows))


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
    missing, decisions = answer.get("missing_consents") or [], decisions_in(answer)
    value = {
        "id": found.project_id,
        "revision": found.revision,
        "hash": found.hash,
        "state": answer.get("state"),
        "missing_consents": missing,
        "decisions": list(decisions),
        "specification": found.body,
        "preparation": {"name": found.preparation, "trust": trust(found.preparation, found.body["servers"])},
        "network": network_value(network),
    }
    lines = [
        summary(found),
        f"state       {plain(answer.get('state'))}",
        f"no consent  {', '.join(map(plain, missing)) or 'none'}",
        *[f"decided     {decision_line(one)}" for one in decisions],
        *network_lines(network),
    ]
    emit(value, as_json, "\n".join(lines))
