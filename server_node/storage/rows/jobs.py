"""Jobs and what happened to them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


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
