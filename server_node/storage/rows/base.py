"""The common base of all tables. Times are whole seconds since 1970; documents are kept as JSON text."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Common base of all tables."""
