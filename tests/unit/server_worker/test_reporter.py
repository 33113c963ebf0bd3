"""Reports of the job and of its lanes, which are threads of one process."""

from __future__ import annotations

import json
from functools import partial

import pytest

from common.pipeline import Stage
from server_node.train.meter import StageCost
from server_node.worker.reporter import LineReporter
from tests.helpers.two_party.tls import at_once


def test_lines_of_several_threads_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    reporter, count = LineReporter(), 200

    def report(stage: Stage) -> None:
        for number in range(count):
            reporter.progress(stage, StageCost(number, count))

    at_once(*(partial(report, stage) for stage in (Stage.PREPARE, Stage.TRAIN)))
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for stage in ("prepare", "train"):
        assert [one["done"] for one in found if one["stage"] == stage] == list(range(count))


def test_line_of_the_log_belongs_to_what_its_thread_works_at(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = LineReporter()
    reporter.progress(Stage.TRAIN, StageCost(1, 2))

    def prepare() -> None:
        reporter.log("INFO", "begun")
        reporter.progress(Stage.PREPARE, StageCost(1, 2))
        reporter.log("INFO", "at it")

    at_once(prepare)
    reporter.log("INFO", "training")
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    lines = [(one["stage"], one["text"]) for one in found if one["kind"] == "log"]
    assert lines == [("", "begun"), ("prepare", "at it"), ("train", "training")]
