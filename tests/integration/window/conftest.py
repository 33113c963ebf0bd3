"""Windows without a screen, over a desk without nodes; child processes are real."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from desktop_client.state.tidying import Tidying
from tests.helpers.window import FakeDesk

# Read when the application is made, not when Qt is imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def desk(qapp: object, tmp_path: Path) -> Generator[FakeDesk]:
    QLocale.setDefault(QLocale("en"))
    made = FakeDesk(tmp_path / "profile")
    yield made
    made.close()


@pytest.fixture
def tidying(qapp: object) -> Generator[Tidying]:
    """Garbage is collected as in the program."""
    made = Tidying()
    yield made
    made.end()
