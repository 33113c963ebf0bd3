"""Projects, whom they concern, and consents."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class Project(Base):
    """A project and which of its revisions is the newest."""

    __tablename__ = "projects"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("users.name"))
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
    """The latest consent of a data owner to one revision of a project."""

    __tablename__ = "consents"
    revision: Mapped[str] = mapped_column(ForeignKey("revisions.hash"), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(64), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    expires: Mapped[int] = mapped_column(Integer)
