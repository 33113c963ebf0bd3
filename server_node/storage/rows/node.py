"""Whose database this is, and who writes to it."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base

ONLY = 1


class Writer(Base):
    """One row, which every transaction on a database server changes first, so that there is one writer at a time.

    ``node`` is the verify key of the node, ``holder`` stands for the process that opened the database last, and
    ``mark`` for the transaction that was committed last.
    """

    __tablename__ = "writer"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    node: Mapped[str] = mapped_column(String(64))
    holder: Mapped[str] = mapped_column(String(32))
    mark: Mapped[str] = mapped_column(String(32))
