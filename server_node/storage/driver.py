"""The connection to a MySQL or MariaDB server; imported only where one is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asyncmy.connection import Connection
from asyncmy.constants.CLIENT import DEPRECATE_EOF


class WideConnection(Connection):
    """A connection over which the first column of a row may have 16 MiB and more.

    Such a row begins with the byte that also ends the rows in the newer form of the protocol, and the driver takes it
    for the end. In the older form, which every server speaks as well, the end is told by its length.
    """

    server_capabilities: int

    async def _get_server_information(self) -> None:
        await getattr(super(), "_get_server_information")()
        self.server_capabilities &= ~DEPRECATE_EOF


async def connect(**arguments: Any) -> WideConnection:
    """A new connection; the arguments are those of the driver."""
    make: Callable[..., WideConnection] = WideConnection
    connection = make(**arguments)
    await connection.connect()
    return connection
