"""Projects, whom they concern, what data owners decided, drafts and reminders."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class Project(Base):
    """A project and which of its revisions is the newest; ``archive`` is the document that archived or restored it."""

    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"))
    is_archived: Mapped[bool]
    archive: Mapped[str | None] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)


class Revision(Base):
    """A signed specification of a project; ``number`` is its revision."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("project", "number"),)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    document: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(Integer)


class Membership(Base):
    """Whom the newest revision of a project concerns: its members and the owners of its data."""

    __tablename__ = "memberships"
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class Consent(Base):
    """The latest decision of a data owner about one data set in one revision: granted, declined or withdrawn.

    ``reason`` is JSON, the words that ``document`` holds a digest of; ``time`` is that of the document.
    """

    __tablename__ = "consents"
    revision: Mapped[str] = mapped_column(ForeignKey("revisions.hash"), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    decision: Mapped[str] = mapped_column(String(10))
    document: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    expires: Mapped[int | None] = mapped_column(Integer)
    time: Mapped[int] = mapped_column(Integer)


class Reminder(Base):
    """When somebody was last asked to decide about a project."""

    __tablename__ = "reminders"
    project: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    user: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    sender: Mapped[str] = mapped_column(String(64))
    time: Mapped[int] = mapped_column(Integer)


class Draft(Base):
    """A project that is still being written; the newest signed version of it."""

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    changed: Mapped[int] = mapped_column(Integer)


class DraftMember(Base):
    """Who may see a draft, and as what."""

    __tablename__ = "draft_members"
    draft: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    user: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(8))
