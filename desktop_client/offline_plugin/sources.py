"""Where images come from: a folder per class, or a table of file and label. Items come one by one, nothing is opened.

A file counts only if it really lies inside the folder: names with ``..`` and links that lead out are refused, so that a
prepared folder cannot make the program share other files of its user.
"""

from __future__ import annotations

import csv
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from common.errors import BadImage, BadInput

_IGNORED: Final = frozenset({"thumbs.db", "desktop.ini"})
MAX_DEPTH: Final = 32
_NO_LEAF: Final = ("", ".", "..")
_UNUSUAL: Final = frozenset("\\:\0")
"""Parts of a name that mean more than a name does on some system."""
_COLUMNS: Final = ("file", "label")


class Item(NamedTuple):
    """One file: its name relative to the folder, and the index of its class."""

    name: str
    label: int


class Refusal(NamedTuple):
    """A file that was left out, and why: in words, and as a code for programs that have words of their own."""

    file: str
    reason: str
    code: str = "unusable"


def refuse(name: str, reason: str, code: str) -> Refusal:
    """A refusal whose file name is safe to print: control characters and undecodable bytes become question marks."""
    return Refusal("".join(char if char.isprintable() else "?" for char in name), reason, code)


def refuse_image(name: str, error: BadImage) -> Refusal:
    """A refusal for what an image could not be used for."""
    return refuse(name, str(error), str(error.details.get("reason", "unusable")))


class Source(Protocol):
    """A labelled set of files."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    def items(self) -> Iterator[Item | Refusal]: ...

    def locate(self, name: str) -> Path:
        """The file that an item names.

        Raises:
            BadImage: missing, or outside the folders of the source.
        """
        ...


def open_source(path: Path, classes: Sequence[str] | None = None) -> Source:
    """The source behind a path: a folder with one folder per class, or a CSV file with the columns file and label.

    ``classes`` fixes names and order, so that several owners number their labels alike; other labels are refused.

    Raises:
        BadInput: neither, not readable, or without any class.
    """
    if path.is_dir():
        return FolderSource(path, classes)
    if path.is_file():
        return TableSource(path, classes)
    raise BadInput(f"There is no folder or table of images at {path.name!r}.")


def resolve_inside(root: Path, name: str) -> Path:
    """The path that ``name`` stands for below ``root``, links followed; ``root`` itself holds no link.

    Raises:
        BadImage: missing, or outside the folder.
    """
    try:
        real = (root / name).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadImage("there is no such file", reason="missing") from error
    if not real.is_relative_to(root):
        raise BadImage("leads outside the folder", reason="outside")
    return real


class Inside:
    """Finds many files below one folder, which itself holds no link, as :func:`resolve_inside` finds one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[str, Path] = {}

    def locate(self, name: str) -> Path:
        """As :func:`resolve_inside`."""
        folder, _, leaf = name.rpartition("/")
        if leaf in _NO_LEAF or not _UNUSUAL.isdisjoint(leaf):
            return resolve_inside(self._root, name)
        if folder not in self._folders:
            self._folders[folder] = resolve_inside(self._root, folder)
        path = self._folders[folder] / leaf
        # A folder that leads nowhere else and a file that is no link: nothing is left to follow.
        return path if path.exists() and not path.is_symlink() else resolve_inside(self._root, name)


def walk(root: Path, folder: str, index: int) -> Iterator[Item | Refusal]:
    """All files below ``root / folder``, with names relative to ``root``, in the order of their names."""
    if folder.count("/") > MAX_DEPTH:
        yield refuse(folder, "folders are nested too deep", "too-deep")
        return
    for entry in listed(root / folder):
        name = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from walk(root, name, index)
        elif is_linked_folder(entry):
            yield refuse(name, "links to folders are not followed", "linked-folder")
        else:
            yield Item(name, index)


