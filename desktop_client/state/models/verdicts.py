"""What the last check of each model said, so that a list can show it without checking again."""

from __future__ import annotations

from collections.abc import Sequence

from desktop_client.jobs.models.kept import ModelCheck, ModelInfo
from desktop_client.state.preferences import Preferences

VERIFIED, FAILED = "verified", "failed"


def remember(preferences: Preferences, info: ModelInfo, checks: Sequence[ModelCheck]) -> None:
    """Note the verdict on this copy of the model; another one that is fetched later has its own."""
    if info.record is not None:
        is_bad = any(check.standing == "failed" for check in checks)
        preferences.set_text(f"model-{info.job}", f"{info.record['fetched']} {FAILED if is_bad else VERIFIED}")


def recalled(preferences: Preferences, job: str, fetched: str) -> str:
    """:data:`VERIFIED`, :data:`FAILED`, or empty where this copy was not checked yet."""
    time, _, verdict = preferences.text(f"model-{job}").partition(" ")
    return verdict if time and time == fetched and verdict in (VERIFIED, FAILED) else ""
