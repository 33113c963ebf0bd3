"""Windows without a screen, and a desk without nodes."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from tests.helpers.window import FakeDesk

# Read when the application is made, not when Qt is imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def desk(qapp: object, tmp_path: Path) -> Generator[FakeDesk]:
    QLocale.setDefault(QLocale("en"))
    made = FakeDesk(tmp_path)
    yield made
    made.close()
