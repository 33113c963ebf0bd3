"""A project while it is being written: every choice, and what is wrong with it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.architecture import Suited
from common.errors import AppError, PolicyRefused, SpecRefused
from common.specification import PREPARATIONS
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.datasets import DatasetRow
from desktop_client.jobs.projects import drafting
from desktop_client.jobs.projects.drafting import Catalogue, Opened
from desktop_client.state.desk import Desk
from desktop_client.state.projects.fitting import images_of, reasons
from desktop_client.upload.projects.checks import Images, refusals, suited
from desktop_client.upload.projects.options import DEFAULT_HIDDEN, Outline, suited_rate, usual_extractor
from desktop_client.upload.projects.publish import roles_of

STEPS: Final[dict[str, tuple[str, ...]]] = {
    "about": ("name", "purpose"),
    "data": ("datasets",),
    "model": ("model", "features"),
    "hiding": ("hiding",),
    "training": ("training",),
    "preparation": ("preparation",),
    "people": ("members", "recipients", "testers", "owner"),
    "review": (),
}
"""The steps in order, with the fields or sections of a specification that they are about."""
_CHECK_MS: Final = 60
_PLAIN: Final = ("name", "purpose", "members", "recipients", "testers", "datasets", "preparation")
_WRITERS: Final = ("owner", "editor")


class Wizard(QObject):
    """``loaded`` when everything is to be shown anew, ``changed(field)`` after one choice, ``checked`` when
    ``problems`` are known, ``catalogued`` when there is something else to choose from.
    """

    loaded = Signal()
    changed = Signal(str)
    checked = Signal()
    catalogued = Signal()
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.writing: Opened | None = None
        self.catalogue: Catalogue | None = None
        self.problems: dict[str, AppError] = {}
        self.suited: Suited | None = None
        self.is_dirty = False
        self.subject: str | None = None
        self._layers: list[dict[str, Any]] = []
        self._loading: Handle | None = None
        self._refreshing: Handle | None = None
        self._timer = QTimer(self, singleShot=True, interval=_CHECK_MS)
        self._timer.timeout.connect(self.check)

    @property
    def outline(self) -> Outline:
        """What is chosen so far."""
        if self.writing is None:
            raise AssertionError("nothing is being written yet")
        return self.writing.outline

    @property
    def me(self) -> str:
        return self.catalogue.me if self.catalogue else self.desk.person.name if self.desk.person else ""

    @property
    def can_write(self) -> bool:
        return self.writing is not None and self.writing.role in _WRITERS

    @property
    def can_publish(self) -> bool:
        return self.writing is not None and self.writing.role == "owner"

    @property
    def chosen(self) -> tuple[DatasetRow, ...]:
        """Data sets of the project that the servers list, in its order."""
        known = {row.id: row for row in self.catalogue.datasets} if self.catalogue else {}
        return tuple(known[one] for one in self.outline.datasets if one in known)

    @property
    def owners(self) -> Mapping[str, str]:
        """Who owns each chosen data set."""
        return {row.id: row.owner for row in self.chosen}

    @property
    def images(self) -> Images | None:
        """What the chosen data sets have in common; None if there are none."""
        return images_of(self.chosen)

    @property
    def roles(self) -> dict[str, str]:
        """Who is what in the project, owners of data sets with it."""
        return roles_of(self.outline, self.owners.values(), self.me)

    def value(self, field: str) -> Any:
        """The value of a field such as ``training.epochs``, or of a whole section.

        As long as nobody has chosen a preparation it is the one that suits the network.
        """
        section, dot, name = field.partition(".")
        if field == "preparation" and self.outline.preparation is None:
            return PREPARATIONS[0] if self.suited is None else self.suited.preparation
        if section in _PLAIN:
            return getattr(self.outline, section)
        return self.outline.sections[section][name] if dot else self.outline.sections[section]

    def open(self, subject: str) -> None:
        """Begin to write, or go on: see :func:`drafting.open_writing`. What is open already stays as it is."""
        if subject == self.subject:
            self.refresh()
            return
        self.forget()
        self.subject = subject
        self._loading = self.desk.run(lambda: self._load(subject), self._opened, self._lost)

    def forget(self) -> None:
        """Let go of what is open; the next :meth:`open` begins anew."""
        for handle in (self._loading, self._refreshing):
            if handle is not None:
                handle.drop()
        self._timer.stop()
        self._loading = self._refreshing = None
        self.subject, self.writing, self.is_dirty, self.problems, self.suited = None, None, False, {}, None

    def refresh(self) -> None:
        """Ask anew what there is to choose from; choices stay."""
        if self.writing is None:
            return
        if self._refreshing is not None:
            self._refreshing.drop()
        work = self.desk.office
        self._refreshing = self.desk.run(lambda: drafting.load_catalogue(work), self._listed, lambda error: None)

    def set(self, field: str, value: Any) -> None:
        """Choose something; the same value again changes nothing."""
        if self.writing is None or self.value(field) == value:
            return
        self._put(_with(self.outline, field, value), field)

    def toggle_dataset(self, dataset: str) -> None:
        """Take a data set in, or leave it out."""
        now = self.outline.datasets
        self.set("datasets", tuple(one for one in now if one != dataset) if dataset in now else (*now, dataset))

    def choose_model(self, name: str) -> None:
        """Another model; extractor and learning rate follow unless the person has chosen others."""
        before, outline = self.outline.sections["model"], self.outline
        if name == before["name"]:
            return
        if before["layers"]:
            self._layers = list(before["layers"])
        training, features = outline.sections["training"], outline.sections["features"]
        bias = before["bias"] and name != "custom"
        hidden = list(DEFAULT_HIDDEN) if name == "mlp" else []
        layers = list(self._layers) if name == "custom" else []
        outline = _with(outline, "model", {"name": name, "hidden": hidden, "bias": bias, "layers": layers})
        if features["extractor"] == usual_extractor(before["name"]):
            outline = _with(outline, "features.extractor", usual_extractor(name))
        if training["learning_rate"] == suited_rate(before["name"], training["optimizer"]):
            outline = _with(outline, "training.learning_rate", suited_rate(name, training["optimizer"]))
        self._put(outline, "model")

    def choose_optimizer(self, name: str) -> None:
        """Another optimiser; the learning rate follows unless the person has chosen another."""
        training, model = self.outline.sections["training"], self.outline.sections["model"]["name"]
        outline = _with(self.outline, "training.optimizer", name)
        if training["learning_rate"] == suited_rate(model, training["optimizer"]):
            outline = _with(outline, "training.learning_rate", suited_rate(model, name))
        if outline != self.outline:
            self._put(outline, "training.optimizer")

    def choose_preparation(self, name: str) -> None:
        """Another preparation; the one that suits the network follows the network from now on."""
        if name != self.value("preparation"):
            is_suited = self.suited is not None and name == self.suited.preparation
            self._put(replace(self.outline, preparation=None if is_suited else name), "preparation")

    def set_member(self, name: str, role: str) -> None:
        """Let somebody take part, or change what they are; no role: not any more."""
        members = {**self.outline.members, name: role}
        if not role:
            del members[name]
        outline = replace(self.outline, members=members)
        if not role and name not in roles_of(outline, self.owners.values(), self.me):
            testers = outline.testers
            outline = replace(
                outline,
                recipients=tuple(one for one in outline.recipients if one != name),
                testers=None if testers is None else tuple(one for one in testers if one != name),
            )
        if outline != self.outline:
            self._put(outline, "members")

    def why_not(self, row: DatasetRow) -> Sequence[str]:
        """Why a data set cannot be taken in: see :func:`reasons`."""
        return reasons(row, self.chosen)

    def problems_of(self, step: str) -> dict[str, AppError]:
        """What is wrong in a step, by field."""
        parts = STEPS[step]
        return {field: error for field, error in self.problems.items() if field.partition(".")[0] in parts}

    def check(self) -> None:
        """Look at every choice now; later changes are looked at by themselves."""
        self._timer.stop()
        if self.writing is None:
            return
        self.suited = suited(self.outline, self.me, self.images)
        found: dict[str, AppError] = {**refusals(self.outline, self.me, self.owners, self.images)}
        self.problems = {**self._own_problems(), **found}
        self.checked.emit()

    def adopt(self, writing: Opened, is_dirty: bool = False) -> None:
        """Go on with this, whatever was chosen before."""
        self.writing, self.is_dirty = writing, is_dirty
        self.suited = suited(self.outline, self.me, self.images)
        self.loaded.emit()
        self.check()

    def was_saved(self, sent: Outline, version: int) -> None:
        """The servers have this as a version of the draft; what was chosen meanwhile is not in it."""
        if self.writing is not None:
            self.is_dirty = self.writing.outline != sent
            self.writing = replace(self.writing, version=version, author=self.me)

    async def _load(self, subject: str) -> tuple[Catalogue, Opened]:
        office = self.desk.office
        catalogue = await drafting.load_catalogue(office)
        return catalogue, await drafting.open_writing(office, subject)

    def _opened(self, found: tuple[Catalogue, Opened]) -> None:
        self._loading = None
        self.catalogue, writing = found
        self._layers = list(writing.outline.sections["model"]["layers"])
        if not self.subject:
            rate = suited_rate(writing.outline.sections["model"]["name"], "sgd")
            writing = replace(writing, outline=_with(writing.outline, "training.learning_rate", rate))
        self.catalogued.emit()
        self.adopt(writing)

    def _lost(self, error: AppError) -> None:
        self._loading, self.subject = None, None
        self.failed.emit(error)

    def _listed(self, catalogue: Catalogue) -> None:
        if catalogue != self.catalogue:
            self.catalogue = catalogue
            self.catalogued.emit()
            self.check()

    def _put(self, outline: Outline, field: str) -> None:
        if self.writing is not None:
            self.writing, self.is_dirty = replace(self.writing, outline=outline), True
            self.changed.emit(field)
            self._timer.start()

    def _own_problems(self) -> dict[str, AppError]:
        """What the specification does not know: data sets that are apart or gone, and what the operators allow."""
        found: dict[str, AppError] = {}
        listed = self.catalogue
        if listed is None:
            return found
        if len(self.chosen) < len(self.outline.datasets) or any(self.why_not(row) for row in self.chosen):
            found["datasets"] = SpecRefused("The chosen data sets cannot be used together.", field="datasets")
        limits = {
            "model.name": listed.models,
            "features.extractor": listed.extractors,
            "preparation": listed.preparations,
        }
        for field, allowed in limits.items():
            if allowed is not None and self.value(field) not in allowed:
                found[field] = PolicyRefused(f"An operator allows only {', '.join(sorted(allowed))}.", field=field)
        if listed.epochs is not None and self.value("training.epochs") > listed.epochs:
            found["training.epochs"] = PolicyRefused(
                f"An operator allows at most {listed.epochs} epochs.", field="training.epochs"
            )
        if self.value("preparation") == "helper" and not listed.has_helper:
            found["preparation"] = SpecRefused("This deployment has no helper.", field="preparation")
        return found


def _with(outline: Outline, field: str, value: Any) -> Outline:
    section, dot, name = field.partition(".")
    if section in _PLAIN:
        return replace(outline, **{field: value})
    sections = copy.deepcopy(outline.sections)
    if dot:
        sections[section][name] = value
    else:
        sections[section] = value
    return replace(outline, sections=sections)
