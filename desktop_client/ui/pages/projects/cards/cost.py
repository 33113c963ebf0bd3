"""The cost card: minutes, traffic and disk of a training, stage by stage, with each source of correlated randomness."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from common.errors import AppError
from common.pipeline import Stage
from desktop_client.ui.messages import tell
from desktop_client.ui.widgets.basics import Badge, Card, boxed, empty, label, row
from desktop_client.ui.words import duration, number, size
from desktop_client.upload.preflight.estimate import Estimate, SourceEstimate, StageEstimate, Why


class CostCard(Card):
    """Both servers count and measure; the slower one decides."""

    def __init__(self) -> None:
        super().__init__(self.tr("What a training costs"))
        self.about = label("", "muted", True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(20)
        self.grid.setVerticalSpacing(4)
        self.why = label("", "small", True)
        self.add(self.about, boxed(self.grid), self.why)
        self.show_nothing("")

    def show_nothing(self, why: str) -> None:
        """No figures, and why."""
        empty(self.grid)
        self.about.setText(why)
        self.why.hide()

    def show_error(self, error: AppError) -> None:
        told = tell(error)
        self.show_nothing(self.tr("The servers give no estimate.") + " " + told.sentence)

    def show_estimate(self, found: Estimate, chosen: str) -> None:
        """Figures of every source; the chosen one stands first."""
        empty(self.grid)
        text = self.tr("%1 images to train on, %2 steps. Owners send %3 to A and %4 to B once.")
        values = (number(found.trained), number(found.steps), *(size(one) for one in found.upload_bytes))
        for place, value in enumerate(values, start=1):
            text = text.replace(f"%{place}", value)
        self.about.setText(text)
        for place, title in enumerate((self.tr("Stage"), self.tr("Time"), self.tr("Traffic"), self.tr("Disk"))):
            self._put(0, place, label(title, "muted"))
        line = 1
        for source in sorted(found.sources, key=lambda one: one.name != chosen):
            line = self._show_source(line, source, source.name == chosen)
        self.grid.setColumnStretch(0, 1)
        self.why.setText(self._recommended(found))
        self.why.setVisible(bool(self.why.text()))

    def _show_source(self, line: int, source: SourceEstimate, is_chosen: bool) -> int:
        marks = [Badge(self.tr("chosen"), "info")] if is_chosen else []
        self.grid.addLayout(row(label(self._source_name(source.name), "strong"), *marks, None), line, 0)
        if source.refusal:
            self.grid.addWidget(label(self.tr("not possible here"), "muted"), line, 1, 1, 3)
            return line + 1
        for place, text in enumerate(_figures(source), start=1):
            self._put(line, place, label(text, "strong"))
        if is_chosen:
            for stage in source.stages:
                line += 1
                self.grid.addWidget(label(self._stage_name(stage.stage)), line, 0)
                for place, text in enumerate(_figures(stage), start=1):
                    self._put(line, place, label(text))
        return line + 1

    def _put(self, line: int, place: int, text: QLabel) -> None:
        side = Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft
        self.grid.addWidget(text, line, place, side)

    def _recommended(self, found: Estimate) -> str:
        name, why = found.recommendation.source, found.recommendation.why
        if name is None or why is Why.ONLY_ONE:
            return ""
        reasons = {
            Why.FASTER: self.tr("it takes the least time"),
            Why.AS_FAST: self.tr("it takes about as long as the fastest and rests on fewer assumptions"),
            Why.SHORT: self.tr("the training is short: there is no need to trust anybody else"),
            Why.NOT_MUCH_SLOWER: self.tr("it is not much slower and trusts nobody else"),
            Why.SAVES_TIME: self.tr("it saves much time"),
        }
        text = self.tr("Recommended: %1, as %2.")
        return text.replace("%1", self._source_name(name)).replace("%2", reasons.get(why, ""))

    def _source_name(self, name: str) -> str:
        names = {
            "cot": self.tr("The two servers, by transfers"),
            "hybrid": self.tr("The two servers, with encryption"),
            "helper": self.tr("With the helper"),
        }
        return names.get(name, name)

    def _stage_name(self, stage: Stage) -> str:
        names = {
            Stage.PREPARE: self.tr("Preparing"),
            Stage.HIDE: self.tr("Hiding"),
            Stage.FEATURES: self.tr("Features"),
            Stage.TRAIN: self.tr("Training"),
            Stage.SEAL: self.tr("Sealing the model"),
        }
        return names.get(stage, str(stage))


def _figures(found: SourceEstimate | StageEstimate) -> tuple[str, str, str]:
    time = f"< {duration(1)}" if found.seconds < 1 else duration(found.seconds)
    traffic, disk = (size(count) if count else "–" for count in (found.bytes_sent, found.disk_bytes))
    return time, traffic, disk
