"""Fields for passwords: one that can be looked at, and two for a new one with a hint how strong it is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLineEdit, QProgressBar, QWidget

from desktop_client.jobs.entry import Strength, strength
from desktop_client.ui import icons
from desktop_client.ui.widgets.basics import column, label, restyle

_TOP = 3


class PasswordField(QLineEdit):
    """Shows dots until its eye is pressed."""

    def __init__(self, name: str) -> None:
        super().__init__(echoMode=QLineEdit.EchoMode.Password)
        self.setAccessibleName(name)
        self._eye = self.addAction(icons.icon("eye", "muted"), QLineEdit.ActionPosition.TrailingPosition)
        self._eye.setToolTip(self.tr("Show or hide the password"))
        self._eye.triggered.connect(self._toggle)

    def forget(self) -> None:
        """Empty, and hidden again."""
        self.clear()
        self._show(False)

    def _toggle(self) -> None:
        self._show(self.echoMode() is QLineEdit.EchoMode.Password)

    def _show(self, is_shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        self._eye.setIcon(icons.icon("eye-off" if is_shown else "eye", "muted"))


class NewPassword(QWidget):
    """A new password twice. ``changed`` comes at every key; ``value`` is empty until both are the same and good."""

    changed = Signal()

    def __init__(self, name: Callable[[], str] | None = None) -> None:
        super().__init__()
        self._name = name or (lambda: "")
        self.first = PasswordField(self.tr("New password"))
        self.second = PasswordField(self.tr("Repeat the password"))
        self.first.setPlaceholderText(self.tr("At least 10 characters"))
        self.second.setPlaceholderText(self.tr("Repeat the password"))
        self.bar = QProgressBar(maximum=_TOP, textVisible=False)
        self.bar.setAccessibleName(self.tr("Strength of the password"))
        self.hint = label("", "small", True)
        self.setLayout(column(self.first, self.bar, self.second, self.hint, spacing=6))
        self.setFocusProxy(self.first)
        for field in (self.first, self.second):
            field.textChanged.connect(self._judge)
        self._judge()

    @property
    def value(self) -> str:
        found = self.first.text()
        is_good = strength(found, self._name()).level > 0 and found == self.second.text()
        return found if is_good else ""

    def forget(self) -> None:
        self.first.forget()
        self.second.forget()

    def _judge(self) -> None:
        found = strength(self.first.text(), self._name())
        self.bar.setValue(found.level)
        restyle(self.bar, state={1: "bad", 3: "good"}.get(found.level, ""))
        differs = bool(self.second.text()) and self.second.text() != self.first.text()
        restyle(self.second, state="bad" if differs else "")
        self.hint.setText(
            self.tr("The two are not the same yet.") if differs else _hint(found, bool(self.first.text()))
        )
        self.changed.emit()


def _hint(found: Strength, is_begun: bool) -> str:
    if not is_begun:
        return QCoreApplication.translate(
            "NewPassword", "Several words that do not belong together are a good password."
        )
    if found.missing:
        return QCoreApplication.translate("NewPassword", "%n more character(s)", "", found.missing)
    return {
        1: QCoreApplication.translate("NewPassword", "Weak: easy to guess. Add words or other characters."),
        2: QCoreApplication.translate("NewPassword", "Fair."),
        3: QCoreApplication.translate("NewPassword", "Good."),
    }[found.level]
