"""Send: split and upload with a bar for each server, pause and go on; or split to a folder without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from common.errors import AppError, Cancelled
from desktop_client.jobs.importing import Import, Standing
from desktop_client.jobs.task import TaskState
from desktop_client.state.desk import Desk
from desktop_client.state.importing.draft import ImportDraft
from desktop_client.state.importing.sending import ImportTask, start_import, task_of
from desktop_client.ui.pages.data.steps.refused import RefusedDialog
from desktop_client.ui.pages.data.steps.step import Step
from desktop_client.ui.widgets.banner import Banner
from desktop_client.ui.widgets.basics import Card, button, column, label, row
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.widgets.progress import Bar, pace_text
from desktop_client.ui.words import duration, number, size

_TOLD_FROM: Final = 0.02


class SendStep(Step):
    """``ended`` when the import is over and nothing of it is kept; ``given_up`` when the person wants to end it."""

    ended = Signal()
    given_up = Signal(str)

    def __init__(self, desk: Desk, draft: ImportDraft) -> None:
        super().__init__(desk, draft)
        self.number = ""
        self._import: Import | None = None
        self.trouble = Banner()
        self.setLayout(
            column(self.trouble, self._start_card(), self._progress_card(), self._done_card(), None, spacing=16)
        )
        desk.tasks.changed.connect(self._refresh)
        self._show("start")

    @property
    def task(self) -> ImportTask | None:
        """The newest task of this import."""
        return task_of(self.desk, self.number) if self.number else None

    @property
    def is_begun(self) -> bool:
        """Whether the form of the import is fixed: it was split, or is being split."""
        task = self.task
        is_running = task is not None and not task.state.is_final
        return is_running or (
            self._import is not None and self._import.standing not in (Standing.DRAFT, Standing.FAILED)
        )

    def show_import(self, found: Import) -> None:
        """An import that was kept, wherever it stands."""
        self.number, self._import = found.id, found
        self.trouble.hide()
        self._refresh()

    def enter(self) -> None:
        if self.number != self.draft.number:
            self.number, self._import = self.draft.number, None
            self.trouble.hide()
        self._refresh()

    def send(self) -> None:
        """Begin, or go on; the keys are asked for first."""
        self._prepared(self.tr("Bring in %1").replace("%1", self._name), None)

    def split_to(self, folder: str) -> None:
        """Split into a new folder inside this one, without any network."""
        self._prepared(self.tr("Split %1").replace("%1", self._name), free_folder(Path(folder), self._name))

    def pause(self) -> None:
        task = self.task
        if task is not None and task.cancel is not None:
            task.cancel()

    @property
    def _name(self) -> str:
        return self._import.selection.about.name if self._import is not None else self.draft.about.name

    def _prepared(self, text: str, out: Path | None) -> None:
        """Unlock the keys, and keep what was said last; what is split already is not changed any more."""

        def go_on() -> None:
            if self.is_begun:
                self._begin(text, out)
            else:
                self.draft.save(lambda: self._begin(text, out))

        self.desk.with_keys(go_on)

    def _begin(self, text: str, out: Path | None) -> None:
        self.number = self.number or self.draft.number
        self.trouble.hide()
        start_import(self.desk, text, self.number, out)
        self.changed.emit()

    def _start_card(self) -> Card:
        self.start = Card(self.tr("Ready to send"))
        self.start.add(
            label(
                self.tr(
                    "The images are split on this machine, then each server gets its share, encrypted on the way. "
                    "You can pause, close the program and go on later: nothing is sent twice."
                ),
                "", True,
            )
        )  # fmt: skip
        self.go = button(self.tr("Sign, split and upload"), self.send, "primary", "upload")
        self.offline = button(self.tr("Split without network …"), self._choose_folder, icon="hard-drive")
        self.start.add(row(self.go, self.offline, None))
        return self.start

    def _progress_card(self) -> Card:
        self.running = Card(self.tr("On the way"))
        self.stage = label("", "muted", True)
        self.split_bar = Bar(self.tr("Split on this machine"))
        self.bars = {"a": Bar(self.tr("Server A")), "b": Bar(self.tr("Server B"))}
        self.pause_button = button(self.tr("Pause"), self.pause, icon="pause")
        self.resume = button(self.tr("Go on"), self.send, "primary", "play")
        self.cancel = button(self.tr("Cancel"), self._ask_cancel, "danger")
        self.running.add(self.stage, self.split_bar, *self.bars.values())
        self.running.add(row(self.pause_button, self.resume, None, self.cancel))
        return self.running

    def _done_card(self) -> Card:
        self.done = Card()
        self.done_heading, self.done_text = label("", "heading"), label("", "", True)
        self.open = button(self.tr("Show the data set"), self._open_dataset, "primary", "database")
        self.more = button(self.tr("Bring in more"), self.ended.emit, icon="image-plus")
        self.left_out = button(" ", self._show_refused, icon="triangle-alert")
        self.done.add(self.done_heading, self.done_text, row(self.open, self.more, self.left_out, None))
        return self.done

    def _show(self, part: str) -> None:
        parts: dict[str, QWidget] = {"start": self.start, "running": self.running, "done": self.done}
        for name, card in parts.items():
            card.setVisible(name == part)

    def _refresh(self) -> None:
        task = self.task
        if task is None:
            self._show_standing()
        elif task.state is TaskState.RUNNING:
            self._show("running")
            self._show_progress(task)
        elif task.state is TaskState.DONE:
            self._import = task.result or self._import
            self._show_done(task.is_split_only)
        else:
            self._show_stopped(task.error, task.is_split_only)
        self.changed.emit()

    def _show_standing(self) -> None:
        found = self._import
        if found is None or found.standing is Standing.DRAFT:
            self._show("start")
        elif found.standing is Standing.UPLOADED:
            self._show_done(is_split_only=False)
        elif found.is_running:
            self._show("running")
            self.stage.setText(self.tr("Another window of this program works on it."))
            self._show_buttons(is_running=False, can_resume=False)
        elif found.standing is Standing.FAILED and not found.has_bundles:
            self._show("start")
            self._show_trouble(found.error)
        else:
            self._show("running")
            self._show_paused(found)
            self._show_trouble(found.error)

    def _show_progress(self, task: ImportTask) -> None:
        self._show_buttons(is_running=True)
        is_split = task.progress.stage in ("list", "split", "")
        self.stage.setText(self.tr("Splitting on this machine …") if is_split else self.tr("Sending to both servers …"))
        if is_split:
            share = task.progress.share if task.progress.stage == "split" else None
            self.split_bar.show_share(share, pace_text(task))
        else:
            self.split_bar.show_share(1.0, self.tr("done"), "good")
        for role, bar in self.bars.items():
            bar.setVisible(not task.is_split_only)
            self._show_server(task, role)

    def _show_server(self, task: ImportTask, role: str) -> None:
        part, bar = task.part(role), self.bars[role]
        if part is None:
            bar.show_share(0.0, self.tr("waiting"))
            return
        is_done = part.done_bytes >= part.total_bytes
        texts = [f"{size(part.done_bytes)} / {size(part.total_bytes)}"]
        pace = task.paces.get(role)
        speed = pace.per_second() if pace else None
        # The first pieces may be seeds of a few bytes, which say nothing about the speed.
        is_told = part.done_bytes >= part.total_bytes * _TOLD_FROM
        if speed and is_told and not is_done and not task.state.is_final:
            texts.append(f"{size(speed)}/s")
            seconds = (part.total_bytes - part.done_bytes) / speed
            texts.append(self.tr("%1 left").replace("%1", duration(seconds)))
        share = part.done_bytes / part.total_bytes if part.total_bytes else 1.0
        bar.show_share(share, ", ".join(texts), "good" if is_done else "")

    def _show_stopped(self, error: AppError | None, is_split_only: bool) -> None:
        if is_split_only:
            self._show("start")
        else:
            self._show("running")
            self._show_buttons(is_running=False)
            self.stage.setText(self.tr("Paused. What a server has already is not sent again."))
            self._show_held(is_split_only)
        self._show_trouble(error)

    def _show_held(self, is_split_only: bool) -> None:
        """Where the bars stood when it was stopped; none of them moves any more."""
        task = self.task
        is_sent = task is not None and task.part("a") is not None
        is_split = is_sent or (self._import is not None and self._import.has_bundles)
        self.split_bar.show_share(1.0 if is_split else 0.0, "", "good" if is_split else "")
        for role, bar in self.bars.items():
            if task is None or not is_sent:
                bar.show_share(0.0)
            else:
                self._show_server(task, role)
            bar.setVisible(not is_split_only)

    def _show_paused(self, found: Import) -> None:
        self._show_buttons(is_running=False)
        self.stage.setText(
            self.tr("Split, but not sent yet.")
            if found.standing is Standing.SPLIT
            else self.tr("Paused. What a server has already is not sent again.")
        )
        self.split_bar.show_share(1.0, self.tr("%1 images").replace("%1", number(found.count)), "good")
        for role, bar in self.bars.items():
            bar.show_share(0.0, size(found.bytes.get(role, 0)))

    def _show_trouble(self, error: AppError | None) -> None:
        if error is None or isinstance(error, Cancelled):
            self.trouble.hide()
        elif self.trouble.isHidden():
            self.trouble.show_error(error)

    def _show_buttons(self, is_running: bool, can_resume: bool = True) -> None:
        self.pause_button.setVisible(is_running)
        self.resume.setVisible(not is_running and can_resume)
        self.cancel.setEnabled(is_running or can_resume)

    def _show_done(self, is_split_only: bool) -> None:
        found = self._import
        self._show("done")
        self.trouble.hide()
        if found is None:
            return
        self.left_out.setVisible(bool(found.refused_count))
        self.left_out.setText(self.tr("%n file(s) left out", "", found.refused_count))
        self.open.setVisible(not is_split_only)
        count = self.tr("%n image(s)", "", found.count)
        if is_split_only:
            self.done_heading.setText(self.tr("Split; nothing was sent"))
            text = self.tr(
                "%1 were split into %2.\n\nCarry this folder to a machine with network, choose “Upload a split” there, "
                "and log in as yourself. Each bundle is sealed, so that only its server can open it; still, let nobody "
                "have the folder who has no business with it, and delete it once it is uploaded."
            )
            self.done_text.setText(text.replace("%1", count).replace("%2", str(found.folder)))
        else:
            self.done_heading.setText(self.tr("Both servers have it"))
            text = self.tr("%1 are split and stored. The signed receipts of both servers are kept on this machine.")
            self.done_text.setText(text.replace("%1", count))

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for the two bundles"), str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.split_to)
        dialog.open()

    def _ask_cancel(self) -> None:
        heading = self.tr("Cancel this import?")
        text = self.tr(
            "What was split is taken away, and what the servers have of it is deleted. Your images stay where they are."
        )
        number_of = self.number
        confirm(
            self, heading, text, self.tr("Cancel the import"), lambda: self.given_up.emit(number_of), is_danger=True
        )

    def _open_dataset(self) -> None:
        if self._import is not None and self._import.dataset:
            dataset = self._import.dataset
            self.ended.emit()
            self.desk.go("dataset", dataset)

    def _show_refused(self) -> None:
        if self._import is not None:
            RefusedDialog(self, self.desk, self._import.refused).open()


def free_folder(parent: Path, name: str) -> Path:
    """A path inside a folder that is not taken yet, named after the data set as far as every system allows it."""
    kept = "".join(char if char.isalnum() or char in "-_ " else "-" for char in name).strip() or "split"
    place, count = parent / f"{kept[:60]}-split", 1
    while place.exists():
        count += 1
        place = parent / f"{kept[:60]}-split-{count}"
    return place
