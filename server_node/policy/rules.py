"""The policy file of a server, checked to the last name, so that a slip of the pen allows nothing."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.errors import ConfigError
from common.specification import EXTRACTORS, MODELS, PREPARATIONS
from server_node.policy.hours import Span, parse_span

VERSION: Final = 1
GIB: Final = 1 << 30
_MOST: Final = 10**12
_CHOICES: Final = {"models": MODELS, "preparations": PREPARATIONS, "extractors": EXTRACTORS}
_MAX_ORGANISATIONS: Final = 1000


@dataclass(frozen=True)
class Quota:
    """What one organisation may use; None is no limit."""

    stored_bytes: int | None = None
    datasets: int | None = None
    running_jobs: int | None = None
    jobs_per_day: int | None = None

    def as_dict(self) -> dict[str, int | None]:
        return {
            "stored_bytes": self.stored_bytes,
            "datasets": self.datasets,
            "running_jobs": self.running_jobs,
            "jobs_per_day": self.jobs_per_day,
        }


@dataclass(frozen=True)
class Rules:
    """A checked policy; None, and no hours, stand for no limit. ``zone`` None is the machine's own time zone."""

    zone: ZoneInfo | None = None
    hours: tuple[Span, ...] = ()
    image_pixels: int | None = None
    images: int | None = None
    dataset_bytes: int | None = None
    models: tuple[str, ...] | None = None
    preparations: tuple[str, ...] | None = None
    extractors: tuple[str, ...] | None = None
    epochs: int | None = None
    quota: Quota = Quota()
    organisations: Mapping[str, Quota] = field(default_factory=dict)

    def quota_of(self, organisation: str) -> Quota:
        """That of the organisation if it is named, else everybody's."""
        return self.organisations.get(organisation, self.quota)

    def as_dict(self) -> dict[str, Any]:
        """What every user may read; quotas of single organisations are not in it."""
        return {
            "time_zone": self.zone.key if self.zone else "local",
            "hours": [span.text for span in self.hours],
            "datasets": {
                "largest_image_pixels": self.image_pixels,
                "images_per_dataset": self.images,
                "dataset_bytes": self.dataset_bytes,
            },
            "projects": {
                "models": _listed(self.models),
                "preparations": _listed(self.preparations),
                "extractors": _listed(self.extractors),
                "largest_epochs": self.epochs,
            },
        }


def parse_rules(text: str) -> Rules:
    """The rules in a policy file.

    Raises:
        ConfigError: not TOML, or an unknown name or a value that cannot be used; the message names it.
    """
    try:
        root = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"policy.toml cannot be read: {error}.") from error
    _known(root, "", ("version", "time_zone", "hours", "datasets", "projects", "quota"))
    if root.get("version") != VERSION or type(root["version"]) is not int:
        raise ConfigError(f"policy.toml must begin with version = {VERSION}.", setting="version")
    datasets = _table(root, "datasets", ("largest_image_pixels", "images_per_dataset", "dataset_gib"))
    projects = _table(root, "projects", (*_CHOICES, "largest_epochs"))
    quota = _table(root, "quota", (*_QUOTA, "organisation"))
    return Rules(
        zone=_zone(root.get("time_zone", "local")),
        hours=_hours(root.get("hours", [])),
        image_pixels=_whole(datasets, "largest_image_pixels", 1),
        images=_whole(datasets, "images_per_dataset", 1),
        dataset_bytes=_gib(datasets, "dataset_gib"),
        models=_choice(projects, "models"),
        preparations=_choice(projects, "preparations"),
        extractors=_choice(projects, "extractors"),
        epochs=_whole(projects, "largest_epochs", 1),
        quota=_quota(quota),
        organisations=_organisations(quota.get("organisation", {})),
    )


_QUOTA: Final = ("stored_gib", "datasets", "running_jobs", "jobs_per_day")


def _quota(table: Mapping[str, Any]) -> Quota:
    return Quota(_gib(table, "stored_gib"), *(_whole(table, name, 0) for name in _QUOTA[1:]))


def _organisations(found: object) -> dict[str, Quota]:
    if not isinstance(found, dict) or len(found) > _MAX_ORGANISATIONS:
        raise ConfigError(
            'A quota of one organisation is a table [quota.organisation."Its name"].', setting="quota.organisation"
        )
    return {name: _quota(_table(found, name, _QUOTA)) for name in found}


def _table(root: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    found = root.get(name, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{name} must be a table: [{name}].", setting=name)
    _known(found, name, keys)
    return found


def _known(table: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> None:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        where = f"[{name}]" if name else "policy.toml"
        raise ConfigError(f"{where} has the unknown name {unknown[0]!r}; it may have {', '.join(keys)}.", setting=name)


def _whole(table: Mapping[str, Any], name: str, low: int) -> int | None:
    value = table.get(name)
    if value is not None and (type(value) is not int or not low <= value <= _MOST):
        raise ConfigError(f"{name} must be a whole number from {low} on.", setting=name)
    return value


def _gib(table: Mapping[str, Any], name: str) -> int | None:
    value = table.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not (math.isfinite(value) and 0 <= value <= _MOST):
        raise ConfigError(f"{name} must be a number of GiB, such as 40 or 0.5.", setting=name)
    return int(value * GIB)


def _choice(table: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    value, allowed = table.get(name), _CHOICES[name]
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) and one in allowed for one in value):
        raise ConfigError(f"{name} must be a list of some of {', '.join(allowed)}.", setting=name)
    return tuple(dict.fromkeys(value))


def _hours(value: object) -> tuple[Span, ...]:
    return tuple(parse_span(one) for one in (value if isinstance(value, list) else [value]))


def _zone(value: object) -> ZoneInfo | None:
    if value == "local":
        return None
    try:
        return ZoneInfo(str(value) if isinstance(value, str) else "")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            'time_zone must be "local" or a name such as "Europe/Berlin".', setting="time_zone"
        ) from error


def _listed(names: tuple[str, ...] | None) -> list[str] | None:
    return None if names is None else list(names)
