"""The three nodes: do they answer, as whom, how their clocks stand; and a check of everything before work begins."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar

from common.errors import AppError
from common.monitoring.health import Grade
from common.monitoring.lines import Line, render
from common.version import program_version
from desktop_client.jobs.own.nodes import NodeRow, deployed
from desktop_client.state.identity.own import Own
from desktop_client.ui.messages import tell
from desktop_client.ui.pages.settings.tab import Tab
from desktop_client.ui.widgets.basics import (
    Badge,
    Card,
    boxed,
    button,
    column,
    copy_text,
    empty,
    label,
    row,
    selectable,
)

_CLOSE_SECONDS = 2.0


class NodesTab(Tab):
    """A card for the deployment, one for each node, and the results of the check."""

    def __init__(self, own: Own) -> None:
        super().__init__(own)
        self.name, self.mark = label("", "strong", True), selectable("")
        self.mark.setAccessibleName(self.tr("Fingerprint of the deployment"))
        copied = button(self.tr("Copy"), lambda: copy_text(self.mark.text()), "flat", "copy")
        head = row(label(self.tr("Fingerprint"), "muted"), self.mark, copied)
        head.setStretch(1, 1)
        self.body.addWidget(Card(self.tr("Deployment")).add(self.name, head))
        self.cards = {role: NodeCard() for role in ("a", "b", "log")}
        self.body.addLayout(column(*self.cards.values(), spacing=12))
        self.check = button(self.tr("Check everything"), own.check_nodes, "", "shield-check")
        self.copy = button(self.tr("Copy results"), lambda: copy_text(self._report), "flat", "copy")
        self.copy.hide()
        self.progress = QProgressBar(maximum=0, textVisible=False)
        self.progress.hide()
        self._report = ""
        says = label(
            self.tr("Names, ports, certificates, clocks, versions and rules of every node. Nothing is changed."),
            "muted",
            True,
        )
        self.results = QGridLayout()
        self.results.setHorizontalSpacing(12)
        self.results.setColumnStretch(3, 1)
        self.count = label("", "strong", True)
        actions = row(self.check, self.copy, None)
        tests = Card(self.tr("Before work begins")).add(says, actions, self.progress, self.count)
        self.body.addWidget(tests.add(boxed(self.results)))
        self.body.addStretch(1)
        own.nodes_seen.connect(self._seen)
        own.checked.connect(self._checked)
        own.busy_changed.connect(self._busy)

    def refresh(self) -> None:
        try:
            found = deployed(self.desk.office)
        except AppError as error:
            self.name.setText(str(error))
            return
        self.name.setText(found.name)
        self.mark.setText(found.fingerprint)
        for node in found.nodes:
            self.cards[node.role].begin(node)
        self.own.look_at_nodes()

    def _seen(self, rows: list[NodeRow]) -> None:
        for found in rows:
            self.cards[found.role].show_node(found)

    def _busy(self, what: str) -> None:
        self.progress.setVisible(what == "check")
        self.check.setEnabled(not what)

    def _checked(self, lines: list[Line]) -> None:
        empty(self.results)
        self._report = render(lines)
        self.copy.show()
        words = {
            Grade.OK: (self.tr("in order"), "good"),
            Grade.WARN: (self.tr("look at it"), "warn"),
            Grade.FAIL: (self.tr("failed"), "bad"),
        }
        counts = {grade: sum(line.grade is grade for line in lines) for grade in Grade}
        text = self.tr("%1 in order, %2 to look at, %3 failed").replace("%1", str(counts[Grade.OK]))
        self.count.setText(text.replace("%2", str(counts[Grade.WARN])).replace("%3", str(counts[Grade.FAIL])))
        names = {"a": self.tr("Server A"), "b": self.tr("Server B"), "log": self.tr("Log node"), "a-b": "A – B"}
        worst = (Grade.FAIL, Grade.WARN, Grade.OK)
        for place, line in enumerate(sorted(lines, key=lambda line: worst.index(line.grade))):
            says = label(f"{line.says} {line.advice}".strip(), "", True)
            parts = (
                Badge(*words[line.grade]),
                label(names.get(line.where, line.where), "strong"),
                label(line.check, "muted"),
                says,
            )
            for at, part in enumerate(parts):
                self.results.addWidget(
                    part, place, at, Qt.AlignmentFlag(0) if at == 3 else Qt.AlignmentFlag.AlignVCenter
                )


class NodeCard(Card):
    """One node."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.state = label("", "strong"), Badge()
        self.url, self.key = selectable("", "small"), selectable("", "small")
        self.version, self.clock, self.problem = label("", "muted"), label("", "muted"), label("", "bad", True)
        self.problem.hide()
        facts = row(self.version, 16, self.clock, None)
        key = row(QLabel(self.tr("Key")), self.key)
        key.setStretch(1, 1)
        head = row(self.name, self.url, self.state)
        head.setStretch(1, 1)
        self.add(head, key, facts, self.problem)

    def begin(self, node: NodeRow) -> None:
        """Before it has answered."""
        roles = {"a": self.tr("Server A"), "b": self.tr("Server B"), "log": self.tr("Log node")}
        self.name.setText(f"{roles[node.role]} · {node.name}")
        self.url.setText(node.url)
        self.key.setText(node.verify_key)
        if not self.state.text():
            self.state.show_state(self.tr("asking…"), "neutral")

    def show_node(self, node: NodeRow) -> None:
        """What it says, or why it says nothing."""
        words = {
            "ready": (self.tr("ready"), "good"),
            "degraded": (self.tr("works with limits"), "warn"),
            "not-ready": (self.tr("not ready"), "bad"),
            "away": (self.tr("does not answer"), "bad"),
        }
        self.state.show_state(*words[node.state])
        same = node.version == program_version()
        text = self.tr("Version %1") if same else self.tr("Version %1; this program is %2")
        shown = text.replace("%1", node.version).replace("%2", program_version())
        self.version.setText(shown if node.version else "")
        self.clock.setText(self._clock(node.ahead))
        self.problem.setVisible(node.error is not None)
        self.problem.setText(tell(node.error).sentence if node.error else "")

    def _clock(self, ahead: float | None) -> str:
        if ahead is None:
            return ""
        if abs(ahead) < _CLOSE_SECONDS:
            return self.tr("Its clock agrees with this machine")
        text = self.tr("Its clock is %1 s ahead") if ahead > 0 else self.tr("Its clock is %1 s behind")
        return text.replace("%1", f"{abs(ahead):.0f}")
