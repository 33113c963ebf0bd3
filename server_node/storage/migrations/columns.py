"""The column types that migrations are written in, equal to what ``rows/base.py`` makes of SQLAlchemy's plain ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.dialects.mysql import LONGBLOB, LONGTEXT
from sqlalchemy.types import TypeEngine

TABLE: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_row_format": "DYNAMIC",
}


def document() -> TypeEngine[str]:
    """A text of any length."""
    return Text().with_variant(LONGTEXT(), "mysql", "mariadb")


def binary() -> TypeEngine[bytes]:
    """Bytes of any length."""
    return LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")


def number() -> TypeEngine[int]:
    """A whole number of 64 bits."""
    return Integer().with_variant(BigInteger(), "mysql", "mariadb")
