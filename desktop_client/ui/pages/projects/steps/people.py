"""Step 7: who takes part, who receives the model, and who may put questions to it at the servers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QGridLayout, QLineEdit

from desktop_client.state.projects.wizard import Wizard
from desktop_client.ui.pages.projects.steps.base import NARROW, Step, show_value
from desktop_client.ui.widgets.basics import Badge, Card, boxed, button, column, empty, label, row

_ALL, _TICKED, _NOBODY = "all", "ticked", "nobody"


class PeopleStep(Step):
    """Owners of data sets take part by themselves; whoever writes the project is its owner."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(
            wizard,
            "people",
            self.tr("Who takes part?"),
            self.tr(
                "Owners and editors may start trainings; viewers only look. The finished model is sealed to those who "
                "receive it: the servers never hold it."
            ),
        )
        self._recipients, self._testers = _ALL, _ALL
        self._shown: tuple[object, ...] = ()
        self.name, self.role = QLineEdit(), QComboBox()
        self.name.setPlaceholderText(self.tr("User name"))
        self.name.setAccessibleName(self.tr("User name"))
        self.name.setMinimumWidth(NARROW)
        self.name.returnPressed.connect(self._add)
        self.role.setAccessibleName(self.tr("Role"))
        for value, text in self._roles():
            self.role.addItem(text, value)
        self.role.setCurrentIndex(1)
        self.add = button(self.tr("Add"), self._add, "", "user-plus")
        self.unknown = label("", "bad", True)
        self.unknown.hide()
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(6)
        people = Card(self.tr("Members"))
        people.add(row(self.name, self.role, self.add, None), self.unknown)
        people.add(self.field("members", "", boxed(self.grid)))
        self.recipients = self.combo("recipients", [
            (_ALL, self.tr("All owners and editors")), (_TICKED, self.tr("Only those ticked above")),
        ], self._choose_recipients)  # fmt: skip
        self.testers = self.combo("testers", [
            (_ALL, self.tr("Whoever receives it")), (_TICKED, self.tr("Only those ticked above")),
            (_NOBODY, self.tr("Nobody")),
        ], self._choose_testers)  # fmt: skip
        hint = self.tr(
            "With any, each server keeps its share of the trained model until the project is archived. "
            "Many answers tell much about a model."
        )
        receives = Card(self.tr("The model"))
        receives.body.addLayout(
            row(
                column(self.field("recipients", self.tr("Who receives the model"), self.recipients), None),
                column(self.field("testers", self.tr("Who may have it answer at the servers"), self.testers, hint)),
                spacing=16,
            )
        )
        self.body.addLayout(column(people, receives, spacing=16))
        self.body.addStretch(1)

    def show_all(self) -> None:
        outline = self.wizard.outline
        self._recipients = _TICKED if outline.recipients else _ALL
        self._testers = _ALL if outline.testers is None else _TICKED if outline.testers else _NOBODY
        show_value(self.recipients, self._recipients)
        show_value(self.testers, self._testers)
        self._show_members()

    def entered(self) -> None:
        self.show_all()

    def refreshed(self) -> None:
        people = self.wizard.catalogue.people if self.wizard.catalogue else ()
        completer = QCompleter([f"{one.name} · {one.organisation}" for one in people], self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)

    def _show_members(self) -> None:
        outline, roles = self.wizard.outline, self.wizard.roles
        now = (roles, outline.recipients, outline.testers, outline.members, self.wizard.can_publish)
        if now == self._shown:
            return
        self._shown = now
        empty(self.grid)
        titles = (self.tr("Name"), self.tr("Organisation"), self.tr("Role"), self.tr("Receives"), self.tr("May test"))
        for place, title in enumerate(titles):
            self.grid.addWidget(label(title, "muted"), 0, place)
        self.grid.setColumnStretch(1, 1)
        known = {one.name: one.organisation for one in self.wizard.catalogue.people} if self.wizard.catalogue else {}
        for line, (name, role) in enumerate(sorted(roles.items()), start=1):
            self._show_member(line, name, role, known.get(name, ""))

    def _show_member(self, line: int, name: str, role: str, organisation: str) -> None:
        box = QComboBox()
        for value, text in self._roles():
            box.addItem(text, value)
        show_value(box, role)
        box.setAccessibleName(self.tr("Role of %1").replace("%1", name))
        box.activated.connect(lambda: self._changed(name, box.currentData()))
        is_me, owns = name == self.wizard.me, name in self.wizard.owners.values()
        box.setEnabled(not is_me and self.wizard.can_publish)
        marks = [Badge(self.tr("you"), "info")] if is_me else []
        marks += [Badge(self.tr("data owner"), "neutral")] if owns else []
        self.grid.addLayout(row(label(name, "strong"), *marks, None), line, 0)
        self.grid.addWidget(label(organisation), line, 1)
        self.grid.addWidget(box, line, 2)
        for place, field in ((3, "recipients"), (4, "testers")):
            tick = QCheckBox()
            tick.setAccessibleName(self._named(field).replace("%1", name))
            tick.setChecked(name in self._meant(field))
            tick.setEnabled((self._recipients if field == "recipients" else self._testers) == _TICKED)
            tick.toggled.connect(lambda is_on, field=field: self._tick(field, name, is_on))
            self.grid.addWidget(tick, line, place, Qt.AlignmentFlag.AlignHCenter)
        remove = button("", lambda: self._changed(name, ""), "flat", "x")
        remove.setAccessibleName(self.tr("Remove %1").replace("%1", name))
        remove.setToolTip(self.tr("Remove"))
        remove.setVisible(not is_me and not owns and self.wizard.can_publish)
        self.grid.addWidget(remove, line, 5)

    def _named(self, field: str) -> str:
        return self.tr("%1 receives the model") if field == "recipients" else self.tr("%1 may test the model")

    def _meant(self, field: str) -> tuple[str, ...]:
        """Who that is now, chosen by name or by being something."""
        outline, roles = self.wizard.outline, self.wizard.roles
        receive = outline.recipients or tuple(sorted(name for name, role in roles.items() if role != "viewer"))
        if field == "recipients":
            return receive
        return receive if outline.testers is None else outline.testers

    def _add(self) -> None:
        name = self.name.text().split("·")[0].strip()
        known = {one.name for one in self.wizard.catalogue.people} if self.wizard.catalogue else set()
        is_known = name in known
        self.unknown.setText(self.tr("Nobody here is called %1.").replace("%1", name))
        self.unknown.setVisible(bool(name) and not is_known)
        if is_known:
            self.name.clear()
            self._changed(name, self.role.currentData())

    def _changed(self, name: str, role: str) -> None:
        self.wizard.set_member(name, role)
        self._show_members()

    def _tick(self, field: str, name: str, is_on: bool) -> None:
        now = [one for one in self._meant(field) if one != name]
        self.wizard.set(field, tuple(sorted([*now, name] if is_on else now)))
        self.show_all()

    def _choose_recipients(self, mode: str) -> None:
        self.wizard.set("recipients", () if mode == _ALL else self._meant("recipients"))
        self.show_all()

    def _choose_testers(self, mode: str) -> None:
        chosen = {_ALL: None, _NOBODY: (), _TICKED: self._meant("testers") or self._meant("recipients")}
        self.wizard.set("testers", chosen[mode])
        self.show_all()

    def _roles(self) -> list[tuple[str, str]]:
        return [("owner", self.tr("owner")), ("editor", self.tr("editor")), ("viewer", self.tr("viewer"))]
