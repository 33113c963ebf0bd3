"""Language, appearance, when keys are locked, and whether the login stays."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout

from desktop_client.state.identity.own import Own
from desktop_client.state.preferences import Appearance
from desktop_client.ui.language import NAMES
from desktop_client.ui.pages.settings.tab import Tab
from desktop_client.ui.widgets.basics import Card, button, label, row

_MINUTES = (5, 15, 30, 60, 240, 0)


class WindowTab(Tab):
    """Saved when it is chosen."""

    def __init__(self, own: Own) -> None:
        super().__init__(own)
        preferences = self.desk.preferences
        self.language, self.appearance, self.minutes = QComboBox(), QComboBox(), QComboBox()
        for code, name in NAMES.items():
            self.language.addItem(name, code)
        for value, text in (
            (Appearance.SYSTEM, self.tr("As the desktop")),
            (Appearance.LIGHT, self.tr("Light")),
            (Appearance.DARK, self.tr("Dark")),
        ):
            self.appearance.addItem(text, value.value)
        for minutes in sorted({*_MINUTES, preferences.lock_minutes}, key=lambda one: one or 10_000):
            never = self.tr("When the program ends")
            self.minutes.addItem(self.tr("%n minute(s)", "", minutes) if minutes else never, minutes)
        self.language.activated.connect(lambda: preferences.set_language(self.language.currentData()))
        self.appearance.activated.connect(lambda: preferences.set_appearance(Appearance(self.appearance.currentData())))
        self.minutes.activated.connect(self._minutes_chosen)
        for box, name in (
            (self.language, self.tr("Language")),
            (self.appearance, self.tr("Appearance")),
            (self.minutes, self.tr("Lock keys after")),
        ):
            box.setAccessibleName(name)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.addRow(self.tr("Language"), row(self.language, None))
        form.addRow(self.tr("Appearance"), row(self.appearance, None))
        self.reset = button(self.tr("Reset the layout"), self._reset, "", "rotate-ccw")
        form.addRow(self.tr("Windows and columns"), row(self.reset, None))
        self.body.addWidget(Card(self.tr("Window")).add(form))
        self.remember = QCheckBox(self.tr("Stay logged in on this device"))
        self.remember.toggled.connect(preferences.set_remembers_login)
        lock = QFormLayout()
        lock.setHorizontalSpacing(24)
        lock.addRow(self.tr("Lock keys after"), row(self.minutes, None))
        says = label(
            self.tr(
                "A login token is kept on this device, never the password. While keys are unlocked, signing does not "
                "ask for the password; tasks that run go on when they are locked."
            ),
            "muted",
            True,
        )
        self.body.addWidget(Card(self.tr("Login and keys")).add(lock, self.remember, says))
        self.body.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        preferences = self.desk.preferences
        self.language.setCurrentIndex(self.language.findData(preferences.language))
        self.appearance.setCurrentIndex(self.appearance.findData(preferences.appearance.value))
        self.minutes.setCurrentIndex(self.minutes.findData(preferences.lock_minutes))
        self.remember.setChecked(preferences.remembers_login)

    def _minutes_chosen(self) -> None:
        self.desk.preferences.set_lock_minutes(self.minutes.currentData())
        if self.desk.office.is_unlocked:
            self.desk.touch()

    def _reset(self) -> None:
        self.desk.preferences.forget_layouts()
        self.desk.say(self.tr("Windows and columns are as at first when they are opened the next time."))
