"""The common base of all tables. Times are whole seconds since 1970; documents are kept as JSON text.

Rows are written in SQLAlchemy's plain types. What a MySQL server needs besides is added here, for every table alike:
texts are compared byte by byte as SQLite does, a document may be long, and a number has 64 bits.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.mysql import LONGBLOB, LONGTEXT
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

MYSQL_TABLE: Final[dict[str, Any]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_row_format": "DYNAMIC",
}
_WIDE: Final[dict[type[TypeEngine[Any]], TypeEngine[Any]]] = {
    Text: Text().with_variant(LONGTEXT(), "mysql", "mariadb"),
    LargeBinary: LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb"),
    Integer: Integer().with_variant(BigInteger(), "mysql", "mariadb"),
}


def portable(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The same type, wide enough on every kind of database."""
    return _WIDE.get(type(kind), kind)


class Base(DeclarativeBase):
    """Common base of all tables."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        table = cls.__table__
        assert isinstance(table, Table)
        table.kwargs.update(MYSQL_TABLE)
        for column in table.columns:
            column.type = portable(column.type)
