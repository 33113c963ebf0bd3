"""Everything that takes long, in one place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from desktop_client.state.tasks import Tasks
from desktop_client.ui.page import scrolled
from desktop_client.ui.widgets.basics import Empty, boxed, button, column, label, row
from desktop_client.ui.widgets.progress import TaskRow

_WIDTH, _HEIGHT = 460, 380


class TasksPanel(QFrame):
    """Opens below the button of the top bar; closes when something else is pressed."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self._tasks = tasks
        self._rows: dict[int, TaskRow] = {}
        self._list = column(spacing=14)
        self._nothing = Empty(
            "list", self.tr("Nothing is running"), self.tr("Uploads and other long work appear here.")
        )
        clear = button(self.tr("Clear finished"), tasks.forget_ended, "flat")
        inner = boxed(column(self._nothing, self._list, None))
        self.setLayout(column(row(label(self.tr("Tasks"), "heading"), None, clear), scrolled(inner), margins=14))
        self.resize(_WIDTH, _HEIGHT)
        tasks.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Rows for tasks that are new, none for those that were cleared, and the rest as they stand."""
        known = {task.number: task for task in self._tasks.all}
        for number in [number for number in self._rows if number not in known]:
            self._rows.pop(number).deleteLater()
        for number, task in known.items():
            if number in self._rows:
                self._rows[number].refresh()
            else:
                self._rows[number] = TaskRow(task)
                self._list.insertWidget(0, self._rows[number])
        self._nothing.setVisible(not known)
