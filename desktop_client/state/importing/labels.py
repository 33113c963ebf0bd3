"""Which class each file has, and every change to that, with undo. No Qt; a hundred thousand files are a few megabytes.

A file is a number in the order in which it was found. Classes are numbers, too: their names can change without
touching a file.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from desktop_client.offline_plugin.gathering.loose import UNLABELLED
from desktop_client.offline_plugin.gathering.selection import Selection

_MAX_UNDO: Final = 100
OUT: Final = -1
"""The class of what is left out."""


@dataclass(frozen=True)
class Picture:
    """One file as it is shown; ``label`` is None if it is left out."""

    name: str
    label: str | None
    width: int
    height: int
    kind: str
    bytes: int


@dataclass(frozen=True)
class _Step:
    """What a change replaced: files (a range if all between two) and their classes before, and names before."""

    files: Sequence[int]
    before: array[int]
    names: tuple[str, ...] | None = None


class Labels:
    """Files that were found and their classes, changed as a saved selection says. ``version`` counts changes.

    Names of classes are changed only after all files were added.
    """

    def __init__(self, selection: Selection | None = None) -> None:
        self.files: list[str] = []
        self.version = 0
        self._selection = selection
        self._found: array[int] = array("i")
        self._label: array[int] = array("i")
        self._width: array[int] = array("I")
        self._height: array[int] = array("I")
        self._bytes: array[int] = array("Q")
        self._kind: list[str] = []
        self._names: list[str] = []
        self._places: dict[str, int] = {}
        self._counts: Counter[int] = Counter()
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._found_names: list[str] = []

    def __len__(self) -> int:
        return len(self.files)

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """More files: ``[file, class, width, height, kind, bytes]`` each."""
        for row in rows:
            file, label, width, height, kind, size = row
            number = self._class(str(label))
            self.files.append(str(file))
            self._found.append(number)
            chosen = number if self._selection is None else self._chosen(self._selection, str(file), str(label))
            self._label.append(chosen)
            self._width.append(_number(width))
            self._height.append(_number(height))
            self._bytes.append(_number(size))
            self._kind.append(sys.intern(str(kind)))
            self._counts[chosen] += 1
        self._found_names = list(self._names)
        self.version += 1

    def picture(self, file: int) -> Picture:
        """The file with this number."""
        return Picture(
            self.files[file], self.label(file), self._width[file], self._height[file], self._kind[file],
            self._bytes[file],
        )  # fmt: skip

    def label(self, file: int) -> str | None:
        """Name of the class of a file; None if it is left out."""
        number = self._label[file]
        return None if number == OUT else self._names[number]

    def kind(self, file: int) -> str:
        """Kind of a file, such as ``png`` or ``dicom``."""
        return self._kind[file]

    def counts(self) -> list[tuple[str, int]]:
        """Classes that have files, with how many; what has no class comes last."""
        found = [(name, self._counts[n]) for n, name in enumerate(self._names) if self._counts[n]]
        is_numbered = all(name.isdecimal() for name, _ in found if name != UNLABELLED)

        def place(one: tuple[str, int]) -> tuple[bool, int, str]:
            name = one[0]
            return name == UNLABELLED, int(name) if is_numbered and name != UNLABELLED else 0, name

        return sorted(found, key=place)

    @property
    def left_out(self) -> int:
        """How many files the person left out."""
        return self._counts[OUT]

    @property
    def unlabelled(self) -> int:
        """How many files have no class yet."""
        place = self._places.get(UNLABELLED)
        return 0 if place is None else self._counts[place]

    @property
    def used(self) -> int:
        """How many files have a class and are not left out."""
        return len(self.files) - self.left_out - self.unlabelled

    @property
    def classes(self) -> list[str]:
        """Names of the classes that are used, in order."""
        return [name for name, _ in self.counts() if name != UNLABELLED]

    def where(self, label: str | None, words: str = "") -> list[int]:
        """Files of this class (None: left out; empty: all), whose name holds ``words``."""
        wanted = OUT if label is None else self._places.get(label, -2)
        if label == "":
            chosen: Iterable[int] = range(len(self.files))
        else:
            chosen = [file for file, number in enumerate(self._label) if number == wanted]
        if not words:
            return list(chosen)
        files, sought = self.files, words.casefold()
        return [file for file in chosen if sought in files[file].casefold()]

    def assign(self, files: Sequence[int], label: str) -> bool:
        """Put files into a class, which may be new; True if that changed anything."""
        name = label.strip()
        return bool(name) and self._put(files, lambda: self._class(name))

    def leave_out(self, files: Sequence[int]) -> bool:
        """Leave files out; True if that changed anything."""
        return self._put(files, lambda: OUT)

    def restore(self, files: Sequence[int]) -> bool:
        """Give files the class that they were found in."""
        changed = [file for file in files if self._label[file] != self._found[file]]
        return self._replace(changed, array("i", [self._found[file] for file in changed]))

    def rename(self, label: str, name: str) -> bool:
        """Give a class another name; if there is such a class already, both become one."""
        name, place = name.strip(), self._places.get(label)
        if place is None or not name or name == label:
            return False
        target = self._places.get(name)
        if target is not None:
            return self._put(self.where(label), lambda: target)
        self._remember(_Step(array("i"), array("i"), tuple(self._names)))
        self._names[place] = name
        self._index()
        return True

    def undo(self) -> bool:
        """Take back the last change."""
        return self._step(self._undo, self._redo)

    def redo(self) -> bool:
        """Make the change that was taken back last."""
        return self._step(self._redo, self._undo)

    def freeze(self) -> Frozen:
        """A copy for another thread; cheap."""
        return Frozen(self.files, self._found[:], self._label[:], tuple(self._found_names), tuple(self._names))

    def _put(self, files: Sequence[int], number: Callable[[], int]) -> bool:
        wanted = number()
        chosen = files if isinstance(files, range) else [file for file in files if self._label[file] != wanted]
        if isinstance(chosen, range) and self._label[chosen.start : chosen.stop].count(wanted) == len(chosen):
            return False
        return self._replace(chosen, array("i", [wanted]) * len(chosen))

    def _replace(self, files: Sequence[int], labels: array[int]) -> bool:
        if not files:
            return False
        kept = files if isinstance(files, range) else array("i", files)
        self._remember(_Step(kept, self._swap(kept, labels)))
        return True

    def _swap(self, files: Sequence[int], labels: array[int]) -> array[int]:
        own = self._label
        if isinstance(files, range):
            before = own[files.start : files.stop]
            own[files.start : files.stop] = labels
        else:
            before = array("i", [own[file] for file in files])
            for file, label in zip(files, labels, strict=True):
                own[file] = label
        self._counts.subtract(Counter(before))
        self._counts.update(Counter(labels))
        return before

    def _remember(self, step: _Step) -> None:
        self._undo.append(step)
        del self._undo[:-_MAX_UNDO]
        self._redo.clear()
        self.version += 1

    def _step(self, source: list[_Step], target: list[_Step]) -> bool:
        if not source:
            return False
        step = source.pop()
        names = tuple(self._names) if step.names is not None else None
        before = self._swap(step.files, step.before)
        if step.names is not None:
            # Classes that came later keep their places and names.
            self._names[: len(step.names)] = step.names
            self._index()
        target.append(_Step(step.files, before, names))
        self.version += 1
        return True

    def _class(self, name: str) -> int:
        number = self._places.get(name)
        if number is None:
            number = self._places[name] = len(self._names)
            self._names.append(name)
        return number

    def _index(self) -> None:
        # A class that was made after another had lost its name may get that one's name back: the older one counts.
        self._places = {}
        for number, name in enumerate(self._names):
            self._places.setdefault(name, number)

    def _chosen(self, selection: Selection, file: str, found: str) -> int:
        label = selection.label_of(file, found)
        return OUT if label is None else self._class(label)


@dataclass(frozen=True)
class Frozen:
    """Labels at one moment."""

    files: Sequence[str]
    found: array[int]
    label: array[int]
    found_names: tuple[str, ...]
    names: tuple[str, ...]

    def apply(self, selection: Selection) -> Selection:
        """The selection with these labels: whole classes where most files went the same way, single files elsewhere."""
        went: dict[int, Counter[int]] = {}
        for found, label in zip(self.found, self.label, strict=True):
            went.setdefault(found, Counter())[label] += 1
        usual = {found: counts.most_common(1)[0][0] for found, counts in went.items()}
        renamed, dropped = {}, set()
        for found, label in usual.items():
            name = self.found_names[found]
            if label == OUT and len(went[found]) == 1:
                dropped.add(name)
            elif label != OUT and self.names[label] != name:
                renamed[name] = self.names[label]
        labels: dict[str, str] = {}
        excluded = set()
        for file, (found, label) in enumerate(zip(self.found, self.label, strict=True)):
            name = self.found_names[found]
            if label == OUT:
                if name not in dropped:
                    excluded.add(self.files[file])
            elif self.names[label] != renamed.get(name, name):
                labels[self.files[file]] = self.names[label]
        return Selection(
            selection.paths, labels, frozenset(excluded), renamed, frozenset(dropped), selection.classes,
            selection.reading, selection.about,
        )  # fmt: skip


def _number(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
