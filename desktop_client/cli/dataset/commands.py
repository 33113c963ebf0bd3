"""The command group `imguard dataset`."""

from __future__ import annotations

import click

from desktop_client.cli.dataset.changing import (
    disable_command,
    edit_command,
    enable_command,
    repair_command,
    share_command,
)
from desktop_client.cli.dataset.deleting import delete_command
from desktop_client.cli.dataset.looking import history_command, list_command, show_command, uses_command
from desktop_client.cli.dataset.splitting import split_command, upload_command


@click.group("dataset")
def group() -> None:
    """Split and upload data sets, say who may use them, see who does, and delete them.

    \b
    Example:
      imguard dataset split films --out split --name films --size 64x64
      imguard dataset upload split
      imguard dataset share 3f2a90c1 --with bob
    """


for _command in (
    split_command,
    upload_command,
    list_command,
    show_command,
    edit_command,
    share_command,
    enable_command,
    disable_command,
    history_command,
    uses_command,
    repair_command,
    delete_command,
):
    group.add_command(_command)
