"""The cards of the page of a data set; each shows one part of :class:`DatasetDetails`."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QVBoxLayout

from desktop_client.jobs.datasets import DatasetDetails, Event
from desktop_client.state.desk import Desk
from desktop_client.ui.pages.data import words
from desktop_client.ui.pages.data.counts import ClassBars
from desktop_client.ui.widgets.basics import Badge, Card, button, column, empty, label, line, row, selectable
from desktop_client.ui.words import moment, number, size

_NAMES = 60


class FactsCard(Card):
    """What the manifest says."""

    def __init__(self) -> None:
        super().__init__(self.tr("About"))
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(24)
        names = (
            self.tr("Owner"), self.tr("Images"), self.tr("Form"), self.tr("Size"), self.tr("Tags"), self.tr("Created"),
            self.tr("Id"),
        )  # fmt: skip
        self._values = [selectable("", "") for _ in names]
        for name, value in zip(names, self._values, strict=True):
            self._form.addRow(label(name, "muted"), value)
        self._values[-1].setProperty("role", "mono")
        self.body.addLayout(self._form)

    def show_details(self, details: DatasetDetails) -> None:
        found = details.row
        texts = (
            self.tr("you") if found.is_mine else found.owner,
            number(found.count),
            words.shape_text(found.shape, found.bits),
            size(found.total_bytes),
            ", ".join(found.tags) or "–",
            moment(found.created),
            f"{found.id[:32]}\n{found.id[32:]}",
        )
        for value, text in zip(self._values, texts, strict=True):
            value.setText(text)


class ClassesCard(Card):
    """The classes, with counts where the owner has said them."""

    def __init__(self) -> None:
        super().__init__(self.tr("Classes"))
        self.bars = ClassBars(self.tr("Images of each class"))
        self._names = label("", "", True)
        self._note = label(
            self.tr("How many images each class has is a secret of the owner, unless the owner says so."), "small", True
        )
        self.add(self.bars, self._names, self._note)

    def show_details(self, details: DatasetDetails) -> None:
        names, counts = details.row.classes, details.row.class_counts
        is_known = counts is not None and len(counts) == len(names)
        self.bars.setVisible(is_known)
        self._names.setHidden(is_known)
        self._note.setHidden(is_known)
        if counts is not None and is_known:
            self.bars.show_counts(list(zip(names, counts, strict=True)))
        more = f" … (+{len(names) - _NAMES})" if len(names) > _NAMES else ""
        self._names.setText(", ".join(names[:_NAMES]) + more)


class ServersCard(Card):
    """What each server holds of it."""

    def __init__(self) -> None:
        super().__init__(self.tr("At the servers"))
        self._rows = column(spacing=10)
        self.body.addLayout(self._rows)
        self._note = label(
            self.tr(
                "Each server holds one share. A share alone is random noise: it tells nothing about any image. One of "
                "the two shares of a piece is only a short seed that the noise grows from, so the sizes differ."
            ),
            "small", True,
        )  # fmt: skip
        self.add(self._note)

    def show_details(self, details: DatasetDetails) -> None:
        empty(self._rows)
        for role in ("a", "b"):
            name = self.tr("Server %1").replace("%1", role.upper())
            if role in details.away:
                text, tone = self.tr("does not answer"), "bad"
            else:
                state = details.row.servers.get(role)
                text, tone = words.server_state(state), "good" if state == "usable" else "info"
            held = size(details.row.bytes[role]) if role in details.row.bytes else "–"
            missing = details.missing.get(role, 0)
            parts = [held] + ([self.tr("%n piece(s) missing", "", missing)] if missing else [])
            head = row(label(name, "strong"), None, label(", ".join(parts), "muted"))
            badge = Badge(text, tone)
            self._rows.addLayout(column(head, row(badge, None), spacing=4))
        if details.receipts:
            text = self.tr("%n signed receipt(s) kept on this machine", "", len(details.receipts))
            self._rows.addWidget(label(text, "small", True))


class PermissionsCard(Card):
    """Who may use it, and which projects do."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(self.tr("Who may use it"))
        self._desk = desk
        self._audience = label("", "", True)
        self._rows = column(spacing=8)
        self.add(self._audience, line(), label(self.tr("Projects that use it"), "strong"))
        self.body.addLayout(self._rows)

    def show_details(self, details: DatasetDetails) -> None:
        self._audience.setText(self._audience_text(details))
        empty(self._rows)
        if details.uses is None:
            self._rows.addWidget(label(self.tr("Only its owner sees which projects use it."), "muted", True))
            return
        for project in details.uses.projects[:_NAMES]:
            is_consented = project.get("is_consented") is True
            text = self.tr("you consented") if is_consented else self.tr("your consent is missing")
            name = button(str(project.get("name")).replace("&", "&&"), None, "flat", "folder-kanban")
            name.clicked.connect(lambda checked=False, one=str(project.get("project")): self._desk.go("project", one))
            owner = label(str(project.get("owner")), "muted")
            self._rows.addLayout(row(name, owner, None, Badge(text, "good" if is_consented else "warn")))
        for job in details.uses.jobs[:_NAMES]:
            text = self.tr("training now: %1").replace("%1", words.job_state(str(job.get("state"))))
            self._rows.addWidget(label(f"{job.get('name')} · {text}", "muted", True))
        if not details.uses.projects:
            self._rows.addWidget(label(self.tr("None so far."), "muted"))

    def _audience_text(self, details: DatasetDetails) -> str:
        found = details.row
        if found.visibility == "public":
            return self.tr("Everybody of this deployment, in projects that the owner consents to.")
        if found.visibility == "shared":
            names = ", ".join(found.shared_with)
            return self.tr("%1, in projects that the owner consents to.").replace("%1", names)
        return self.tr("Only its owner.")


class HistoryCard(Card):
    """What happened to it, newest first."""

    def __init__(self) -> None:
        super().__init__(self.tr("History"))
        self._rows: QVBoxLayout = column(spacing=0)
        self.body.addLayout(self._rows)
        self._shown: tuple[Event, ...] | None = None

    def show_details(self, details: DatasetDetails) -> None:
        self.setVisible(details.row.is_mine)
        if details.events == self._shown:
            return
        self._shown = details.events
        empty(self._rows)
        for place, event in enumerate(details.events[:200]):
            if place:
                self._rows.addWidget(line())
            self._rows.addLayout(self._row(event))

    def _row(self, event: Event) -> QVBoxLayout:
        time = label(moment(event.time), "muted")
        time.setMinimumWidth(150)
        what = label(words.event_text(event.kind), "strong", True)
        who = self.tr("by %1").replace("%1", event.actor) if event.kind in ("announced", "settings", "deleted") else ""
        where = label(" · ".join(part for part in (who, words.servers_text(event.servers)) if part), "muted")
        head = row(time, what, where, spacing=16)
        head.setStretch(1, 1)
        lines = [label(words.change_text(one), "small", True) for one in event.changes]
        for one in lines:
            one.setIndent(166)
        made = column(head, *lines, spacing=2)
        made.setContentsMargins(0, 9, 0, 9)
        return made
