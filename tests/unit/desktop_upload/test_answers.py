"""A node's answers are checked field by field."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import AppError, BadFrame, JobFailed
from common.pipeline import JobState
from desktop_client.upload import answers
from desktop_client.upload.answers import JobStatus


@pytest.mark.parametrize("value", [None, 1, "x" * 5000, ["x"], {}])
def test_answers_text_of_another_form_is_refused(value: object) -> None:
    with pytest.raises(BadFrame, match="'name'"):
        answers.text({"name": value}, "name")


@pytest.mark.parametrize("value", [None, "01", [3], [-1], [0, 0], [True], [0.0], [0, 1, 2, 0]])
def test_answers_chunk_numbers_are_checked(value: object) -> None:
    with pytest.raises(BadFrame):
        answers.indices({"missing": value}, "missing", 3)


def test_answers_chunk_numbers_may_be_empty_or_all() -> None:
    assert answers.indices({"missing": []}, "missing", 3) == ()
    assert answers.indices({"missing": [2, 0, 1]}, "missing", 3) == (2, 0, 1)


@pytest.mark.parametrize("value", [None, {}, [1], ["x"], [{}, None]])
def test_answers_lists_hold_objects(value: object) -> None:
    with pytest.raises(BadFrame):
        answers.items({"jobs": value}, "jobs")


def test_answers_document_must_be_an_object() -> None:
    assert answers.document({"d": {"a": 1}}, "d") == {"a": 1}
    with pytest.raises(BadFrame):
        answers.document({"d": []}, "d")


def _job(**more: Any) -> dict[str, Any]:
    return {"id": "j", "project": "p", "state": "failed", "stage": None, "error": None, **more}


def test_job_status_tells_its_failure() -> None:
    status = JobStatus.parse(_job(error=JobFailed("It broke.").as_dict()))
    assert status.state is JobState.FAILED
    failure = status.failure()
    assert isinstance(failure, JobFailed) and str(failure) == "It broke."
    assert JobStatus.parse(_job()).failure() is None


@pytest.mark.parametrize("change", [{"state": "dancing"}, {"state": 1}, {"id": None}, {"project": None}])
def test_job_status_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AppError):
        JobStatus.parse(_job(**change))
