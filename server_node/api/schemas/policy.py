"""The answer about the operator's policy."""

from __future__ import annotations

from server_node.api.schemas.fields import (
    BOOLEAN,
    COUNT,
    SENTENCE,
    TIME,
    WORD,
    Record,
    free_text,
    listed,
    mapped,
    nullable,
)

_LIMIT = nullable(COUNT)
_NAMES = nullable(listed(WORD, 100))
_QUOTA = Record({"stored_bytes": _LIMIT, "datasets": _LIMIT, "running_jobs": _LIMIT, "jobs_per_day": _LIMIT})
_DATASETS = Record({"largest_image_pixels": _LIMIT, "images_per_dataset": _LIMIT, "dataset_bytes": _LIMIT})
_PROJECTS = Record({"models": _NAMES, "preparations": _NAMES, "extractors": _NAMES, "largest_epochs": _LIMIT})

POLICY = Record(
    {
        "time_zone": free_text(100),
        "hours": listed(free_text(100), 1000),
        "datasets": _DATASETS,
        "projects": _PROJECTS,
        "open": BOOLEAN,
        "opens_at": TIME,
        "problem": SENTENCE,
        "organisation": free_text(200),
        "quota": _QUOTA,
        "used": Record({"stored_bytes": COUNT, "datasets": COUNT}),
        "quotas": nullable(mapped(_QUOTA, 1001)),
    }
)
