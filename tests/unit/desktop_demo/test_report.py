"""The demo's book-keeping and what it tells at its end."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.console import Console

from common.architecture import Architecture, build_architecture, suited_preparation
from common.errors import Conflict, UsageError
from common.merkle.replay import Report
from common.pipeline import Stage
from common.specification import parse_specification
from desktop_client.cli.dataset.splitting import parse_size
from desktop_client.demo.command import chosen_project, demo
from desktop_client.demo.report import as_json, as_text
from desktop_client.demo.run import Outcome
from desktop_client.demo.stages import StageBoard, StageTotal
from desktop_client.upload.audit import LogCheck
from desktop_client.upload.projects.options import ProjectOptions, outline_of
from tests.helpers.jobs.projects import body, model_of, specification


def board() -> tuple[StageBoard, io.StringIO]:
    """A board that writes to a file, not to a terminal."""
    out = io.StringIO()
    return StageBoard(Console(file=out, width=100)), out


def progress(stage: str, done: int, total: int, seconds: float, sent: int, rounds: int) -> dict[str, object]:
    return {"kind": "progress", "stage": stage, "done": done, "total": total, "seconds": seconds, "bytes_sent": sent,
            "rounds": rounds}  # fmt: skip


def test_totals_add_the_bytes_of_both_servers_and_take_the_slower_one() -> None:
    shown, _ = board()
    with shown:
        shown.on_event("a", progress("train", 1, 4, 1.0, 100, 5))
        shown.on_event("b", progress("train", 2, 4, 3.0, 150, 6))
        shown.on_event("a", progress("train", 4, 4, 2.0, 400, 20))
        shown.on_event("b", progress("train", 4, 4, 3.5, 500, 21))
    total = shown.totals[Stage.TRAIN]
    assert (total.seconds, total.bytes_sent, total.rounds) == (3.5, 900, 21)


def test_stage_is_done_when_both_servers_are() -> None:
    shown, out = board()
    with shown:
        shown.on_event("b", progress("hide", 3, 4, 0.5, 1, 1))
        shown.on_event("a", progress("hide", 4, 4, 1.0, 1, 1))
        assert "hide" not in out.getvalue()
        shown.on_event("b", progress("hide", 4, 4, 1.0, 1, 1))
        shown.on_event("b", progress("hide", 4, 4, 1.0, 1, 1))
    assert out.getvalue().count("hide") == 1


def test_stages_of_the_client_are_timed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("desktop_client.demo.stages.time", SimpleNamespace(monotonic=lambda: now[0]))
    shown, _ = board()
    with shown:
        for seconds in (2.0, 3.0):
            with shown.stage(Stage.SPLIT) as step:
                now[0] += seconds
                step(1, 2)
        shown.sent(Stage.UPLOAD, 70)
        shown.sent(Stage.UPLOAD, 30)
    assert shown.totals[Stage.SPLIT].seconds == 5.0
    assert shown.totals[Stage.UPLOAD].bytes_sent == 100


def test_remarks_are_printed_as_they_are() -> None:
    shown, out = board()
    with shown:
        shown.say("left out: [bold]file[/bold].png")
    assert "left out: [bold]file[/bold].png" in out.getvalue()


def outcome() -> Outcome:
    check = LogCheck(Report(42, b"r" * 32, {}), 0, "note")
    return Outcome(0.91, 0.93, 0.97, specification(), 50, 200, 160, Path("m.igm"), Path("s.png"), Path("p.json"), check)


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> StageBoard:
    """A board of a demo that took 40 seconds, with work of two stages on it."""
    now = [100.0]
    monkeypatch.setattr("desktop_client.demo.stages.time", SimpleNamespace(monotonic=lambda: now[0]))
    shown, _ = board()
    with shown:
        now[0] += 40.1234
    shown.totals[Stage.TRAIN] = StageTotal(12.3456, 5_000_000, 321)
    shown.totals[Stage.UPLOAD] = StageTotal(1.0, 1_000_000)
    return shown


def test_json_report_has_every_field(finished: StageBoard) -> None:
    value = as_json(outcome(), finished, 0)
    assert json.loads(json.dumps(value)) == value
    assert set(value) == {
        "accuracy", "clear_accuracy", "agreement", "network", "training", "preparation", "preparation_trust",
        "hiding", "images_trained", "images_tested",
        "seconds", "bytes_sent", "rounds", "stages", "model_path", "contact_sheet", "log_proof", "log_size",
        "log_verified", "leftover_processes",
    }  # fmt: skip
    assert [stage["name"] for stage in value["stages"]] == [stage.value for stage in Stage]
    assert (value["bytes_sent"], value["rounds"], value["log_size"]) == (6_000_000, 321, 42)
    assert value["seconds"] == 40.123
    assert value["preparation"] == "cot" and value["hiding"] == {"k": 4, "mask": True, "scale": "unit"}


def test_text_report_says_what_was_used_and_what_it_cost(finished: StageBoard) -> None:
    text = as_text(as_json(outcome(), finished, 0))
    for part in ("accuracy      91.0% on 50 images", "in the clear  93.0%", "train", "12.3", "5.0", "321",
                 "together        40.1", "cot: A and B make all correlated randomness themselves",
                 "average-pool + logistic, 160 parameters",
                 "4 images mixed, sign mask, scale unit", "log           42 rows, verified",
                 "left running  nothing"):  # fmt: skip
        assert part in text, part
    own = replace(outcome(), specification=specification(
        model=model_of("custom", layers=[{"layer": "flatten"}, {"layer": "linear", "outputs": 2, "bias": True}])
    ))  # fmt: skip
    assert "average-pool + flatten, linear, 160 parameters" in as_text(as_json(own, finished, 0))
    assert "left running  3" in as_text(as_json(outcome(), finished, 3))


@pytest.mark.parametrize("option", [["--images", "5"], ["--k", "3"], ["--model", "custom"], ["--epochs", "0"]])
def test_demo_refuses_options_it_does_not_have(option: list[str]) -> None:
    assert CliRunner().invoke(demo, option).exit_code == 2


def chosen(*words: str, classes: int = 10) -> ProjectOptions:
    """The project of a demo that was started with these words."""
    options = demo.make_context("demo", list(words)).params
    return chosen_project(options, parse_size(options["size"]), classes)


def network_for(project: ProjectOptions, side: int, classes: int = 10) -> Architecture:
    found = parse_specification({**body(), **outline_of(project).parameters(), "preparation": "cot"})
    return build_architecture(found, (side, side, 1), 8, [str(index) for index in range(classes)])


def test_demo_trains_convolutions_on_whole_digits_by_default() -> None:
    found = chosen()
    assert (found.extractor, found.model, found.k, found.mask, found.preparation) == (
        "square", "custom", 4, True, None,
    )  # fmt: skip
    assert (found.learning_rate, found.optimizer, found.schedule) == ("0.5", "sgd", "one-cycle")
    network = network_for(found, 28)
    assert [node["op"] for node in network.head].count("conv") == 2
    assert suited_preparation(network).preparation == "hybrid"


@pytest.mark.parametrize(("side", "classes"), [(16, 2), (17, 3), (40, 10)])
def test_demo_network_fits_images_and_classes(side: int, classes: int) -> None:
    found = chosen("--size", f"{side}x{side}", "--bias", classes=classes)
    network = network_for(found, side, classes)
    assert network.shapes["logits"] == (classes,)
    assert {layer["bias"] for layer in found.layers if "bias" in layer} == {True} and not found.bias


def test_demo_of_small_images_has_no_convolutions() -> None:
    found = chosen("--size", "15x20")
    assert (found.extractor, found.model, found.layers, found.learning_rate) == ("filter-bank", "logistic", (), "0.5")


def test_demo_trains_what_is_named() -> None:
    flat = chosen("--model", "logistic")
    assert (flat.extractor, flat.model, flat.layers, flat.learning_rate) == ("filter-bank", "logistic", (), "0.5")
    assert chosen("--extractor", "none").mask is False
    assert chosen("--optimizer", "adam").learning_rate == "0.002"
    assert chosen("--learning-rate", "0.1").learning_rate == "0.1"
    with pytest.raises(UsageError):
        chosen("--hidden", "8")


def test_demo_chooses_what_suits_a_model() -> None:
    lenet = chosen("--model", "lenet", "--bias", "--preparation", "helper")
    assert (lenet.extractor, lenet.learning_rate, lenet.bias, lenet.preparation) == ("square", "0.2", True, "helper")
    plain = chosen("--model", "resnet", "--extractor", "none", "--optimizer", "adam", "--schedule", "cosine")
    assert (plain.mask, plain.learning_rate, plain.schedule) == (False, "0.002", "cosine")
    wide = chosen("--model", "mlp", "--hidden", "64,32", "--learning-rate", "0.3", "--loss", "squared")
    assert (wide.extractor, wide.hidden, wide.learning_rate, wide.loss) == ("filter-bank", (64, 32), "0.3", "squared")


def test_demo_refuses_a_size_it_cannot_read(tmp_path: Path) -> None:
    found = CliRunner().invoke(demo, ["--size", "large", "--out", str(tmp_path / "out")])
    assert isinstance(found.exception, UsageError)


def test_demo_does_not_write_into_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "thesis.txt").write_text("mine", encoding="utf-8")
    found = CliRunner().invoke(demo, ["--keep", str(tmp_path / "keep"), "--out", str(tmp_path / "out")])
    assert isinstance(found.exception, Conflict)
    assert not (tmp_path / "out").exists()
