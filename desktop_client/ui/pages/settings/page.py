"""Settings: language, appearance, keys, nodes, and what this program is."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFormLayout

from common.version import program_version
from desktop_client.state.desk import Desk
from desktop_client.state.preferences import Appearance
from desktop_client.ui.language import NAMES
from desktop_client.ui.page import Page
from desktop_client.ui.widgets.basics import Card, selectable


class SettingsPage(Page):
    """What is changed here is saved at once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, self.tr("Settings"), self.tr("Changes are saved at once."))
        self.language = QComboBox()
        for code, name in NAMES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(self.language.findData(desk.preferences.language))
        self.language.activated.connect(lambda: desk.preferences.set_language(self.language.currentData()))
        self.appearance = QComboBox()
        choices = (
            (Appearance.SYSTEM, self.tr("As the desktop")),
            (Appearance.LIGHT, self.tr("Light")),
            (Appearance.DARK, self.tr("Dark")),
        )
        for value, text in choices:
            self.appearance.addItem(text, value.value)
        self.appearance.setCurrentIndex(self.appearance.findData(desk.preferences.appearance.value))
        self.appearance.activated.connect(self._appearance_chosen)
        form = QFormLayout()
        form.addRow(self.tr("Language"), self.language)
        form.addRow(self.tr("Appearance"), self.appearance)
        card = Card(self.tr("Window"))
        card.body.addLayout(form)
        about = Card(self.tr("About"))
        about.add(selectable(f"ImageGuard {program_version()}"))
        self.add(card, about)
        self.body.addStretch(1)

    def _appearance_chosen(self) -> None:
        self.desk.preferences.set_appearance(Appearance(self.appearance.currentData()))
