"""What is new, for the programs of members."""

from __future__ import annotations

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class News(Base):
    """One piece of news. Numbers are never used twice, even after old news was removed.

    ``audience`` is ``,name,name,`` of those who may see it, None for everybody; ``body`` is a JSON text.
    """

    __tablename__ = "news"
    __table_args__ = {"sqlite_autoincrement": True}
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    time: Mapped[int] = mapped_column(Integer, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
