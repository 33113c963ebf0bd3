"""Data sets, the chunks that are here, and what happened to each data set."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class Dataset(Base):
    """A data set and how far its upload has come; ``wrapped_key`` is empty once it was deleted.

    ``summary`` is what lists show of manifest and settings, so that long documents are read only where needed. ``size``
    are the sealed bytes of this server's part, ``settings`` the newest signed settings and ``version`` their number, 0
    for those in the manifest; ``deletion`` is the signed receipt of a deletion.
    """

    __tablename__ = "datasets"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"), index=True)
    summary: Mapped[str] = mapped_column(Text)
    manifest: Mapped[str] = mapped_column(Text, deferred=True)
    manifest_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), index=True)
    peer_confirmed: Mapped[bool]
    enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(Integer)
    settings: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    receipt: Mapped[str | None] = mapped_column(Text)
    deletion: Mapped[str | None] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)


class ChunkRow(Base):
    """A chunk that is completely on this node's disk."""

    __tablename__ = "chunks"
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)


class DatasetEvent(Base):
    """Something that happened to a data set; ``actor`` is a user or this node, ``facts`` a JSON text."""

    __tablename__ = "dataset_events"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.id"), index=True)
    time: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    facts: Mapped[str] = mapped_column(Text)
