"""How far long work is: a bar with amount, speed and time left."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop_client.jobs.task import Task, TaskState
from desktop_client.ui.widgets.basics import Badge, button, column, label, restyle, row
from desktop_client.ui.words import amount, duration

_STEPS = 1000


class Bar(QWidget):
    """A bar with text on its left and its right."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name, self.remark = label(name), label("", "muted")
        self.bar = QProgressBar(maximum=_STEPS, textVisible=False)
        self.bar.setAccessibleName(name)
        self.setLayout(column(row(self.name, None, self.remark), self.bar, spacing=4))

    def show_share(self, share: float | None, remark: str = "", state: str = "") -> None:
        """``share`` from 0 to 1, None for work of unknown length; ``state`` is good, bad or nothing."""
        self.bar.setMaximum(0 if share is None else _STEPS)
        if share is not None:
            self.bar.setValue(round(min(max(share, 0.0), 1.0) * _STEPS))
        self.remark.setText(remark)
        restyle(self.bar, state=state)


class TaskRow(QWidget):
    """One task in the list of tasks."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task
        self.bar = Bar(task.label)
        self.state = Badge()
        self.stop = button(self.tr("Stop"), self._stop, "flat")
        self.stop.setAccessibleName(self.tr("Stop: %1").replace("%1", task.label))
        outer = row(self.bar, self.state, self.stop)
        outer.setStretch(0, 1)
        self.setLayout(outer)
        self.refresh()

    def refresh(self) -> None:
        task = self.task
        text, tone = _state(task.state)
        self.state.show_state(text, tone)
        self.stop.setVisible(task.cancel is not None)
        share = 1.0 if task.state is TaskState.DONE else task.progress.share
        colour = {TaskState.DONE: "good", TaskState.FAILED: "bad"}.get(task.state, "")
        is_open = task.state is TaskState.RUNNING
        self.bar.show_share(share if is_open or share is not None else 0.0, pace_text(task) if is_open else "", colour)

    def _stop(self) -> None:
        if self.task.cancel is not None:
            self.task.cancel()


def pace_text(task: Task) -> str:
    """Such as ``12 MB of 80 MB, 4 MB/s, 17 s left``."""
    progress, speed = task.progress, task.pace.per_second()
    if progress.total <= 0:
        return ""
    parts = [
        QCoreApplication.translate("Progress", "%1 of %2")
        .replace("%1", amount(progress.done, progress.unit))
        .replace("%2", amount(progress.total, progress.unit))
    ]
    if speed:
        parts.append(f"{amount(round(speed), progress.unit)}/s")
    left = task.pace.seconds_left(progress)
    if left is not None:
        parts.append(QCoreApplication.translate("Progress", "%1 left").replace("%1", duration(left)))
    return ", ".join(parts)


def _state(state: TaskState) -> tuple[str, str]:
    words = {
        TaskState.RUNNING: (QCoreApplication.translate("Progress", "running"), "info"),
        TaskState.DONE: (QCoreApplication.translate("Progress", "done"), "good"),
        TaskState.FAILED: (QCoreApplication.translate("Progress", "failed"), "bad"),
        TaskState.CANCELLED: (QCoreApplication.translate("Progress", "stopped"), "neutral"),
    }
    return words[state]
