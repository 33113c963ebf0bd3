"""Inviting somebody, approving somebody after the fingerprint was compared, and changes with a reason."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from common.accounts.forms import INVITATION_DAYS
from common.accounts.model import Role
from common.errors import AppError
from desktop_client.jobs import people
from desktop_client.jobs.people import Guest
from desktop_client.ui.pages.users import words
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Card, boxed, button, column, copy_text, label, row, selectable
from desktop_client.ui.widgets.dialogs import Question
from desktop_client.ui.words import moment
from desktop_client.upload.identity.users import Pending

_USUAL_DAYS = 14
_MAX_REASON = 200


class InviteDialog(Question):
    """Asks whom; then shows the code, once. ``asked(name, organisation, role, days)`` makes the invitation."""

    def __init__(
        self, parent: QWidget, organisations: list[str], asked: Callable[[str, str, str, int], object]
    ) -> None:
        super().__init__(parent, "", "", "")
        self.setWindowTitle(self.tr("Invite somebody"))
        self.heading.setText(self.tr("Invite somebody"))
        self.text.setText(
            self.tr("You get a code to give to that person. For an account that exists it allows new keys.")
        )
        self.text.show()
        self._asked = asked
        self.name, self.role, self.days = QLineEdit(), QComboBox(), QSpinBox(minimum=1, maximum=INVITATION_DAYS)
        self.name.setPlaceholderText(self.tr("Small letters, digits, dots and dashes"))
        self.organisation = QComboBox(editable=True)
        self.organisation.addItems(organisations)
        self.organisation.setCurrentText("")
        for one in (Role.USER, Role.ADMINISTRATOR):
            self.role.addItem(words.role(str(one)), str(one))
        self.days.setValue(_USUAL_DAYS)
        form = QFormLayout()
        for name, field in (
            (self.tr("User name"), self.name), (self.tr("Organisation"), self.organisation),
            (self.tr("Role"), self.role), (self.tr("Days the code works"), self.days),
        ):  # fmt: skip
            field.setAccessibleName(name)
            form.addRow(name, field)
        self.problem = Banner(is_narrow=True)
        self._form = boxed(form)
        self._result = boxed(self._shown_once())
        self._result.hide()
        for widget in (self._form, self.problem, self._result):
            self.body.addWidget(widget)
        self.yes.setText(self.tr("Invite"))
        self.yes.setEnabled(False)
        self.yes.clicked.disconnect()
        self.yes.clicked.connect(self._ask)
        self.name.textChanged.connect(lambda text: self.yes.setEnabled(bool(text.strip())))

    def show_code(self, guest: Guest) -> None:
        """The invitation is at the nodes."""
        self._form.hide()
        self.problem.hide()
        self.yes.hide()
        self.no.setText(self.tr("Close"))
        self.heading.setText(self.tr("%1 may register").replace("%1", guest.name))
        about = self.tr("%1, %2; the code works once and until %3.")
        about = about.replace("%1", guest.organisation).replace("%2", words.role(guest.role))
        self.text.setText(about.replace("%3", moment(guest.expires)))
        self.code.setText(guest.code)
        if guest.away:
            missing = self.tr("It is not known at: %1. Invite again when all nodes answer.")
            self.problem.say(missing.replace("%1", words.nodes(tuple(guest.away))), "warn")
        self._result.show()
        self.adjustSize()

    def refuse(self, error: AppError) -> None:
        """Nothing was invited."""
        self._form.setEnabled(True)
        self.yes.setEnabled(True)
        self.problem.show_error(error)
        self.adjustSize()

    def _ask(self) -> None:
        self.problem.hide()
        self._form.setEnabled(False)
        self.yes.setEnabled(False)
        organisation = self.organisation.currentText().strip()
        self._asked(self.name.text().strip(), organisation, self.role.currentData(), self.days.value())

    def _shown_once(self) -> QVBoxLayout:
        self.code = selectable("", "heading")
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setAccessibleName(self.tr("Invitation code"))
        copied = button(self.tr("Copy"), lambda: copy_text(self.code.text()), "", "copy")
        says = label(
            self.tr("It is shown only now and is stored nowhere. Give it to that person only, in a way you trust."),
            "muted",
            True,
        )
        return column(Card().add(self.code, row(None, copied, None)), says)


class ApproveDialog(Question):
    """The numbers that the person reads are typed in, or compared by eye; ``approved(typed)`` signs."""

    def __init__(self, parent: QWidget, found: Pending, approved: Callable[[str], object]) -> None:
        super().__init__(parent, "", "", "")
        self._found, self._approved = found, approved
        person = found.row
        heading = self.tr("Approve %1?").replace("%1", person.user)
        self.setWindowTitle(heading)
        self.heading.setText(heading)
        about = self.tr("%1, %2. All three nodes show the same keys.")
        self.text.setText(about.replace("%1", person.organisation).replace("%2", words.role(person.role)))
        self.text.show()
        if found.is_replacement:
            warning = Banner(is_narrow=True)
            self.body.addWidget(warning)
            warning.say(
                self.tr("These are NEW KEYS for an account that exists: its old keys and devices stop working."), "warn"
            )
        self.typed = QLineEdit(maxLength=60)
        self.typed.setPlaceholderText("12345 12345 12345 12345 12345 12345")
        name = self.tr("Numbers that %1 reads to you by telephone or in person").replace("%1", person.user)
        asked = label(name, "", True)
        asked.setBuddy(self.typed)
        self.typed.setAccessibleName(name)
        self.hint = label("", "small", True)
        self.by_eye = button(self.tr("Compare by eye instead"), self._show, "flat", "eye")
        self.mark = selectable(_lines(found.fingerprint), "figure")
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.same = QCheckBox(self.tr("I heard exactly these numbers from this person"))
        self._eye_box = boxed(column(self.mark, self.same))
        self._eye_box.hide()
        for widget in (asked, self.typed, self.hint, boxed(row(self.by_eye, None)), self._eye_box):
            self.body.addWidget(widget)
        self.yes.setText(self.tr("Approve"))
        self.yes.setEnabled(False)
        self.typed.textChanged.connect(self._judge)
        self.same.toggled.connect(self._judge)
        self.accepted.connect(self._sign)
        self.typed.setFocus()

    def _judge(self) -> None:
        typed = self.typed.text()
        is_right = people.is_read_out(self._found, typed)
        self.yes.setEnabled(is_right or self.same.isChecked())
        digits = sum(letter.isdigit() for letter in typed)
        wanted = sum(letter.isdigit() for letter in self._found.fingerprint)
        if is_right:
            self.hint.setText(self.tr("These are the numbers of the keys at the nodes."))
        elif digits >= wanted:
            self.hint.setText(
                self.tr("These are OTHER numbers. Ask for them again; if they stay different, do not approve.")
            )
        else:
            self.hint.setText(self.tr("%1 of %2 digits").replace("%1", str(digits)).replace("%2", str(wanted)))

    def _show(self) -> None:
        self._eye_box.show()
        self.by_eye.hide()
        self.adjustSize()

    def _sign(self) -> None:
        self._approved(self.typed.text() if not self.same.isChecked() else self._found.fingerprint)


class ReasonDialog(Question):
    """A change that is signed with a reason; ``done(reason)``."""

    def __init__(
        self, parent: QWidget, texts: tuple[str, str, str], done: Callable[[str], object], is_danger: bool = False
    ) -> None:
        super().__init__(parent, *texts, is_danger)
        self.reason = QLineEdit(maxLength=_MAX_REASON)
        self.reason.setPlaceholderText(self.tr("Reason; everybody in the deployment can see it"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.body.addWidget(self.reason)
        self.accepted.connect(lambda: done(self.reason.text().strip()))


def _lines(fingerprint: str) -> str:
    groups = fingerprint.split()
    return "\n".join("  ".join(groups[at : at + 3]) for at in range(0, len(groups), 3))
