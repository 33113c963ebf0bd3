"""Imports on their way: tasks that outlive the page that began them, with what each server has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from desktop_client.jobs import importing
from desktop_client.jobs.importing import Import, Moved, ServerPart
from desktop_client.jobs.task import Pace, Task
from desktop_client.state.desk import Desk
from desktop_client.state.tasks import Report

KIND = "import"


@dataclass(eq=False)
class ImportTask(Task):
    """An import that is split and uploaded, or only split to a folder (``is_split_only``)."""

    number_of_import: str = ""
    is_split_only: bool = False
    moved: Moved | None = None
    result: Import | None = None
    paces: dict[str, Pace] = field(default_factory=dict)

    def see(self, moved: Moved) -> None:
        """How far it is now."""
        self.moved = moved
        for role in ("a", "b"):
            part = self.part(role)
            if part is not None:
                self.paces.setdefault(role, Pace()).add(part.done_bytes)

    def part(self, role: str) -> ServerPart | None:
        """What a server has, while it is uploaded."""
        if self.moved is None:
            return None
        return self.moved.a if role == "a" else self.moved.b


def task_of(desk: Desk, number: str) -> ImportTask | None:
    """The newest task of an import, whether it still runs or has ended."""
    found = (task for task in reversed(desk.tasks.all) if isinstance(task, ImportTask))
    return next((task for task in found if task.number_of_import == number), None)


def start_import(desk: Desk, label: str, number: str, out: Path | None = None) -> ImportTask:
    """Split and upload an import from wherever it stands, or split it to the folder ``out`` without any network.

    The keys must be unlocked. Bundles that were uploaded are taken away, unless they were made elsewhere.
    """
    task = ImportTask(KIND, label, page=("import", number), number_of_import=number, is_split_only=out is not None)
    office, see = desk.office, desk.bridge.latest(task.see)

    async def work(report: Report) -> Import:
        def told(moved: Moved) -> None:
            see(moved)
            report(moved.progress)

        if out is not None:
            found = await importing.split_import(office, number, told, out)
        else:
            found = await importing.run_import(office, number, told)
            if not found.is_brought:
                found = await importing.discard_bundles(office, number)
        desk.bridge.post(lambda: setattr(task, "result", found))
        return found

    desk.tasks.start(task, work)
    return task
