"""Accounts and logins."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


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
