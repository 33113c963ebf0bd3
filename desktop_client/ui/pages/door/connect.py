"""Connect to a deployment: by its kit, or by the address of a node and the fingerprint."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout

from common.deployment import Deployment
from desktop_client.state.identity.door import Entrance, Stage
from desktop_client.ui.pages.door.step import Step, form, in_groups
from desktop_client.ui.widgets.basics import boxed, button, column, copy_text, label, line, row, selectable
from desktop_client.ui.widgets.drop import DropArea
from desktop_client.ui.widgets.picture import Picture


class ConnectStep(Step):
    """First a deployment is found, then its fingerprint is compared."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(entrance, "", "")
        self._titles = (
            (self.tr("Connect to a deployment"), self.tr("The operator of the servers gave you a kit, or an address.")),
            (self.tr("Is this your deployment?"),
             self.tr("Compare the fingerprint with the one that the operator told you on another way.")),
        )  # fmt: skip
        self.drop = DropArea()
        self.drop.dropped.connect(lambda paths: entrance.open_kit(Path(paths[0])))
        picture = Picture("folder-open", 32)
        says = label(self.tr("Drop the kit folder or deployment.json here"), "strong", True)
        says.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.file = button(self.tr("Open file…"), self._choose_file, "primary", "file")
        self.folder = button(self.tr("Open folder…"), self._choose_folder, "", "folder")
        self.drop.setLayout(column(picture, says, row(None, self.file, self.folder, None), spacing=10, margins=18))
        self.address, self.fingerprint = QLineEdit(), QLineEdit()
        self.address.setPlaceholderText("a.hospital.example:9001")
        self.fingerprint.setPlaceholderText(self.tr("64 digits from 0 to 9 and a to f"))
        self.connect_button = button(self.tr("Connect"), self._ask, "", "link")
        for field in (self.address, self.fingerprint):
            field.textChanged.connect(self._check)
            field.returnPressed.connect(self._ask)
        fields = form((self.tr("Address of a node"), self.address), (self.tr("Fingerprint"), self.fingerprint))
        ways = row(button(self.tr("I have keys from another device"), self._move, "flat"), None, self.connect_button)
        self.search = boxed(column(self.drop, line(), fields, ways, spacing=12))
        self.compare = boxed(self._comparing())
        self.compare.hide()
        self.add(self.search, self.compare)
        entrance.found.connect(self.show_found)
        self._check()
        self._show_search(True)

    def open(self) -> None:
        self._show_search(True)

    def show_found(self, deployment: Deployment) -> None:
        """Have a person compare what was found."""
        self.name.setText(deployment.name)
        self.mark.setText(in_groups(deployment.fingerprint))
        nodes = (deployment.node(role) for role in ("a", "b", "log"))
        self.nodes.setText("\n".join(f"{node.name}   {node.url}" for node in nodes))
        self._show_search(False)
        self.accept.setFocus(Qt.FocusReason.OtherFocusReason)

    def _comparing(self) -> QVBoxLayout:
        self.name, self.mark, self.nodes = label("", "heading", True), selectable(""), selectable("", "small")
        self.mark.setAccessibleName(self.tr("Fingerprint"))
        self.accept = button(self.tr("The fingerprint is the same"), self.entrance.accept, "primary", "check")
        self.another = button(self.tr("It is another one"), lambda: self._show_search(True))
        copied = button(self.tr("Copy"), lambda: copy_text(self.mark.text()), "flat", "copy")
        warning = label(
            self.tr("If it differs, somebody stands in between: do not go on, and tell the operator."), "muted", True
        )
        head = row(label(self.tr("Fingerprint"), "strong"), None, copied)
        buttons = row(None, self.another, self.accept)
        return column(self.name, self.nodes, line(), head, self.mark, warning, buttons, spacing=12)

    def _show_search(self, is_searching: bool) -> None:
        heading, text = self._titles[0 if is_searching else 1]
        self.heading.setText(heading)
        self.text.setText(text)
        self.text.show()
        self.search.setVisible(is_searching)
        self.compare.setVisible(not is_searching)

    def _check(self) -> None:
        self.connect_button.setEnabled(bool(self.address.text().strip() and self.fingerprint.text().strip()))

    def _ask(self) -> None:
        if self.connect_button.isEnabled():
            self.entrance.ask(self.address.text(), self.fingerprint.text())

    def _move(self) -> None:
        self.entrance.go(Stage.MOVE)

    def _choose_file(self) -> None:
        kinds = self.tr("Deployment (*.json)")
        dialog = QFileDialog(self, self.tr("Open a deployment"), "", kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.entrance.open_kit(Path(path)))
        dialog.open()

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a kit folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.entrance.open_kit(Path(path)))
        dialog.open()
