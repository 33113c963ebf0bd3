"""What a person chose of what was brought: a document that a profile keeps, so that an import survives a restart.

The form is import-v1: labels that were changed, files that are left out, and how images are read. Only what differs
from what was found is kept, so a hundred thousand files need no hundred thousand lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from common.errors import BadInput, WrongVersion

KIND: Final = "imguard-import"
VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024 * 1024
_MAX_TEXTS: Final = 1_000_000
_MAX_TEXT: Final = 8192
_VISIBILITIES: Final = ("private", "shared", "public")


@dataclass(frozen=True)
class Reading:
    """The form that every image gets, see ``Encoding`` and ``ReadOptions``, which check the values."""

    height: int = 64
    width: int = 64
    channels: int = 1
    bits: int = 8
    fit: str = "stretch"
    window: tuple[float, float] | None = None
    max_pixels: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class About:
    """What the manifest will say of the data set."""

    name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    visibility: str = "private"
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """What was brought (``paths``) and what was changed about it.

    ``labels`` gives single files a class, ``renamed`` whole classes another name, ``excluded`` and ``dropped`` leave
    single files and whole classes out. ``classes`` fixes names and order of the classes; None takes those there are.
    """

    paths: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    classes: tuple[str, ...] | None = None
    reading: Reading = Reading()
    about: About = About()

    def folder_paths(self) -> list[Path]:
        return [Path(path) for path in self.paths]

    def relabelled(self, files: list[str], label: str) -> Selection:
        """The same with these files in this class, back among those that are used."""
        return replace(
            self, labels={**self.labels, **dict.fromkeys(files, label)}, excluded=self.excluded - frozenset(files)
        )

    def without(self, files: list[str]) -> Selection:
        """The same with these files left out."""
        return replace(self, excluded=self.excluded | frozenset(files))

    def restored(self, files: list[str]) -> Selection:
        """The same with these files as they were found."""
        gone = frozenset(files)
        kept = {name: label for name, label in self.labels.items() if name not in gone}
        return replace(self, labels=kept, excluded=self.excluded - gone)

    def label_of(self, file: str, found: str) -> str | None:
        """The class of a file that was found in class ``found``; None if it is left out."""
        if file in self.excluded:
            return None
        given = self.labels.get(file)
        if given is not None:
            return given
        return None if found in self.dropped else self.renamed.get(found, found)


def selection_value(selection: Selection) -> dict[str, Any]:
    """JSON object; files are gathered by the class they were given."""
    by_class: dict[str, list[str]] = {}
    for name, label in selection.labels.items():
        by_class.setdefault(label, []).append(name)
    reading = {one.name: getattr(selection.reading, one.name) for one in fields(Reading)}
    about = {one.name: getattr(selection.about, one.name) for one in fields(About)}
    window, classes = selection.reading.window, selection.classes
    return {
        "paths": list(selection.paths),
        "labels": {label: sorted(names) for label, names in sorted(by_class.items())},
        "excluded": sorted(selection.excluded),
        "renamed": dict(sorted(selection.renamed.items())),
        "dropped": sorted(selection.dropped),
        "classes": None if classes is None else list(classes),
        "reading": {**reading, "window": None if window is None else list(window)},
        "about": {**about, "tags": list(selection.about.tags), "shared_with": list(selection.about.shared_with)},
    }


def parse_selection(value: object) -> Selection:
    """The selection behind :func:`selection_value`.

    Raises:
        BadInput: a field is missing, unknown or of another type.
    """
    body = _object(value, {"paths", "labels", "excluded", "renamed", "dropped", "classes", "reading", "about"})
    by_class = _object(body["labels"])
    labels = {name: _text(label) for label, names in by_class.items() for name in _texts(names)}
    classes = body["classes"]
    return Selection(
        paths=_texts(body["paths"]),
        labels=labels,
        excluded=frozenset(_texts(body["excluded"])),
        renamed={_text(before): _text(after) for before, after in _object(body["renamed"]).items()},
        dropped=frozenset(_texts(body["dropped"])),
        classes=None if classes is None else _texts(classes),
        reading=parse_reading(body["reading"]),
        about=_about(body["about"]),
    )


def parse_reading(value: object) -> Reading:
    """How images are read, from its JSON object; errors as :func:`parse_selection`."""
    body = _object(value, {one.name for one in fields(Reading)})
    numbers = [body[name] for name in ("height", "width", "channels", "bits", "max_pixels")]
    if any(type(number) is not int for number in numbers):
        raise _damaged("a whole number")
    height, width, channels, bits, most = numbers
    return Reading(height, width, channels, bits, _text(body["fit"]), _window(body["window"]), most)


def read_document(path: Path) -> dict[str, Any]:
    """A saved import: a JSON object of this kind and version, of which ``selection`` is for :func:`parse_selection`.

    Raises:
        BadInput: missing, too large or damaged.
        WrongVersion: a newer program wrote it.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        found = json.loads(raw) if len(raw) <= MAX_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("A saved import cannot be read.", file=path.name) from error
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise BadInput("A saved import is damaged.", file=path.name)
    if found.get("version") != VERSION:
        raise WrongVersion("A newer version of the program saved this import; install that version here.")
    return found


def _about(value: object) -> About:
    body = _object(value, {one.name for one in fields(About)})
    visibility = _text(body["visibility"])
    if visibility not in _VISIBILITIES:
        raise _damaged("a visibility")
    tags, shared = _texts(body["tags"]), _texts(body["shared_with"])
    return About(_text(body["name"]), _text(body["description"]), tags, visibility, shared)


def _window(value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or any(type(one) not in (int, float) for one in value):
        raise _damaged("a window")
    return float(value[0]), float(value[1])


def _object(value: object, names: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > _MAX_TEXTS or (names is not None and set(value) != names):
        raise _damaged("an object")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MAX_TEXTS:
        raise _damaged("a list of texts")
    return tuple(_text(one) for one in value)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise _damaged("a text")
    return value


def _damaged(expected: str) -> BadInput:
    return BadInput(f"A saved import is damaged: {expected} was expected.")
