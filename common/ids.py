"""Names for the things that have identities, so that one cannot be passed for another."""

from __future__ import annotations

from enum import IntEnum
from typing import NewType

UserName = NewType("UserName", str)
DatasetId = NewType("DatasetId", str)
ProjectId = NewType("ProjectId", str)
JobId = NewType("JobId", str)


class Party(IntEnum):
    """The two computing servers: A is party 0, B is party 1."""

    P0 = 0
    P1 = 1

    @property
    def other(self) -> Party:
        return Party(1 - self)

    @property
    def letter(self) -> str:
        return "ab"[self]

    @classmethod
    def from_letter(cls, letter: str) -> Party:
        return cls("ab".index(letter))
