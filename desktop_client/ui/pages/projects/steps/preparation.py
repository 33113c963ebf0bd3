"""Step 6: who makes the correlated randomness, and who must be trusted for that."""

from __future__ import annotations

from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.drawing.trust import TrustPicture
from desktop_client.ui.pages.projects.fields import Choices
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.widgets.basics import Card, column, label, row


class PreparationStep(Step):
    """The source stands in the specification, and so in every consent."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "preparation",
            self.tr("Who prepares the computation?"),
            self.tr(
                "Two servers can compute on shares only with random numbers that fit each other. Making them takes "
                "most of the time and traffic of a training."
            ),
        )
        options = [
            (
                "cot",
                self.tr("The two servers by themselves"),
                self.tr("Nobody else is involved. More traffic between the servers, and slower."),
            ),
            (
                "helper",
                self.tr("A helper deals them"),
                self.tr("A third organisation hands them out. Much faster; it never sees an image or a share of one."),
            ),
        ]
        self.sources = Choices(self.tr("Preparation"), options, 2)
        self.sources.chosen.connect(self._choose)
        self.body.addWidget(self.field("preparation", "", self.sources))
        card = Card(self.tr("What you trust in"))
        self.trust, self.picture = label("", "", True), TrustPicture()
        self.means = label("", "muted", True)
        self.trust.setProperty("role", "strong")
        card.add(row(column(self.trust, self.means, None, spacing=10), self.picture, spacing=24))
        self.body.addWidget(card)
        self.body.addStretch(1)

    def show_all(self) -> None:
        self.sources.choose(self.wizard.value("preparation"))
        self._show()

    def refreshed(self) -> None:
        catalogue = self.wizard.catalogue
        if catalogue is None:
            return
        self.sources.allow("helper", catalogue.has_helper)
        self.sources.remark("helper", "" if catalogue.has_helper else self.tr("This deployment has no helper."))
        for name, button in self.sources.buttons.items():
            if catalogue.preparations is not None and name not in catalogue.preparations and button.isEnabled():
                self.sources.allow(name, False)
                self.sources.remark(name, self.tr("Not allowed by an operator"))

    def _choose(self, value: str) -> None:
        self.wizard.set("preparation", value)
        self._show()

    def _show(self) -> None:
        source = self.wizard.value("preparation")
        self.picture.show_source(source)
        if source == "helper":
            self.trust.setText(
                self.tr("A third organisation deals correlated randomness; it must not work together with A or B.")
            )
            self.means.setText(
                self.tr(
                    "If the helper and one server put together what they know, they can compute every image. "
                    "If the helper is away, a training waits for it."
                )
            )
        else:
            self.trust.setText(self.tr("A and B make all correlated randomness themselves; nobody else is involved."))
            self.means.setText(
                self.tr(
                    "If both servers put together what they know, they can compute every image. One of them alone "
                    "learns nothing but sizes and times."
                )
            )
