"""Keys from another device, and new keys after the password was lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from desktop_client.jobs import entry
from desktop_client.state.identity.door import Entrance, Stage
from desktop_client.ui.pages.door.step import Step, form
from desktop_client.ui.widgets.basics import boxed, button, column, label, row
from desktop_client.ui.widgets.password import NewPassword, PasswordField


class MoveStep(Step):
    """A file that was exported on another device, its password, and the password for the keys here."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(
            entrance,
            self.tr("Import your keys"),
            self.tr("On the other device: Settings, Keys and devices, Export keys. Bring the file here."),
        )
        self.file = QLineEdit()
        self.file.setAccessibleName(self.tr("Key file"))
        self.file_password = PasswordField(self.tr("Password of the file"))
        self.own = PasswordField(self.tr("Password of the keys on this device"))
        self.new = NewPassword()
        browse = button(self.tr("Choose…"), self._choose, "", "file")
        self._own_box = boxed(form((self.tr("Password of the keys on this device"), self.own)))
        self._new_box = boxed(form((self.tr("New password for this device"), self.new)))
        self.go_on = button(self.tr("Import"), self._import, "primary", "key-round")
        back = button(self.tr("Back"), entrance.settle, "flat")
        self.add(column(label(self.tr("Key file"), "strong"), row(self.file, browse)))
        self.add(form((self.tr("Password of the file"), self.file_password)), self._own_box, self._new_box)
        self.add(row(back, None, self.go_on))
        for field in (self.file, self.file_password, self.own):
            field.textChanged.connect(self._check)
        self.new.changed.connect(self._check)
        for last in (self.own, self.new.second):
            last.returnPressed.connect(self.go_on.click)

    def open(self) -> None:
        has_keys = self.entrance.office.profile.keys_path.exists()
        self._own_box.setVisible(has_keys)
        self._new_box.setVisible(not has_keys)
        self._check()
        self.file.setFocus()

    def forget(self) -> None:
        self.file_password.forget()
        self.own.forget()
        self.new.forget()

    @property
    def _password(self) -> str:
        return self.own.text() if self.entrance.office.profile.keys_path.exists() else self.new.value

    def _check(self) -> None:
        self.go_on.setEnabled(bool(self.file.text().strip() and self.file_password.text() and self._password))

    def _import(self) -> None:
        self.entrance.move_in(Path(self.file.text().strip()), self.file_password.text(), self._password)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the key file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.file.setText)
        dialog.open()


class NewKeysStep(Step):
    """What it means to lose a password, before anything is done."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(
            entrance, self.tr("Make new keys"), self.tr("The password is lost: nobody can open or reset the old keys.")
        )
        points = (
            self.tr("Ask an administrator for a new invitation for your user name."),
            self.tr("Register with it. Your old keys are kept on this device under another name."),
            self.tr("Models that were sealed to the old keys stay closed, unless the password turns up again."),
            self.tr("Consents signed with the old keys do not count any more; projects need a new revision."),
        )
        for number, text in enumerate(points, start=1):
            line = row(label(f"{number}.", "strong"), label(text, "", True), spacing=10)
            line.setStretch(1, 1)
            line.setAlignment(Qt.AlignmentFlag.AlignTop)
            self.add(line)
        self.go_on = button(self.tr("Put the old keys aside"), entrance.put_keys_aside, "danger", "key-round")
        self.back = button(self.tr("Back"), lambda: entrance.go(_before(entrance)))
        self.add(row(None, self.back, self.go_on))

    def open(self) -> None:
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)


def _before(entrance: Entrance) -> Stage:
    return Stage.LOGIN if entry.is_registered(entrance.office) else Stage.REGISTER
