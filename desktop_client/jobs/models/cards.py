"""The card of a model, for the window to show, to save as HTML or to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from desktop_client.jobs.child import run_child
from desktop_client.jobs.models.runs import kept_run
from desktop_client.jobs.office import Office


@dataclass(frozen=True)
class CardSource:
    """A data set that the model was trained on; ``images`` is their number, if it is known."""

    id: str
    owner: str
    name: str = ""
    images: int | None = None


async def write_card(
    office: Office,
    file: Path,
    language: str,
    datasets: Sequence[CardSource] = (),
    out: Path | None = None,
) -> str:
    """The card of a kept model as self-contained HTML in ``en`` or ``zh``; written to ``out`` too if that is given.

    It takes in the record of the model, its last test, the metrics of its training that were opened here, and what can
    be proved about it with the copy of the log.

    Raises:
        UsageError: another language.
        BadBundle, StoreDamaged: the model, or what is kept about it, is damaged.
    """
    run = kept_run(office.profile.root, file.stem) if file.stem.isalnum() else None
    args: dict[str, Any] = {
        "profile": str(office.profile.root),
        "model": str(file),
        "language": language,
        "datasets": [asdict(one) for one in datasets],
        "metrics": [asdict(one) for one in run.metrics] if run is not None else [],
        "out": "" if out is None else str(out),
    }
    return str((await run_child("write_card", args))["html"])
