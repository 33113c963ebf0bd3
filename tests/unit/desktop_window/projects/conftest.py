"""Servers that keep drafts and projects, and the two pages over them."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_client.ui.language import Languages
from desktop_client.ui.pages.projects.wizard_page import WizardPage
from tests.helpers.desktop.writing import Servers, serve
from tests.helpers.window import FakeDesk

Opener = Callable[..., WizardPage]


@pytest.fixture(autouse=True)
def english(qapp: QApplication) -> Generator[None]:
    """Plurals need the translation of the source language, too."""
    languages = Languages(qapp)
    languages.use("en")
    yield
    languages.use("C")
    QLocale.setDefault(QLocale("en"))


@pytest.fixture
def servers(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> Servers:
    return serve(desk.office, monkeypatch)


@pytest.fixture
def wizard(desk: FakeDesk, servers: Servers, qtbot: QtBot) -> Opener:
    """Opens the wizard for a subject, in the smallest window."""

    def opened(subject: str = "") -> WizardPage:
        page = WizardPage(desk)
        qtbot.addWidget(page)
        page.resize(1072, 668)
        page.show()
        with qtbot.waitSignal(page.wizard.loaded):
            page.open(subject)
        return page

    return opened
