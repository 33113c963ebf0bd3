"""Passwords that are asked for before keys are changed or written to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QProgressBar, QWidget

from common.errors import AppError
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import boxed, button, label, row
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.ui.widgets.password import NewPassword, PasswordField


class KeyDialog(Question):
    """Stays open until the work went well: :meth:`accept` closes it, :meth:`refuse` says why not."""

    def __init__(self, parent: QWidget, heading: str, text: str, yes: str, is_danger: bool = False) -> None:
        super().__init__(parent, heading, text, yes, is_danger)
        self.fields: list[QWidget] = []
        self.problem = Banner(is_narrow=True)
        self.progress = QProgressBar(maximum=0, textVisible=False)
        self.progress.hide()
        self.yes.clicked.disconnect()
        self.yes.clicked.connect(self._begin)

    def put(self, name: str, field: QWidget) -> None:
        """A field below its name."""
        shown = label(name, "", True)
        shown.setBuddy(field)
        self.fields.append(field)
        self.body.addWidget(shown)
        self.body.addWidget(field)

    def finish(self) -> None:
        """All fields are there."""
        self.body.addWidget(self.problem)
        self.body.addWidget(self.progress)
        self.judge()

    def judge(self) -> None:
        self.yes.setEnabled(self.is_complete())

    def is_complete(self) -> bool:
        """Whether everything was entered; subclasses look at their own fields."""
        return True

    def go_on(self) -> None:
        """Begin the work with what was entered; without any the dialog closes."""
        self.accept()

    def refuse(self, error: AppError) -> None:
        """It did not go well; nothing was changed."""
        self._busy(False)
        self.problem.show_error(error)
        self.adjustSize()

    def _begin(self) -> None:
        self.problem.hide()
        self._busy(True)
        self.go_on()

    def _busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        for widget in (*self.fields, self.yes):
            widget.setEnabled(not is_busy)


class ChangePassword(KeyDialog):
    """The old password, and a new one twice."""

    def __init__(self, parent: QWidget, changed: Callable[[str, str], object]) -> None:
        super().__init__(parent, "", "", "")
        self.heading.setText(self.tr("Change your password"))
        self.text.setText(self.tr("It locks your keys on this device only; other devices keep theirs."))
        self.text.show()
        self.yes.setText(self.tr("Change password"))
        self._changed = changed
        self.old, self.new = PasswordField(self.tr("Present password")), NewPassword()
        self.old.textChanged.connect(self.judge)
        self.new.changed.connect(self.judge)
        self.put(self.tr("Present password"), self.old)
        self.put(self.tr("New password"), self.new)
        self.finish()

    def is_complete(self) -> bool:
        return bool(self.old.text() and self.new.value)

    def go_on(self) -> None:
        self._changed(self.old.text(), self.new.value)


class ExportKeys(KeyDialog):
    """Where to, and a password for the file."""

    def __init__(self, parent: QWidget, name: str, exported: Callable[[Path, str], object]) -> None:
        super().__init__(parent, "", "", "")
        self.heading.setText(self.tr("Export your keys"))
        self.text.setText(
            self.tr("For another device or a safe. Whoever has the file and its password can sign as you.")
        )
        self.text.show()
        self.yes.setText(self.tr("Export"))
        self._exported = exported
        self.file, self.new = QLineEdit(str(Path.home() / f"{name}.keys")), NewPassword()
        choose = button(self.tr("Choose…"), self._choose, "", "folder")
        place = boxed(row(self.file, choose))
        place.setFocusProxy(self.file)
        self.file.setAccessibleName(self.tr("File"))
        self.file.textChanged.connect(self.judge)
        self.new.changed.connect(self.judge)
        self.put(self.tr("File"), place)
        self.put(self.tr("Password of the file"), self.new)
        self.finish()

    def is_complete(self) -> bool:
        return bool(self.file.text().strip() and self.new.value)

    def go_on(self) -> None:
        self._exported(Path(self.file.text().strip()), self.new.value)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Export your keys"), self.file.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self.file.setText)
        dialog.open()


class RotateKeys(KeyDialog):
    """What new keys mean, and the password for them."""

    def __init__(self, parent: QWidget, rotated: Callable[[str], object]) -> None:
        super().__init__(parent, "", "", "", is_danger=True)
        self.heading.setText(self.tr("Replace your keys?"))
        self.text.setText(
            self.tr(
                "Do this when a device was lost or somebody else may know your keys. Consents you gave count no more, "
                "projects that name the old keys need a new revision, and your other devices have to import the new "
                "keys. Old models stay readable. A rotation that was cut off is finished."
            )
        )
        self.text.show()
        self.yes.setText(self.tr("Replace keys"))
        self._rotated = rotated
        self.password = PasswordField(self.tr("Password"))
        self.password.textChanged.connect(self.judge)
        self.put(self.tr("Password"), self.password)
        self.finish()

    def is_complete(self) -> bool:
        return bool(self.password.text())

    def go_on(self) -> None:
        self._rotated(self.password.text())
