"""What the owner of a data set can change after the upload: one signed document replaces the one before it.

The first settings are those in the manifest, version 0. A document holds all of them, so a server that missed some
versions needs the newest alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from common.errors import BadInput, BadManifest
from common.sharing import manifest_rules as rules
from common.sharing.share_chunk import MAX_CHUNKS, MAX_CLASSES

KIND: Final = "dataset-settings"
DELETE_KIND: Final = "dataset-delete"
MAX_VERSION: Final = 1_000_000_000
SHOWN: Final = ("visibility", "shared_with", "tags", "description", "class_counts", "enabled")
_MAX_COUNT: Final = MAX_CHUNKS << 32
_BODY: Final = ("dataset", "version", *SHOWN, "time")


@dataclass(frozen=True)
class DatasetSettings:
    """Checked settings; ``class_counts`` are images of each class, in the order of the classes, if the owner says."""

    dataset: str
    version: int
    visibility: str
    shared_with: tuple[str, ...]
    tags: tuple[str, ...]
    description: str
    class_counts: tuple[int, ...] | None
    enabled: bool
    time: str

    def body(self) -> dict[str, Any]:
        """What is signed."""
        counts = None if self.class_counts is None else list(self.class_counts)
        return {
            "dataset": self.dataset,
            "version": self.version,
            "visibility": self.visibility,
            "shared_with": list(self.shared_with),
            "tags": list(self.tags),
            "description": self.description,
            "class_counts": counts,
            "enabled": self.enabled,
            "time": self.time,
        }

    def shown(self) -> dict[str, Any]:
        """The part that says something about the data set."""
        body = self.body()
        return {name: body[name] for name in SHOWN}

    def after(self, version: int, time: str, **changes: Any) -> DatasetSettings:
        """The next settings: these with changes, checked.

        Raises:
            BadInput: a change that no server would accept.
        """
        return _checked(replace(self, version=version, time=time, **changes).body())


def first_settings(dataset: str, manifest: Mapping[str, Any]) -> DatasetSettings:
    """Those in the body of a checked manifest."""
    return DatasetSettings(
        dataset=dataset,
        version=0,
        visibility=manifest["visibility"],
        shared_with=tuple(manifest["shared_with"]),
        tags=tuple(manifest["tags"]),
        description=manifest["description"],
        class_counts=None,
        enabled=True,
        time=manifest["created"],
    )


def parse_settings(body: object, dataset: str, classes: int, count: int) -> DatasetSettings:
    """Check the body of a settings document for a data set with so many classes and images.

    Raises:
        BadInput: names the first field that is wrong and why.
    """
    found = _checked(body)
    if found.dataset != dataset:
        raise BadInput("The document names another data set.", field="dataset")
    counts = found.class_counts
    if counts is not None and (len(counts) != classes or sum(counts) != count):
        text = f"class_counts must be {classes} numbers that add up to {count} images, or nothing."
        raise BadInput(text, field="class_counts")
    return found


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``{field, before, after}`` of every setting that differs; both are as :meth:`DatasetSettings.shown`."""
    return [
        {"field": name, "before": before[name], "after": after[name]} for name in SHOWN if before[name] != after[name]
    ]


def _checked(body: object) -> DatasetSettings:
    try:
        root = rules.record(body, _BODY, "settings")
        visibility, shared_with = rules.audience(root["visibility"], root["shared_with"])
        return DatasetSettings(
            dataset=rules.hexadecimal(root["dataset"], 32, "dataset"),
            version=rules.integer(root["version"], 1, MAX_VERSION, "version"),
            visibility=visibility,
            shared_with=shared_with,
            tags=rules.texts(root["tags"], (0, 32), "tags"),
            description=rules.text(root["description"], 0, 4000, "description", lines=True),
            class_counts=_counts(root["class_counts"]),
            enabled=_flag(root["enabled"]),
            time=rules.time(root["time"], "time"),
        )
    except BadManifest as error:
        raise BadInput(str(error), **error.details) from error


def _counts(value: object) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MAX_CLASSES:
        rules.refuse("class_counts", "must be a list of numbers, or nothing")
    return tuple(rules.integer(one, 0, _MAX_COUNT, "class_counts") for one in value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        rules.refuse("enabled", "must be true or false")
    return value
