"""Data: every data set that the person may see, and imports that are not finished."""

from __future__ import annotations

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from common.errors import AppError
from desktop_client.jobs.datasets import DatasetRow, Listing
from desktop_client.state.datasets import DatasetList
from desktop_client.state.desk import Desk
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.page import Page
from desktop_client.ui.pages.data import words
from desktop_client.ui.pages.data.import_page import PATHS
from desktop_client.ui.pages.data.unfinished import UnfinishedCard
from desktop_client.ui.widgets.basics import Empty, button
from desktop_client.ui.widgets.drop import local_paths
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import moment, number, size

_WIDTHS = (180, 120, 84, 74, 74, 152, 82, 104, 96, 100)


class DataPage(Page):
    """A table of data sets; a double click or Enter opens one."""

    def __init__(self, desk: Desk) -> None:
        text = self.tr("Images that were split into secret shares; each server holds one share, which alone is noise.")
        super().__init__(desk, self.tr("Data"), text, is_scrolled=False)
        self.bring_in = self.add_action(
            button(self.tr("Bring in images"), lambda: desk.go("import"), "primary", "image-plus")
        )
        self.model: RowTable[DatasetRow] = RowTable(self._columns(), self)
        start = button(self.tr("Bring in images"), lambda: desk.go("import"), icon="image-plus")
        nothing = Empty(
            "database",
            self.tr("There are no data sets yet"),
            self.tr(
                "Bring in a folder of images. They are split on this machine; what leaves it is noise to each server."
            ),
            start,
        )
        is_first = desk.preferences.layout("table-datasets").isEmpty()
        self.table = DataTable(self.model, nothing, "datasets", desk.preferences)
        if is_first:
            for place, width in enumerate(_WIDTHS):
                self.table.view.setColumnWidth(place, width)
        self.table.search_in(
            lambda row: f"{row.name} {row.owner} {' '.join(row.tags)} {' '.join(row.classes)} {row.id}"
        )
        self.table.chosen.connect(lambda row: desk.go("dataset", row.id) if row else None)
        self._add_filters()
        self.unfinished = UnfinishedCard(desk)
        self.add(self.unfinished)
        self.add(self.table, stretch=1)
        self.setAcceptDrops(True)
        self.list = DatasetList(desk, self)
        self.list.changed.connect(self._show)
        self.list.failed.connect(self.show_error)

    def refresh(self) -> None:
        self.list.refresh()
        self.unfinished.list.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.desk.go("import", PATHS + "\n".join(paths))

    def _show(self, listing: Listing) -> None:
        if tuple(self.model.rows) != listing.rows:
            chosen = self.table.current
            self.model.replace(listing.rows)
            self._select(chosen.id if chosen else "")
        if listing.away:
            self._tell_away(*next(iter(listing.away.items())))
        else:
            self.banner.hide()

    def _tell_away(self, role: str, error: AppError) -> None:
        text = self.tr("Server %1 does not answer; this is what the other server lists.").replace("%1", role.upper())
        self.banner.say(text, "warn", details=f"{error.code}: {error}")

    def _select(self, dataset: str) -> None:
        shown = self.model.shown
        place = next((n for n, row in enumerate(shown) if row.id == dataset), None)
        if place is not None:
            self.table.view.selectRow(place)

    def _add_filters(self) -> None:
        whose = (
            ("mine", self.tr("Mine")), ("shared", self.tr("Shared with me")), ("public", self.tr("Public")),
        )  # fmt: skip
        self.table.add_filter(self.tr("Everybody's"), whose, _is_whose)
        states = (
            ("usable", self.tr("Ready")), ("off", self.tr("Switched off")), ("uploading", self.tr("Uploading")),
            ("trouble", self.tr("In trouble")),
        )  # fmt: skip
        self.table.add_filter(self.tr("Any state"), states, _is_in_state)
        kinds = (
            ("grey", self.tr("Grey")), ("colour", self.tr("Colour")), ("deep", self.tr("More than 8 bits")),
        )  # fmt: skip
        self.table.add_filter(self.tr("Any kind"), kinds, lambda row, value: row.kind == value)

    def _columns(self) -> tuple[Column[DatasetRow], ...]:
        def tone(role: int, row: DatasetRow) -> str | None:
            return words.state_of(row)[1] if role == ToneRole else None

        return (
            Column(self.tr("Name"), lambda row: row.name, lambda row: row.name.casefold(), tip=_tip),
            Column(self.tr("State"), lambda row: words.state_of(row)[0], extra=tone),
            Column(self.tr("Owner"), lambda row: self.tr("you") if row.is_mine else row.owner),
            Column(self.tr("Images"), lambda row: number(row.count), lambda row: row.count, is_number=True),
            Column(
                self.tr("Classes"),
                lambda row: number(len(row.classes)),
                lambda row: len(row.classes),
                is_number=True,
                tip=lambda row: ", ".join(row.classes[:40]),
            ),
            Column(self.tr("Form"), lambda row: words.shape_text(row.shape, row.bits)),
            Column(self.tr("Size"), lambda row: size(row.total_bytes), lambda row: row.total_bytes, is_number=True),
            Column(self.tr("Visible to"), self._audience, tip=lambda row: ", ".join(row.shared_with)),
            Column(self.tr("Tags"), lambda row: ", ".join(row.tags)),
            Column(self.tr("Created"), lambda row: moment(row.created), lambda row: row.created),
        )

    def _audience(self, row: DatasetRow) -> str:
        if row.visibility == "shared":
            if not row.is_mine:
                return self.tr("you and others") if len(row.shared_with) > 1 else self.tr("you")
            return self.tr("%n person(s)", "", len(row.shared_with))
        return words.visibility(row.visibility)


def _tip(row: DatasetRow) -> str:
    return f"{row.name}\n{row.id}"


def _is_whose(row: DatasetRow, value: str) -> bool:
    if value == "mine":
        return row.is_mine
    return not row.is_mine and row.visibility == value


def _is_in_state(row: DatasetRow, value: str) -> bool:
    if value == "trouble":
        return row.state in ("mismatched", "apart", "one")
    return row.state == value or (value == "uploading" and row.state == "received")
