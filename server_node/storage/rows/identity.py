"""Accounts, their history, who was invited, devices and logins."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server_node.storage.rows.base import Base


class User(Base):
    """An account with the public keys this node accepts for the name; requested ones too."""

    __tablename__ = "users"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    verify_key: Mapped[str] = mapped_column(String(64), unique=True)
    seal_key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    created: Mapped[int] = mapped_column(Integer)


class AccountKey(Base):
    """A verify key that is or was in force; none is ever taken again."""

    __tablename__ = "account_keys"
    verify_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.name"))


class AccountDocument(Base):
    """A document that changed an account."""

    __tablename__ = "account_documents"
    user: Mapped[str] = mapped_column(ForeignKey("users.name"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[str] = mapped_column(Text)


class Registered(Base):
    """The newest registration of a user, which may wait for an administrator."""

    __tablename__ = "registrations"
    user: Mapped[str] = mapped_column(ForeignKey("users.name"), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    is_waiting: Mapped[bool]
    created: Mapped[int] = mapped_column(Integer)


class Invited(Base):
    """An invitation, known by the hash of its code."""

    __tablename__ = "invitations"
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(64), index=True)
    organisation: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    expires: Mapped[int] = mapped_column(Integer)
    created: Mapped[int] = mapped_column(Integer, index=True)
    document: Mapped[str] = mapped_column(Text)


class UserDevice(Base):
    """A login key of a user; revoked ones stay."""

    __tablename__ = "devices"
    user: Mapped[str] = mapped_column(ForeignKey("users.name"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    created: Mapped[int] = mapped_column(Integer)
    last_login: Mapped[int | None] = mapped_column(Integer)


class Challenge(Base):
    """A login question that was not answered yet; names nobody has are stored like any other."""

    __tablename__ = "challenges"
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(64))
    expires: Mapped[int] = mapped_column(Integer, index=True)


class Token(Base):
    """A login, known by a hash of its token that is good at this node only."""

    __tablename__ = "tokens"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("users.name"), index=True)
    device: Mapped[str] = mapped_column(String(64))
    expires: Mapped[int] = mapped_column(Integer, index=True)
