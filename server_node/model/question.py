"""What a test asks and for whom, and its files in the folders of jobs, as the node and its workers know them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.system.permissions import sync_folder

KEPT_NAME: Final = "weights.kept"
ANSWER_NAME: Final = "answer.sealed"
MAX_CELLS: Final = 1 << 22
"""Logits of one answer."""


@dataclass(frozen=True)
class Question:
    """Whom a test answers, and what: ``training`` is the job that made the model, ``dataset`` the images."""

    training: str
    dataset: str
    asker: str
    verify_key: str
    seal_key: str

    def as_json(self) -> dict[str, str]:
        """What both servers must agree on."""
        return dict(vars(self))


def are_kept(folder: Path) -> bool:
    """Whether the weights of the job in this folder are here."""
    return (folder / KEPT_NAME).is_file()


def forget_weights(folder: Path) -> bool:
    """Remove the kept weights of a job; their key goes with them. Whether there were any."""
    if not are_kept(folder):
        return False
    (folder / KEPT_NAME).unlink(missing_ok=True)
    sync_folder(folder)
    return True
