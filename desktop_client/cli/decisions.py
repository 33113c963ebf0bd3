"""`imguard decisions`: everything that waits for you."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from desktop_client.cli.context import Session, emit, json_option
from desktop_client.plain import plain
from desktop_client.upload.projects.consents import fetch_decisions


@click.command("decisions")
@json_option
@click.pass_obj
def decisions_command(session: Session, as_json: bool) -> None:
    """What waits for you at either server: consents, those that end soon, and for administrators new people.

    \b
    Example:
      imguard decisions
    """
    found = session.run(fetch_decisions)
    lines = [
        *[_consent(row) for row in found["consents"]],
        *[_ending(row) for row in found["ending"]],
        *[_registration(row) for row in found["registrations"]],
    ]
    emit(found, as_json, "\n".join(lines) or "nothing waits for you")


def _consent(row: Mapping[str, Any]) -> str:
    reminded = f", reminded {plain(row['reminded'])}" if row.get("reminded") else ""
    return (
        f"consent       {_name(row)}, data set {_short(row.get('dataset'))}, since {plain(row.get('since'))}{reminded}"
        f"{_where(row)}\n              imguard consent give {plain(row.get('project'))}"
    )


def _ending(row: Mapping[str, Any]) -> str:
    return (
        f"ends soon     {_name(row)}, data set {_short(row.get('dataset'))}, ends {plain(row.get('expires'))}"
        f"{_where(row)}\n              imguard consent give {plain(row.get('project'))}"
    )


def _registration(row: Mapping[str, Any]) -> str:
    return (
        f"registration  {plain(row.get('user'))} of {plain(row.get('organisation'))}, since {plain(row.get('since'))}"
        f"{_where(row)}\n              imguard users approve {plain(row.get('user'))}"
    )


def _name(row: Mapping[str, Any]) -> str:
    return f"{plain(row.get('name'))} (revision {plain(row.get('revision'))})"


def _short(value: object) -> str:
    return plain(value)[:12]


def _where(row: Mapping[str, Any]) -> str:
    """Only a difference between the servers is worth telling."""
    return "" if len(row["servers"]) > 1 else f", at server {row['servers'][0].upper()} only"
