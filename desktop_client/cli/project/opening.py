"""Finds what a command names, and who gives it."""

from __future__ import annotations

from typing import Any

from common.specification import Specification
from desktop_client.cli.context import PROJECT, Session, find_id
from desktop_client.upload.client import Nodes
from desktop_client.upload.projects.fetch import fetch_project
from desktop_client.upload.projects.publish import Author


async def open_project(nodes: Nodes, session: Session, given: str) -> tuple[Specification, dict[str, Any]]:
    """A project by its id or the beginning of it, verified at both servers."""
    full = await find_id(nodes, given, PROJECT)
    return await fetch_project(nodes, session.profile.deployment(), full)


def author_of(session: Session) -> Author:
    """The user of the profile, with keys."""
    return Author(session.profile.deployment(), session.profile.user(), session.keys())
