"""Questions: are you sure, type it to be sure, your password, and an error that interrupts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QWidget

from common.errors import AppError
from desktop_client.ui.messages import tell
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import button, column, copy_text, label, row

_WIDTH = 460


class Question(QDialog):
    """A question with two answers; :attr:`body` takes more widgets. Opened without blocking anything."""

    def __init__(self, parent: QWidget | None, heading: str, text: str, yes: str, is_danger: bool = False) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(heading)
        self.setModal(True)
        self.setMinimumWidth(_WIDTH)
        self.body = column(spacing=10)
        self.yes: QPushButton = button(yes, self.accept, "danger" if is_danger else "primary")
        self.no: QPushButton = button(self.tr("Cancel"), self.reject)
        self.yes.setDefault(not is_danger)
        self.no.setDefault(is_danger)
        self.heading: QLabel = label(heading, "heading", True)
        self.text: QLabel = label(text, "", True)
        # Never shown before it has its place: it would be a window of its own for a moment.
        if not text:
            self.text.hide()
        self.setLayout(column(self.heading, self.text, self.body, row(None, self.no, self.yes), spacing=14, margins=20))

    def showEvent(self, event: QShowEvent) -> None:
        """One that was given its heading later still has a title."""
        self.setWindowTitle(self.windowTitle() or self.heading.text())
        super().showEvent(event)


def confirm(
    parent: QWidget, heading: str, text: str, yes: str, done: Callable[[], object], is_danger: bool = False
) -> Question:
    """Ask, and call ``done`` if the answer is yes. Whatever destroys something is a danger."""
    made = Question(parent, heading, text, yes, is_danger)
    made.accepted.connect(lambda: done())
    made.open()
    return made


def confirm_by_typing(
    parent: QWidget, heading: str, text: str, word: str, yes: str, done: Callable[[], object]
) -> Question:
    """As :func:`confirm` for what cannot be undone: the person types ``word`` first."""
    made = Question(parent, heading, text, yes, is_danger=True)
    typed = QLineEdit()
    typed.setAccessibleName(QCoreApplication.translate("Question", "Type %1 to confirm").replace("%1", word))
    made.body.addWidget(
        label(QCoreApplication.translate("Question", "Type %1 to confirm").replace("%1", word), "muted", True)
    )
    made.body.addWidget(typed)
    made.yes.setEnabled(False)
    typed.textChanged.connect(lambda given: made.yes.setEnabled(given.strip() == word))
    made.accepted.connect(lambda: done())
    made.open()
    return made


class PasswordDialog(Question):
    """Asks for the password of the keys: ``tried(password)`` unlocks, then calls :meth:`accept` or :meth:`refuse`."""

    def __init__(self, parent: QWidget | None, tried: Callable[[str], object]) -> None:
        super().__init__(parent, "", "", "")
        self.heading.setText(self.tr("Unlock your keys"))
        self.setWindowTitle(self.tr("Unlock your keys"))
        self.text.setText(
            self.tr("This has to be signed with your keys. Your password opens them on this machine; it is never sent.")
        )
        self.text.show()
        self.yes.setText(self.tr("Unlock"))
        self.field = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(self.tr("Password"))
        self.field.setPlaceholderText(self.tr("Password"))
        self.problem = Banner()
        self.body.addWidget(self.field)
        self.body.addWidget(self.problem)
        self.yes.clicked.disconnect()
        self.yes.clicked.connect(self._try)
        self._tried = tried
        self.field.setFocus()

    def refuse(self, error: AppError) -> None:
        """The password was wrong, or the keys cannot be opened."""
        self._busy(False)
        self.problem.show_error(error)
        self.field.selectAll()
        self.field.setFocus()

    def _try(self) -> None:
        if self.field.text():
            self.problem.hide()
            self._busy(True)
            self._tried(self.field.text())

    def _busy(self, is_busy: bool) -> None:
        self.yes.setEnabled(not is_busy)
        self.field.setEnabled(not is_busy)


class ErrorDialog(Question):
    """An error that no page shows by itself."""

    def __init__(self, parent: QWidget | None, error: AppError) -> None:
        told = tell(error)
        super().__init__(parent, told.heading, told.sentence, "")
        self.yes.setText(self.tr("Close"))
        self.no.setText(self.tr("Copy"))
        self.no.clicked.disconnect()
        self.no.clicked.connect(lambda: copy_text(f"{told.heading}\n{told.sentence}\n{told.details}"))
        self._details = label(told.details, "mono", True)
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details.hide()
        self.body.addLayout(row(button(self.tr("Details"), self._toggle, "flat"), None))
        self.body.addWidget(self._details)

    def _toggle(self) -> None:
        self._details.setVisible(self._details.isHidden())
        self.adjustSize()
