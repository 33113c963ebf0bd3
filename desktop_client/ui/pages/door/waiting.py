"""The registration is at the nodes: the fingerprint to read out, until an administrator has approved it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from desktop_client.jobs import entry
from desktop_client.state.identity.door import Entrance, Stage
from desktop_client.ui.pages.door.step import Step
from desktop_client.ui.widgets.basics import Card, button, copy_text, label, row, selectable


class WaitingStep(Step):
    """Copy, and a button that logs in once it is approved."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(
            entrance,
            self.tr("Read this to your administrator"),
            self.tr("Your registration is at all three nodes. An administrator compares these numbers with you."),
        )
        self.mark = selectable("", "figure")
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.mark.setAccessibleName(self.tr("Your fingerprint"))
        self.who = label("", "strong", True)
        self.who.setAlignment(Qt.AlignmentFlag.AlignCenter)
        card = Card().add(self.who, self.mark)
        says = label(
            self.tr(
                "By telephone or in person, not by e-mail: whoever could change the numbers on the way could stand in."
            ),
            "muted",
            True,
        )
        self.check = button(self.tr("Check again"), entrance.check_again, "primary", "refresh-cw")
        self.copy = button(self.tr("Copy"), lambda: copy_text(self.mark.text().replace("\n", " ")), "", "copy")
        later = button(self.tr("Log in later"), lambda: entrance.go(Stage.LOGIN), "flat")
        self.add(card, says, row(later, None, self.copy, self.check))

    def open(self) -> None:
        known = entry.known_user(self.entrance.office)
        groups = known.fingerprint.split() if known else []
        self.who.setText(known.name if known else "")
        self.mark.setText("\n".join("  ".join(groups[at : at + 3]) for at in range(0, len(groups), 3)))
        self.check.setFocus(Qt.FocusReason.OtherFocusReason)
