"""Jobs and what happened to them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class Job(Base):
    """A job and where it stands.

    ``error``, ``waiting`` (why it does not go on now), ``progress``, ``stages`` (the latest of each), ``controls``
    (signed documents, in order) and ``model`` are JSON texts. ``attempt`` counts how often its workers were started,
    ``stalled`` how often in vain since it last came further.
    """

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    specification: Mapped[str] = mapped_column(String(64))
    starter: Mapped[str] = mapped_column(String(64))
    organisation: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    controls: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    is_computed: Mapped[bool]
    attempt: Mapped[int] = mapped_column(Integer)
    stalled: Mapped[int] = mapped_column(Integer)
    stage: Mapped[str | None] = mapped_column(String(16))
    progress: Mapped[str | None] = mapped_column(Text)
    stages: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    waiting: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)
    ended: Mapped[int | None] = mapped_column(Integer)


class JobEvent(Base):
    """One event of a job; numbers start at 1 and have no gaps."""

    __tablename__ = "job_events"
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
