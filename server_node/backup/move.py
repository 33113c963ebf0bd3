"""All rows of a node from one database into another one, empty so far."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from server_node.storage.engine import WRITES, named, open_engine
from server_node.storage.location import Location
from server_node.storage.schema import prepare
from server_node.storage.transfer import copy_rows, require_empty


async def copy_into(source: Location, target: Location) -> dict[str, int]:
    """Copy everything, in one transaction of the target; returns how many rows of each table there were.

    Raises:
        Conflict: the target has rows already.
        StoreDamaged: what arrived is not what was sent.
        DatabaseGone, DiskFull, ConfigError: one of the two databases; the target has no rows then.
    """
    await prepare(source)
    await prepare(target)
    first, second = open_engine(source), open_engine(target)
    try:
        async with first.connect() as rows, second.execution_options(**WRITES).connect() as copy:
            await require_empty(copy)
            counts = await copy_rows(rows, copy)
            await copy.commit()
        return counts
    except SQLAlchemyError as error:
        raise named(error) from error
    finally:
        await first.dispose()
        await second.dispose()
