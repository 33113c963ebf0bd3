"""Finds what a command names, and who gives it."""

from __future__ import annotations

import re
from typing import Any, Final

from common.specification import Specification
from desktop_client.cli.context import PROJECT, Session, find_id, full_id
from desktop_client.upload.answers import text
from desktop_client.upload.client import Nodes
from desktop_client.upload.datasets.overview import given, sides
from desktop_client.upload.projects.fetch import fetch_project
from desktop_client.upload.projects.publish import Author

_WHOLE: Final = re.compile(r"[0-9a-f]{32}")


async def open_project(nodes: Nodes, session: Session, given: str) -> tuple[Specification, dict[str, Any]]:
    """A project by its id or the beginning of it, verified at both servers."""
    full = await find_id(nodes, given, PROJECT)
    return await fetch_project(nodes, session.profile.deployment(), full)


async def find_project(nodes: Nodes, given_id: str) -> str:
    """A whole id as it is, else the one that begins like this at a server that answers: for what one server can do.

    Raises:
        NotFound, UsageError: as :func:`full_id`.
        AppError: of A if neither server answers.
    """
    if _WHOLE.fullmatch(given_id):
        return given_id
    lists = given(await sides(nodes, lambda node: node.projects()))
    return full_id(given_id, sorted({text(one, "id") for found in lists.values() for one in found}), PROJECT)


def author_of(session: Session) -> Author:
    """The user of the profile, with keys."""
    return Author(session.profile.deployment(), session.profile.user(), session.keys())