class FolderSource:
    """One folder per class; deeper folders belong to the class above them. Hidden files are passed over."""

    def __init__(self, root: Path, classes: Sequence[str] | None = None) -> None:
        self.root = root.resolve()
        self._inside = Inside(self.root)
        self._folders: dict[str, list[str]] = {}
        for entry in listed(self.root):
            if entry.is_dir(follow_symlinks=False):
                self._folders.setdefault(spelled(entry.name), []).append(entry.name)
        self.classes = _chosen(classes) or sorted_labels(self._folders)
        if not self._folders or not self.classes:
            raise BadInput("The folder of images needs one folder inside for each class.")

    def items(self) -> Iterator[Item | Refusal]:
        """Files in the order of their names, class after class; what cannot be one comes as a refusal."""
        for entry in listed(self.root):
            if not entry.is_dir(follow_symlinks=False):
                yield refuse_stray(entry, entry.name)
            elif spelled(entry.name) not in self.classes:
                yield refuse(entry.name, "this class is not one of those chosen", "other-class")
        for index, label in enumerate(self.classes):
            for folder in self._folders.get(label, ()):
                yield from walk(self.root, folder, index)

    def locate(self, name: str) -> Path:
        """As :func:`resolve_inside`."""
        return self._inside.locate(name)


class TableSource:
    """A CSV file (comma or semicolon, UTF-8) with a header that names the columns file and label."""

    def __init__(self, table: Path, classes: Sequence[str] | None = None) -> None:
        self.root = table.parent.resolve()
        self._inside = Inside(self.root)
        self._table = table
        found = {label for _, name, label in self._rows() if name and label}
        self.classes = _chosen(classes) or sorted_labels(found)
        if not self.classes:
            raise BadInput(f"{table.name} names no file with a label.")

    def items(self) -> Iterator[Item | Refusal]:
        """Files in the order of the table; what cannot be one comes as a refusal."""
        index_of = {label: index for index, label in enumerate(self.classes)}
        seen: set[str] = set()
        for line, name, label in self._rows():
            if not name or not label:
                yield refuse(name or f"line {line}", "the table gives no file or no label", "table-gap")
            elif label not in index_of:
                yield refuse(name, "this class is not one of those chosen", "other-class")
            elif name in seen:
                yield refuse(name, "the table names this file more than once", "listed-twice")
            else:
                seen.add(name)
                yield Item(name, index_of[label])

    def locate(self, name: str) -> Path:
        """As :func:`resolve_inside`."""
        return self._inside.locate(name)

    def _rows(self) -> Iterator[tuple[int, str, str]]:
        try:
            with self._table.open(encoding="utf-8-sig", newline="") as file:
                header = file.readline()
                mark = ";" if ";" in header and "," not in header else ","
                names = [name.strip().lower() for name in next(csv.reader([header], delimiter=mark), [])]
                if not set(_COLUMNS) <= set(names):
                    raise BadInput(f"{self._table.name} needs a first line with the columns file and label.")
                places = [names.index(column) for column in _COLUMNS]
                reader = csv.reader(file, delimiter=mark)
                for row in reader:
                    if row:
                        name, label = ((row[place] if place < len(row) else "").strip() for place in places)
                        yield reader.line_num + 1, name, spelled(label)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{self._table.name} cannot be read as a CSV table in UTF-8.") from error


def listed(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, by name, without hidden files and those a system leaves everywhere.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if not e.name.startswith(".") and e.name.lower() not in _IGNORED]
    except OSError as error:
        raise BadInput(f"The folder {folder.name!r} cannot be read.") from error
    return sorted(found, key=lambda entry: entry.name)


def refuse_stray(entry: os.DirEntry[str], name: str) -> Refusal:
    """The refusal of something beside the class folders."""
    if is_linked_folder(entry):
        return refuse(name, "links to folders are not followed", "linked-folder")
    return refuse(name, "lies outside the class folders", "outside-classes")


def is_linked_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and entry.is_dir()


def spelled(name: str) -> str:
    """One spelling for names that look alike: some systems store letters and accents apart."""
    return unicodedata.normalize("NFC", name)


def _chosen(classes: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(spelled(name) for name in classes or ())


def sorted_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """By number if all of them are numbers (2 before 10), else by name."""
    found = sorted(labels)
    return tuple(sorted(found, key=int)) if all(label.isdecimal() for label in found) else tuple(found)
