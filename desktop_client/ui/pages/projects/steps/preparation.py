"""Step 6: who makes the correlated randomness, and who must be trusted for that."""

from __future__ import annotations

from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.drawing.trust import TrustPicture
from desktop_client.ui.pages.projects.fields import Choices
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.widgets.basics import Card, column, label, row
from desktop_client.ui.words import number


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
                self.tr("The two servers, by transfers"),
                self.tr("Nobody else is involved. For small networks; traffic grows with every weight."),
            ),
            (
                "hybrid",
                self.tr("The two servers, with encryption"),
                self.tr("Nobody else is involved. Layers are multiplied under encryption: far less traffic."),
            ),
            (
                "helper",
                self.tr("A helper deals them"),
                self.tr("A third organisation hands them out. Much faster; it never sees an image or a share of one."),
            ),
        ]
        self.sources = Choices(self.tr("Preparation"), options, len(options))
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

    def show_problems(self) -> None:
        """The network may be another one meanwhile, and with it what suits it."""
        super().show_problems()
        self.show_all()

    def refreshed(self) -> None:
        for name in self.sources.buttons:
            why = self._why_not(name)
            self.sources.allow(name, not why)
            self.sources.remark(name, why or self._suits(name))

    def _why_not(self, name: str) -> str:
        """Why it cannot be chosen here; nothing if it can."""
        catalogue = self.wizard.catalogue
        if catalogue is None:
            return ""
        if name == "helper" and not catalogue.has_helper:
            return self.tr("This deployment has no helper.")
        is_allowed = catalogue.preparations is None or name in catalogue.preparations
        return "" if is_allowed else self.tr("Not allowed by an operator")

    def _suits(self, name: str) -> str:
        suited = self.wizard.suited
        if suited is None or name != suited.preparation:
            return ""
        text = self.tr("Suits this network: %1 multiplications for an image")
        return text.replace("%1", number(suited.multiplications))

    def _choose(self, value: str) -> None:
        self.wizard.choose_preparation(value)
        self._show()

    def _show(self) -> None:
        self.refreshed()
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
            means = self.tr(
                "If both servers put together what they know, they can compute every image. One of them alone "
                "learns nothing but sizes and times."
            )
            if source == "hybrid":
                means += " " + self.tr("That rests on the encryption between them (ring-LWE), too.")
            self.means.setText(means)
