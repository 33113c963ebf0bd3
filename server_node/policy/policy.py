"""The policy in force: read again whenever its file changes, and asked before anything large or long is taken on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.errors import ConfigError, PolicyRefused
from common.specification import Specification
from server_node.policy.hours import day_began, is_open, next_opening
from server_node.policy.rules import GIB, Quota, Rules, parse_rules

FILE_NAME: Final = "policy.toml"
MAX_BYTES: Final = 256 * 1024
_LOG = logging.getLogger("imguard.policy")
_Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Usage:
    """What an organisation has at this server already, without what is asked for."""

    stored_bytes: int
    datasets: int


class Policy:
    """The rules of this server's operator; without a file everything is allowed."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stamp: _Stamp | None = None
        self._rules = Rules()
        self._problem = ""

    @classmethod
    def load(cls, folder: Path) -> Policy:
        """The policy of the node in ``folder``.

        Raises:
            ConfigError: its file cannot be used; a node does not start with rules that nobody can read.
        """
        policy = cls(folder / FILE_NAME)
        policy._read(policy._look())
        return policy

    @property
    def rules(self) -> Rules:
        """The newest rules that could be read; a file that cannot be used changes nothing but :attr:`problem`."""
        self._refresh()
        return self._rules

    @property
    def problem(self) -> str:
        """What is wrong with the file as it is now, or nothing."""
        self._refresh()
        return self._problem

    async def check(self) -> str:
        """``ok``, or what is wrong with the file."""
        problem = self.problem
        return f"The policy from before the last change is in force: {problem}" if problem else "ok"

    def check_dataset(self, about: Mapping[str, Any], size: int, organisation: str, usage: Usage) -> None:
        """May a data set with this description, of ``size`` bytes at this server, be added to what there is?

        Raises:
            PolicyRefused: names the rule and its limit.
        """
        rules = self.rules
        _check_images(rules, about)
        _largest("dataset_gib", size, rules.dataset_bytes, "A data set may have {} here; this one has {}.", _in_gib)
        quota = rules.quota_of(organisation)
        _largest(
            "quota.stored_gib",
            usage.stored_bytes + size,
            quota.stored_bytes,
            "Your organisation may store {} here; with this data set it would be {}.",
            _in_gib,
        )
        _largest(
            "quota.datasets",
            usage.datasets + 1,
            quota.datasets,
            "Your organisation may have {} data sets here; this would be number {}.",
        )

    def check_project(self, specification: Specification, datasets: Iterable[Mapping[str, Any]] = ()) -> None:
        """May this be trained here, on data sets with these descriptions?

        Raises:
            PolicyRefused: names the rule and its limit.
        """
        rules = self.rules
        _check_parts(rules, specification)
        epochs = specification.training.epochs
        _largest("largest_epochs", epochs, rules.epochs, "A training may have {} epochs here; this one has {}.")
        for about in datasets:
            _check_images(rules, about)

    def check_question(self, specification: Specification, about: Mapping[str, Any]) -> None:
        """May a model of this be asked here, about a data set with this description?

        Raises:
            PolicyRefused: names the rule and its limit.
        """
        rules = self.rules
        _check_parts(rules, specification)
        _check_images(rules, about)

    def check_start(self, organisation: str, running: int, today: int) -> None:
        """May this organisation start one more job, with ``running`` jobs now and ``today`` ones since midnight?

        Raises:
            PolicyRefused: names the quota that is used up.
        """
        quota = self.quota_of(organisation)
        text = "Your organisation may have {} jobs running here; this would be number {}."
        _largest("quota.running_jobs", running + 1, quota.running_jobs, text)
        text = "Your organisation may start {} jobs a day here; this would be number {}."
        _largest("quota.jobs_per_day", today + 1, quota.jobs_per_day, text)

    def quota_of(self, organisation: str) -> Quota:
        """What an organisation may use."""
        return self.rules.quota_of(organisation)

    def within_hours(self, now: float) -> bool:
        """Whether jobs may start at this moment."""
        rules = self.rules
        return is_open(rules.hours, now, rules.zone)

    def opens_at(self, now: float) -> int:
        """The first moment from now on when jobs may start."""
        rules = self.rules
        return next_opening(rules.hours, now, rules.zone)

    def day_began(self, now: float) -> int:
        """The midnight from which the jobs of a day are counted."""
        return day_began(now, self.rules.zone)

    def _refresh(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            return
        try:
            self._read(stamp)
            _LOG.info("the policy has changed" if stamp else "policy.toml is gone: everything is allowed")
        except ConfigError as error:
            self._stamp, self._problem = stamp, str(error)
            _LOG.error("the new policy.toml cannot be used, the rules before it stay in force: %s", error)

    def _look(self) -> _Stamp | None:
        """What changes when the file does; None without a file."""
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self, stamp: _Stamp | None) -> None:
        rules = Rules() if stamp is None or self._path is None else read_rules(self._path)
        self._rules, self._stamp, self._problem = rules, stamp, ""


def read_rules(path: Path) -> Rules:
    """The rules in a file.

    Raises:
        ConfigError: it cannot be read or used.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path.name} is larger than {MAX_BYTES} bytes.")
        return parse_rules(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}.") from error


def _check_parts(rules: Rules, specification: Specification) -> None:
    _allowed("models", specification.model.name, rules.models)
    _allowed("preparations", specification.preparation, rules.preparations)
    _allowed("extractors", specification.extractor, rules.extractors)


def _check_images(rules: Rules, about: Mapping[str, Any]) -> None:
    pixels = int(about["shape"][0]) * int(about["shape"][1])
    text = "An image may have {} pixels here; these have {}."
    _largest("largest_image_pixels", pixels, rules.image_pixels, text)
    text = "A data set may have {} images here; this one has {}."
    _largest("images_per_dataset", int(about["count"]), rules.images, text)


def _largest(rule: str, value: int, limit: int | None, text: str, unit: Any = str) -> None:
    if limit is not None and value > limit:
        raise PolicyRefused(text.format(f"at most {unit(limit)}", unit(value)), rule=rule, limit=limit, value=value)


def _allowed(rule: str, value: str, allowed: tuple[str, ...] | None) -> None:
    if allowed is not None and value not in allowed:
        names = ", ".join(allowed) or "none"
        raise PolicyRefused(f"Of the {rule}, this server allows {names}; not {value}.", rule=rule, limit=list(allowed))


def _in_gib(size: int) -> str:
    return f"{size / GIB:.3g} GiB"
