"""The tables of a server node. Times are whole seconds since 1970; documents are kept as JSON text."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Common base of all tables."""


class User(Base):
    """A member of the deployment with the public keys this node accepts for the name."""

    __tablename__ = "users"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    verify_key: Mapped[str] = mapped_column(String(64), unique=True)
    seal_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    created: Mapped[int] = mapped_column(Integer)


class Challenge(Base):
    """A login question that was not answered yet; names nobody has are stored like any other."""

    __tablename__ = "challenges"
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(64))
    expires: Mapped[int] = mapped_column(Integer, index=True)


class Token(Base):
    """A login, known by the SHA-256 of its token only."""

    __tablename__ = "tokens"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.name"))
    expires: Mapped[int] = mapped_column(Integer, index=True)


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


class Project(Base):
    """A signed project specification."""

    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"))
    document: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)


class Membership(Base):
    """Whom a project concerns: its members and the owners of its data."""

    __tablename__ = "memberships"
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class Consent(Base):
    """The latest consent of a data owner to one specification."""

    __tablename__ = "consents"
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    expires: Mapped[int] = mapped_column(Integer)


class Job(Base):
    """A job and where it stands; ``error``, ``progress`` and ``model`` are JSON texts."""

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    document: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    is_computed: Mapped[bool]
    stage: Mapped[str | None] = mapped_column(String(16))
    progress: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)


class JobEvent(Base):
    """One event of a job; numbers start at 1 and have no gaps."""

    __tablename__ = "job_events"
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[str] = mapped_column(Text)
