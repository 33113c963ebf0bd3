"""Files as a person brings them: one folder, a table, or several files and folders dropped together.

More is taken than from the folder of a prepared data set: files without a class are ``unlabelled`` until a person gives
them one. Names are relative to what was brought, so that they stay the same however often it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from common.errors import BadImage, BadInput
from desktop_client.offline_plugin.sources import (
    Inside,
    Item,
    Refusal,
    Source,
    TableSource,
    is_linked_folder,
    listed,
    refuse,
    sorted_labels,
    spelled,
    walk,
)

UNLABELLED: Final = "unlabelled"
MAX_PATHS: Final = 100_000


class Places(Protocol):
    """Where the files of a source lie; cheap to make, as nothing is listed."""

    def locate(self, name: str) -> Path:
        """As :meth:`Source.locate`."""
        ...


def open_loose(paths: Sequence[Path]) -> Source:
    """The source behind what was brought.

    Raises:
        BadInput: nothing was brought, something is not there or cannot be read, or a table has no form.
    """
    _check(paths)
    if _is_table(paths):
        return TableSource(paths[0])
    return _FolderOfAll(paths[0]) if _is_folder(paths) else _Several(paths)


def open_places(paths: Sequence[Path]) -> Places:
    """As :func:`open_loose`, to find files by their names only."""
    _check(paths)
    if _is_table(paths):
        return _Below(paths[0].parent)
    return _Below(paths[0]) if _is_folder(paths) else _Several(paths)


class _Below:
    """Files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._inside = Inside(self._root)

    def locate(self, name: str) -> Path:
        return self._inside.locate(name)


class _FolderOfAll(_Below):
    """One folder: a class for each folder inside, and files beside them without a class."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._entries = listed(self._root)
        self._labels = {
            e.name: spelled(e.name) if e.is_dir(follow_symlinks=False) else UNLABELLED
            for e in self._entries
            if not is_linked_folder(e)
        }
        self.classes = _sorted(self._labels.values())

    def items(self) -> Iterator[Item | Refusal]:
        """Files class by class, in the order of their names."""
        index_of = {label: index for index, label in enumerate(self.classes)}
        for entry in self._entries:
            if entry.name not in self._labels:
                yield refuse(entry.name, "links to folders are not followed", "linked-folder")
                continue
            index = index_of[self._labels[entry.name]]
            if entry.is_dir(follow_symlinks=False):
                yield from walk(self._root, entry.name, index)
            else:
                yield Item(entry.name, index)


class _Several:
    """Several things dropped together: each folder is a class, files are without one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._tops = _named(paths)
        self._inside = {name: Inside(path) for name, path in self._tops.items()}
        labels = {name: spelled(path.name) if path.is_dir() else UNLABELLED for name, path in self._tops.items()}
        self.classes = _sorted(labels.values())
        self._index = {name: self.classes.index(label) for name, label in labels.items()}

    def items(self) -> Iterator[Item | Refusal]:
        """Folder by folder, in the order in which they were dropped."""
        for top, path in self._tops.items():
            if path.is_dir():
                for entry in walk(path.parent, path.name, self._index[top]):
                    yield _renamed(entry, path.name, top)
            else:
                yield Item(top, self._index[top])

    def locate(self, name: str) -> Path:
        top, _, rest = name.partition("/")
        found = self._tops.get(top)
        if found is None:
            raise BadImage("there is no such file", reason="missing")
        return self._inside[top].locate(rest) if rest else found


def _check(paths: Sequence[Path]) -> None:
    if not paths:
        raise BadInput("There is no file or folder to take images from.")
    if len(paths) > MAX_PATHS:
        raise BadInput("These are too many single files; bring the folder that holds them.")
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise BadInput(f"There is no file or folder at {missing.name!r}.", missing=missing.name)


def _is_table(paths: Sequence[Path]) -> bool:
    return len(paths) == 1 and paths[0].is_file() and paths[0].suffix.lower() == ".csv"


def _is_folder(paths: Sequence[Path]) -> bool:
    return len(paths) == 1 and paths[0].is_dir()


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """A name of its own for each path: the last part of it, numbered where two are alike; each path once."""
    tops: dict[str, Path] = {}
    for path in dict.fromkeys(path.resolve() for path in paths):
        name, number = path.name, 1
        while name in tops:
            number += 1
            name = f"{path.stem} ({number}){path.suffix}"
        tops[name] = path
    return tops


def _renamed(entry: Item | Refusal, before: str, after: str) -> Item | Refusal:
    if before == after:
        return entry
    name = after + entry[0].removeprefix(before)
    return Item(name, entry.label) if isinstance(entry, Item) else entry._replace(file=name)


def _sorted(labels: Iterable[str]) -> tuple[str, ...]:
    """Classes in order; what has none comes last."""
    found = set(labels)
    return (*sorted_labels(found - {UNLABELLED}), *found & {UNLABELLED})
