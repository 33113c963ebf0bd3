"""The files that a person chose, as a source that can be split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from common.errors import BadInput
from desktop_client.offline_plugin.encode import Encoding
from desktop_client.offline_plugin.gathering.loose import UNLABELLED, open_loose
from desktop_client.offline_plugin.gathering.selection import Reading, Selection
from desktop_client.offline_plugin.plugin import ReadOptions
from desktop_client.offline_plugin.sources import Item, Refusal, Source, refuse, sorted_labels


class SelectedSource:
    """What was brought, with the changes of a selection.

    What a person left out is passed over in silence; a file that has no class yet is refused, as it cannot be learned
    from.

    Raises:
        BadInput: nothing is left, or what was brought is not there any more.
    """

    def __init__(self, selection: Selection, base: Source | None = None) -> None:
        self._base = base or open_loose(selection.folder_paths())
        self._kept: list[tuple[str, str]] = []
        self._refused: list[Refusal] = []
        for entry in self._base.items():
            if isinstance(entry, Refusal):
                self._refused.append(entry)
            else:
                self._take(selection, entry)
        found = {label for _, label in self._kept}
        self.classes = selection.classes or sorted_labels(found)
        if not self._kept:
            raise BadInput("No file is left that has a class; give the files a class first.", reason="nothing-left")

    def items(self) -> Iterator[Item | Refusal]:
        """Refusals first, then the files in the order of what was brought."""
        yield from self._refused
        index_of = {label: index for index, label in enumerate(self.classes)}
        for name, label in self._kept:
            if label in index_of:
                yield Item(name, index_of[label])
            else:
                yield refuse(name, "this class is not one of those chosen", "other-class")

    def locate(self, name: str) -> Path:
        """As :meth:`Source.locate`."""
        return self._base.locate(name)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def refused(self) -> int:
        """How many files are left out although nobody asked for it."""
        return len(self._refused)

    def counts(self) -> dict[str, int]:
        """Files of each class, in the order of the classes."""
        found = Counter(label for _, label in self._kept)
        return {label: found[label] for label in self.classes}

    def _take(self, selection: Selection, item: Item) -> None:
        label = selection.label_of(item.name, self._base.classes[item.label])
        if label == UNLABELLED:
            self._refused.append(refuse(item.name, "it has no class", "unlabelled"))
        elif label is not None:
            self._kept.append((item.name, label))


def read_options(reading: Reading) -> ReadOptions:
    """Raises:
    UsageError: a value that no data set can have.
    """
    encoding = Encoding(reading.height, reading.width, reading.channels, reading.bits, reading.fit)
    return ReadOptions(encoding, None, reading.max_pixels, reading.window)
