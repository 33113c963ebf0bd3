"""One picture as a source of images, for asking a model about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from common.errors import BadInput
from desktop_client.offline_plugin.sources import Item, resolve_inside


class OnePicture:
    """A single file of one class; where nobody knows its class, any will do."""

    def __init__(self, path: Path, classes: tuple[str, ...], label: str | None = None) -> None:
        """Raises:
        BadInput: the label is none of the classes.
        """
        if label is not None and label not in classes:
            raise BadInput(f"{label!r} is none of the classes {', '.join(classes)}.", field="label")
        self.classes = classes
        self._root, self._name = path.parent.resolve(), path.name
        self._label = 0 if label is None else classes.index(label)

    def items(self) -> Iterator[Item]:
        """The one file."""
        yield Item(self._name, self._label)

    def locate(self, name: str) -> Path:
        """The file. Raises as :func:`resolve_inside`."""
        return resolve_inside(self._root, name)
