"""An import before it is split: files are found, looked at, given classes and a form; everything is kept on disk."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.errors import AppError, Cancelled
from desktop_client.jobs import importing
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.child import Viewer
from desktop_client.jobs.importing import Import, Moved, ScanResult
from desktop_client.offline_plugin.gathering.selection import About, Reading, Selection
from desktop_client.state.desk import Desk
from desktop_client.state.importing.labels import Labels
from desktop_client.state.importing.pictures import PictureList
from desktop_client.state.importing.viewing import Looks, Thumbnails, Viewing

_SAVE_MS: Final = 1200
_LOOK_MS: Final = 40
_TELL_SECONDS: Final = 0.08
_SUGGESTED: Final = ("height", "width", "channels", "bits")
Refused = tuple[str, str, str]


class ImportDraft(QObject):
    """One at a time. ``begun`` when other files were brought, ``moved(done, total)`` while they are listed, ``scanned``
    at the end; ``opened(found)`` for an import that was kept; ``form_changed`` when the reading has changed;
    ``previewed(answer or None, error or None)`` and ``shared(...)`` for the image that is looked at; ``saved``.
    """

    begun = Signal()
    moved = Signal(int, int)
    scanned = Signal()
    opened = Signal(object)
    failed = Signal(object)
    form_changed = Signal()
    previewed = Signal(object, object)
    shared = Signal(object, object)
    estimated = Signal(object, object)
    saved = Signal()

    def __init__(self, desk: Desk, make: Callable[[], Looks] = Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.viewing = Viewing(desk, make, self)
        self.thumbnails = Thumbnails(desk, self.viewing, self)
        self.pictures = PictureList(self.thumbnails, self)
        self.number = ""
        self.selection = Selection(())
        self.refused: list[Refused] = []
        self.summary: ScanResult | None = None
        self.is_scanning = False
        self.looked_at = ""
        self._scan: Handle | None = None
        self._opening: Handle | None = None
        self._parts: deque[tuple[int, list[Any], bool]] = deque()
        self._result: ScanResult | None = None
        self._news: tuple[int, Moved] | None = None
        self._told = 0.0
        self._round = 0
        self._is_fresh = True
        self._preview_state = [False, False]
        self._is_saving = False
        self._is_dirty = False
        self._after_save: list[Callable[[], None]] = []
        self._take_timer = QTimer(self, interval=0)
        self._take_timer.timeout.connect(self._take)
        self._save_timer = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._save_timer.timeout.connect(self.save)
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look_timer.timeout.connect(self._look)
        self.pictures.edited.connect(self._touched)

    def bring(self, paths: Sequence[str]) -> None:
        """Begin with these files and folders; an import that was open stays kept as it was."""
        self.flush()
        self.number, self._is_fresh = "", True
        self._begin(Selection(tuple(paths)))

    def open(self, number: str) -> None:
        """Go on with an import that was kept; what it is about is told by :attr:`opened`."""
        self.flush()
        if self._opening is not None:
            self._opening.drop()

        def done(found: Import) -> None:
            self.number, self._is_fresh = found.id, False
            if not found.has_bundles and not found.is_brought and not found.is_running:
                self._begin(found.selection)
            else:
                self.selection = found.selection
            self.opened.emit(found)

        work = importing.open_import
        self._opening = self._desk.run(lambda: work(self._desk.office, number), done, self.failed.emit)

    def stop(self) -> None:
        """Stop listing; what was found so far stays."""
        if self._scan is not None:
            self._scan.cancel()

    def close(self) -> None:
        """Keep what was changed, and free what only an eye needs."""
        self.flush()
        self._look_timer.stop()
        self.viewing.close()
        self.thumbnails.forget()

    def forget(self) -> None:
        """Nothing is brought any more; what was kept on disk stays."""
        self.flush()
        if self._scan is not None:
            self._scan.drop()
        self._round += 1
        self._parts.clear()
        self.is_scanning, self.number, self.selection, self.summary = False, "", Selection(()), None
        self.refused.clear()
        self.looked_at = ""
        self.thumbnails.forget()
        self.pictures.start(Labels())

    def set_reading(self, **changes: Any) -> None:
        """Another form for every image."""
        reading = replace(self.selection.reading, **changes)
        if reading != self.selection.reading:
            self.selection = replace(self.selection, reading=reading)
            self.form_changed.emit()
            self.look()
            self._touched()

    def set_about(self, **changes: Any) -> None:
        """Other words about the data set."""
        about = replace(self.selection.about, **changes)
        if about != self.selection.about:
            self.selection = replace(self.selection, about=about)
            self._touched()

    def set_classes(self, classes: tuple[str, ...] | None) -> None:
        """Fix names and order of the classes; None: those that are there."""
        if classes != self.selection.classes:
            self.selection = replace(self.selection, classes=classes)
            self._touched()

    @property
    def reading(self) -> Reading:
        return self.selection.reading

    @property
    def about(self) -> About:
        return self.selection.about

    def look(self, name: str = "") -> None:
        """Have :attr:`previewed` tell what becomes of this image, or of the one that was looked at last."""
        self.looked_at = name or self.looked_at
        if self.looked_at and not self._look_timer.isActive():
            self._look_timer.start()

    def ask_shares(self) -> None:
        """Have :attr:`shared` tell what each server would hold of the image that is looked at."""
        if self.looked_at:
            self.viewing.ask(
                "shares", self._about_image(), lambda found: self.shared.emit(found, None), self._no_shares
            )

    def ask_estimate(self) -> None:
        """Have :attr:`estimated` tell what a split would take; it is saved before."""

        def ask() -> None:
            work = importing.estimate_import
            number = self.number
            self._desk.run(
                lambda: work(self._desk.office, number),
                lambda found: self.estimated.emit(found, None),
                lambda error: self.estimated.emit(None, error),
            )

        self.save(ask)

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Keep the import on disk, then go on; what was not found yet is not lost, either."""
        if then is not None:
            self._after_save.append(then)
        if self._is_saving:
            self._is_dirty = True
            return
        self._save_timer.stop()
        if not self.selection.paths:
            return
        self._is_saving, self._is_dirty = True, False
        base, frozen, number, office = self.selection, self.pictures.labels.freeze(), self.number, self._desk.office
        is_whole = not self.is_scanning

        async def work() -> Import:
            # While files are still being listed, the classes that were kept say more than those that came so far.
            chosen = await asyncio.to_thread(frozen.apply, base) if is_whole else base
            if number:
                return await importing.save_selection(office, number, chosen)
            return await importing.new_import(office, [Path(path) for path in base.paths], chosen)

        self._desk.run(work, self._saved, self._not_saved)

    def flush(self) -> None:
        """Save now what waits to be saved."""
        if self._save_timer.isActive():
            self.save()

    def _begin(self, selection: Selection) -> None:
        if self._scan is not None:
            self._scan.drop()
        self._round += 1
        now, office_bridge = self._round, self._desk.bridge
        self._parts.clear()
        self.selection, self.summary, self._result, self.looked_at = selection, None, None, ""
        self.refused.clear()
        self.is_scanning = True
        self.thumbnails.show(selection.paths)
        self.pictures.start(Labels(None if self._is_fresh else selection))
        self.begun.emit()

        def came(rows: list[Any], is_refused: bool) -> None:
            self._parts.append((now, rows, is_refused))
            office_bridge.post(self._wake)

        def report(step: Moved) -> None:
            self._news = (now, step)
            office_bridge.post(self._wake)

        paths = [Path(path) for path in selection.paths]
        self._scan = office_bridge.run(
            lambda: importing.scan_paths(paths, lambda rows: came(rows, False), lambda rows: came(rows, True), report),
            self._listed,
            self._broke,
        )

    def _wake(self) -> None:
        if not self._take_timer.isActive():
            self._take_timer.start()

    def _take(self) -> None:
        """One part a turn of the event loop, so that whatever else happens has its turn between them."""
        self._tell()
        if self._parts:
            number, rows, is_refused = self._parts.popleft()
            if number == self._round:
                if is_refused:
                    self.refused.extend(rows)
                else:
                    self.pictures.add(rows)
            return
        self._take_timer.stop()
        if self._result is not None:
            self._finish(self._result)

    def _tell(self) -> None:
        """The newest progress, a few times a second at most."""
        if self._news is None or perf_counter() - self._told < _TELL_SECONDS:
            return
        (number, step), self._news, self._told = self._news, None, perf_counter()
        if number == self._round and self.is_scanning:
            self.moved.emit(step.progress.done, step.progress.total)

    def _listed(self, result: ScanResult) -> None:
        self._result = result
        self._wake()

    def _finish(self, result: ScanResult) -> None:
        self._result, self.summary, self.is_scanning = None, result, False
        if self._is_fresh:
            height, width, channels, bits = (int(result.suggested[name]) for name in _SUGGESTED)
            reading = replace(self.reading, height=height, width=width, channels=channels, bits=bits)
            self.selection = replace(self.selection, reading=reading)
            self.form_changed.emit()
        self.scanned.emit()

    def _broke(self, error: AppError) -> None:
        self.is_scanning = False
        if isinstance(error, Cancelled):
            self.scanned.emit()
        else:
            self.failed.emit(error)

    def _look(self) -> None:
        """One question at a time, and always the newest: pictures follow a slider that is being moved."""
        is_busy, _ = self._preview_state
        if is_busy:
            self._preview_state[1] = True
            return
        self._preview_state = [True, False]
        self.viewing.ask("preview", self._about_image(), self._seen, lambda error: self._seen(None, error))

    def _seen(self, found: dict[str, Any] | None, error: AppError | None = None) -> None:
        is_wanted = self._preview_state[1]
        self._preview_state = [False, False]
        if not isinstance(error, Cancelled):
            self.previewed.emit(found, error)
        if is_wanted:
            self._look()

    def _no_shares(self, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self.shared.emit(None, error)

    def _about_image(self) -> dict[str, Any]:
        return {
            "paths": list(self.selection.paths), "name": self.looked_at, "reading": reading_value(self.reading),
        }  # fmt: skip

    def _touched(self) -> None:
        self._save_timer.start()

    def _saved(self, found: Import) -> None:
        self._is_saving = False
        if not self.number and found.selection.paths == self.selection.paths:
            self.number = found.id
        if self._is_dirty:
            # Whoever waits wants what was changed meanwhile to be kept, too, and nothing else to work on the import.
            self.save()
            return
        waiting, self._after_save = self._after_save, []
        self.saved.emit()
        for then in waiting:
            then()

    def _not_saved(self, error: AppError) -> None:
        self._is_saving = False
        self._after_save.clear()
        self.failed.emit(error)


def reading_value(reading: Reading) -> dict[str, Any]:
    """JSON object of a form, as the child process takes it."""
    return {**asdict(reading), "window": None if reading.window is None else list(reading.window)}
