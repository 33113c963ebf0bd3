"""`imguard project draft` and `publish`: write a project together, then make it one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from common.specification import Specification
from desktop_client.cli.context import (
    DATASET,
    DRAFT,
    Session,
    confirm,
    emit,
    find_id,
    full_id,
    json_option,
    table,
    yes_option,
)
from desktop_client.cli.project.opening import author_of, open_project
from desktop_client.cli.project.shown import next_step
from desktop_client.plain import plain
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.drafts import FoundDraft, fetch_draft, remove_draft, save_draft
from desktop_client.upload.projects.options import (
    Outline,
    ProjectOptions,
    check_roles,
    content_of,
    edited,
    outline_from,
    outline_of,
    parse_members,
)
from desktop_client.upload.projects.publish import compose, new_id, next_revision, publish
from desktop_client.upload.projects.words import summary

_edit_options = (
    click.option("--set", "edits", multiple=True, metavar="FIELD=VALUE", help="Such as training.epochs=8."),
    click.option("--dataset", "datasets", multiple=True, metavar="ID", help="Adds a data set. May be repeated."),
    click.option("--remove-dataset", multiple=True, metavar="ID", help="May be repeated."),
    click.option("--member", "members", multiple=True, metavar="USER:ROLE", help="Adds somebody, or changes the role."),
    click.option("--remove-member", multiple=True, metavar="USER", help="May be repeated."),
)


@click.group("draft")
def draft_group() -> None:
    """Write a project together before it is one; a draft binds nobody.

    \b
    Example:
      imguard project draft new films --set training.epochs=8 --member bob:editor
      imguard project draft edit 5b1c22d9 --dataset 3f2a90c1
      imguard project publish 5b1c22d9
    """


def _editing(command: Any) -> Any:
    for option in reversed(_edit_options):
        command = option(command)
    return command


@draft_group.command("new")
@click.argument("name")
@click.option("--from", "project", metavar="PROJECT", help="Begin with what this project says, as its next revision.")
@_editing
@json_option
@click.pass_obj
def new_command(session: Session, /, name: str, project: str | None, as_json: bool, **options: Any) -> None:
    """Begin a draft that others may change with you.

    \b
    Example:
      imguard project draft new films --dataset 3f2a90c1 --member bob:editor
    """
    keys, me = session.keys(), session.profile.user().name

    async def work(nodes: Nodes) -> FoundDraft:
        identity, outline = new_id(), outline_of(ProjectOptions(name, ()))
        if project is not None:
            found, _ = await open_project(nodes, session, project)
            identity, outline = found.project_id, replace(outline_from(found.body), name=name)
        outline = await _changed(nodes, replace(outline, members={**outline.members, me: "owner"}), options)
        await save_draft(nodes, identity, 1, keys, outline)
        return FoundDraft(identity, 1, me, outline)

    _emit(session.run(work), as_json)


@draft_group.command("edit")
@click.argument("draft")
@click.option("--name", help="Another name.")
@_editing
@json_option
@click.pass_obj
def edit_command(session: Session, /, draft: str, name: str | None, as_json: bool, **options: Any) -> None:
    """Change a draft; if somebody else did meanwhile, you are told to look again.

    \b
    Example:
      imguard project draft edit 5b1c22d9 --set model.name=lenet --set hiding.k=2
    """
    keys, me = session.keys(), session.profile.user().name

    async def work(nodes: Nodes) -> FoundDraft:
        found = await fetch_draft(nodes, await find_id(nodes, draft, DRAFT))
        outline = await _changed(nodes, found.outline, options)
        outline = outline if name is None else replace(outline, name=name)
        await save_draft(nodes, found.id, found.version + 1, keys, outline)
        return FoundDraft(found.id, found.version + 1, me, outline)

    _emit(session.run(work), as_json)


@draft_group.command("list")
@json_option
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """Drafts that name you.

    \b
    Example:
      imguard project draft list
    """
    found = session.run(lambda nodes: nodes.a.drafts())
    rows = [[one.get(name, "") for name in ("id", "name", "version", "role", "changed", "author")] for one in found]
    emit(found, as_json, table(("ID", "NAME", "VERSION", "YOU ARE", "CHANGED", "BY"), rows))


@draft_group.command("show")
@click.argument("draft")
@json_option
@click.pass_obj
def show_command(session: Session, draft: str, as_json: bool) -> None:
    """What a draft says, and what it leaves to the usual values.

    \b
    Example:
      imguard project draft show 5b1c22d9
    """

    async def work(nodes: Nodes) -> FoundDraft:
        return await fetch_draft(nodes, await find_id(nodes, draft, DRAFT))

    _emit(session.run(work), as_json)


@draft_group.command("remove")
@click.argument("draft")
@yes_option
@json_option
@click.pass_obj
def remove_command(session: Session, draft: str, yes: bool, as_json: bool) -> None:
    """Throw a draft away at both servers.

    \b
    Example:
      imguard project draft remove 5b1c22d9 --yes
    """
    identity = session.run(lambda nodes: find_id(nodes, draft, DRAFT))
    confirm(f"Throw the draft {identity} away?", yes)
    session.run(lambda nodes: remove_draft(nodes, identity))
    emit({"id": identity}, as_json, f"draft {identity} is removed")


@click.command("publish")
@click.argument("draft")
@yes_option
@json_option
@click.pass_obj
def publish_command(session: Session, draft: str, yes: bool, as_json: bool) -> None:
    """Make a project of a draft, or the next revision if it was begun from one. The draft ends with that.

    \b
    Example:
      imguard project publish 5b1c22d9
    """
    author = author_of(session)

    async def prepare(nodes: Nodes) -> Specification:
        found = await fetch_draft(nodes, await find_id(nodes, draft, DRAFT))
        check_roles(found.outline.members)
        revision = await next_revision(nodes, author.deployment, found.id)
        return await compose(nodes, author, found.outline, found.id, revision)

    specification = session.run(prepare)
    if not (as_json and yes):
        session.show(summary(specification))
    confirm("Publish this project?", yes)
    session.run(lambda nodes: publish(nodes, author, specification))
    value = {
        "id": specification.project_id,
        "revision": specification.revision,
        "hash": specification.hash,
        "specification": specification.body,
    }
    emit(value, as_json, f"published {specification.project_id}\n{next_step(specification)}")


async def _changed(nodes: Nodes, outline: Outline, options: dict[str, Sequence[str]]) -> Outline:
    outline = edited(outline, options["edits"])
    gone = {full_id(one, outline.datasets, DATASET) for one in options["remove_dataset"]}
    new = [await find_id(nodes, one, DATASET) for one in options["datasets"]]
    members = {**outline.members, **parse_members(options["members"])}
    check_roles(members)
    return replace(
        outline,
        datasets=tuple(dict.fromkeys([*(one for one in outline.datasets if one not in gone), *new])),
        members={user: role for user, role in members.items() if user not in options["remove_member"]},
    )


def _emit(found: FoundDraft, as_json: bool) -> None:
    outline = found.outline
    value = {
        "id": found.id,
        "version": found.version,
        "author": found.author,
        "name": outline.name,
        "members": outline.members,
        "content": content_of(outline),
    }
    people = ", ".join(f"{plain(user)} ({plain(role)})" for user, role in sorted(outline.members.items()))
    lines = [
        f"draft       {plain(outline.name)}  (id {found.id}, version {found.version} by {plain(found.author)})",
        f"purpose     {plain(outline.purpose) or 'not said'}",
        f"members     {people}",
        f"model to    {', '.join(map(plain, outline.recipients)) or 'all owners and editors'}",
        f"tested by   {_testers(outline)}",
        f"data sets   {', '.join(map(plain, outline.datasets)) or 'none yet'}",
        f"preparation {plain(outline.preparation or 'by the size of the network')}",
    ]
    for section, values in outline.sections.items():
        lines.append(f"{section:<11} {', '.join(f'{name} {plain(value)}' for name, value in values.items())}")
    emit(value, as_json, "\n".join(lines))


def _testers(outline: Outline) -> str:
    if outline.testers is None:
        return "the recipients"
    return ", ".join(map(plain, outline.testers)) or "nobody"
