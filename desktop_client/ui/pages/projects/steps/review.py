"""Step 8: what it costs, what people will sign, and the signature."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QSpinBox, QVBoxLayout

from common.specification import Specification
from desktop_client.state.projects.publishing import Publishing
from desktop_client.state.projects.wizard import STEPS, Wizard
from desktop_client.ui.pages.projects.cards.cost import CostCard
from desktop_client.ui.pages.projects.cards.signed import SignedCard
from desktop_client.ui.pages.projects.refusals import refusal_text
from desktop_client.ui.pages.projects.stepper import step_titles
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.widgets.basics import Card, boxed, button, column, empty, label, row


class ReviewStep(Step):
    """``step_wanted(name)`` when the person wants to mend something there."""

    step_wanted = Signal(str)

    def __init__(self, wizard: Wizard, publishing: Publishing) -> None:
        super().__init__(
            wizard,
            "review",
            self.tr("Is everything right?"),
            self.tr("This is what every owner of data is asked to sign. Whatever changes later, they are asked again."),
        )
        self.publishing = publishing
        self.open_points = Card(self.tr("Still to do"))
        self.points = QVBoxLayout()
        self.open_points.body.addLayout(self.points)
        self.cost, self.signed = CostCard(), SignedCard()
        self.waiting = label("", "muted", True)
        self.after = Card(self.tr("Right after"))
        self.consent = QCheckBox(self.tr("Consent for my own data sets at once"))
        self.consent.setChecked(True)
        self.days = QSpinBox(minimum=1, maximum=3650, value=90)
        self.days.setAccessibleName(self.tr("Days for which the consent is valid"))
        self.remind = QCheckBox(self.tr("Remind the other owners of data"))
        self.own = boxed(row(self.consent, label(self.tr("for")), self.days, label(self.tr("days")), None))
        self.after.add(self.own, self.remind)
        self.consent.toggled.connect(self.days.setEnabled)
        for part in (self.open_points, self.waiting, self.cost, self.signed, self.after):
            self.body.addWidget(part)
        self.body.addStretch(1)
        publishing.composed.connect(self._composed)
        publishing.busy_changed.connect(lambda what: self._show_parts())
        publishing.estimated.connect(lambda found: self.cost.show_estimate(found, wizard.value("preparation")))
        publishing.not_estimated.connect(self.cost.show_error)

    @property
    def wanted_days(self) -> int:
        """For how long the person consents at once; 0 for not at all."""
        return self.days.value() if self.consent.isChecked() and not self.own.isHidden() else 0

    @property
    def wants_reminder(self) -> bool:
        return self.remind.isChecked() and not self.remind.isHidden()

    def show_all(self) -> None:
        self._show_parts()

    def refreshed(self) -> None:
        if self.wizard.catalogue is not None and not self.days.hasFocus():
            self.days.setValue(self.wizard.catalogue.consent_days)

    def entered(self) -> None:
        self.publishing.compose()
        self._show_parts()

    def show_problems(self) -> None:
        self._show_points()
        self._show_parts()

    def _composed(self, found: Specification) -> None:
        names = {one.id: one.name for one in self.wizard.chosen}
        before = self.wizard.writing.before if self.wizard.writing else None
        self.signed.show_specification(found, before, names)
        self.cost.show_nothing(self.tr("Both servers count and measure; this can take a minute …"))
        self._show_parts()

    def _show_parts(self) -> None:
        wizard = self.wizard
        is_there = self.publishing.specification is not None
        self.cost.setVisible(is_there)
        self.signed.setVisible(is_there)
        owners = set(wizard.owners.values()) if wizard.writing else set()
        self.own.setVisible(wizard.me in owners)
        self.remind.setVisible(bool(owners - {wizard.me}))
        self.after.setVisible(is_there and bool(owners) and wizard.can_publish)
        self.open_points.setVisible(bool(wizard.problems) or not wizard.can_publish)
        text = ""
        if self.publishing.busy == "composing":
            text = self.tr("Asking both servers about data sets and keys …")
        elif self.publishing.busy == "creating":
            text = self.tr("Signing and handing it to both servers …")
        self.waiting.setText(text)
        self.waiting.setVisible(bool(text))

    def _show_points(self) -> None:
        empty(self.points)
        titles = step_titles()
        for step in STEPS:
            for error in self.wizard.problems_of(step).values():
                go = button(titles[step], partial(self.step_wanted.emit, step), "flat", "arrow-right")
                self.points.addLayout(row(label(refusal_text(error), "bad", True), None, go))
        if self.wizard.writing is not None and not self.wizard.can_publish:
            text = self.tr("Only an owner of the draft can sign it. Save it, and ask an owner to open it.")
            self.points.addLayout(column(label(text, "", True)))
