"""Data sets and the chunks that are here."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class Dataset(Base):
    """A data set and how far its upload has come; ``wrapped_key`` is empty once it was deleted.

    ``summary`` is the part of the manifest that lists show, so that the long list of chunks is read only where needed.
    """

    __tablename__ = "datasets"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"), index=True)
    summary: Mapped[str] = mapped_column(Text)
    manifest: Mapped[str] = mapped_column(Text, deferred=True)
    manifest_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), index=True)
    peer_confirmed: Mapped[bool]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    receipt: Mapped[str | None] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)


class ChunkRow(Base):
    """A chunk that is completely on this node's disk."""

    __tablename__ = "chunks"
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
