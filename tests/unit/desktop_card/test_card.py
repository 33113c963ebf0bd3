"""The card says everything that is known, in two languages, and nothing on it is more than text."""

from __future__ import annotations

import base64
import io
import re
import string
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from common.errors import BadInput, UsageError
from desktop_client.jobs.models import cards as asked
from desktop_client.jobs.models.cards import CardSource
from desktop_client.jobs.models.runs import Run, keep_run
from desktop_client.jobs.office import Office
from desktop_client.reveal.card.charts import PALETTE, Line, calibration_chart, line_chart, roc_chart
from desktop_client.reveal.card.page import CardDataset, CardFacts, render_card
from desktop_client.reveal.card.texts import EN, ZH
from desktop_client.reveal.evaluation.result import Evaluation, evaluate_logits
from desktop_client.reveal.kept.record import ModelRecord, keep_evaluation, keep_model, model_path
from desktop_client.reveal.kept.verify import Check, Point, Standing
from desktop_client.reveal.metrics import Metrics
from desktop_client.reveal.network import build_network
from desktop_client.settings import Profile
from desktop_client.worker.models.cards import write_card
from tests.helpers.desktop.inline_child import run_inline
from tests.helpers.desktop.kept_models import JOB, agreed, new_channel, trained

HOSTILE = '<script>alert("x")</script> & <img src=http://evil> \u202e{0}'
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "b", "table", "tr", "td", "th", "img", "font",
    "ul", "li",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, their attributes and the text; knows what was opened and not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def _evaluation(classes: Sequence[str] = ("healthy", "ill", "unclear"), count: int = 90) -> Evaluation:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % len(classes)
    return evaluate_logits(classes, rng.normal(0, 1, (count, len(classes))) + np.eye(len(classes))[labels], labels)


SPEC = agreed(name="Chest films", purpose="Tell ill from healthy.")


def _record() -> ModelRecord:
    return ModelRecord(JOB, "77" * 16, SPEC.body, "user:1", "aa" * 32, "bb" * 32, "cc" * 32, "2026-01-31T12:00:00Z")


def _facts(**changes: Any) -> CardFacts:
    facts = CardFacts(
        network=build_network(trained(SPEC)), epoch=3, made="2026-02-01", version="9.9", record=_record(),
        evaluation=_evaluation(),
        metrics=[Metrics(epoch, epoch, 64, 1 / epoch, 0.5, 0.4, 0.3, 0.2) for epoch in range(1, 4)],
        checks=[Check(Point.LOGGED_A, Standing.PROVED, {"row": 42}), Check(Point.EPOCHS, Standing.FAILED)],
        datasets=[CardDataset("33" * 32, "alice", "Films of 2025", 1234)], log=(10234, "de" * 32),
    )  # fmt: skip
    return replace(facts, **changes)


def test_texts_are_complete_in_both_languages() -> None:
    assert list(EN) == list(ZH)
    fields = [
        [{name for _, name, _, _ in string.Formatter().parse(words[key]) if name} for key in EN] for words in (EN, ZH)
    ]
    assert fields[0] == fields[1]
    assert not [key for key in ZH if key not in ("f1", "auc") and not re.search("[\u4e00-\u9fff]", ZH[key])]
    codes = {"network": "network-runs", "epochs": "epochs-agreed"}
    assert not [point for point in Point if codes.get(point, point.value) not in EN]
    assert not [standing for standing in Standing if standing.value not in EN]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_card_says_everything_that_is_known(language: str) -> None:
    page = Reader(render_card(_facts(), language))
    evaluation = _evaluation()
    wanted = [
        "Chest films", "Tell ill from healthy.", JOB, "Films of 2025", "alice", "1,234", "44" * 32, "55" * 32,
        "softmax",
        "0.05 (constant)", f"{100 * evaluation.accuracy:.1f} %", f"{100 * evaluation.interval[0]:.1f} %",
        f"{evaluation.macro_curve.area:.3f}", "aa" * 32, "bb" * 32, "cc" * 32, "10,234", "de" * 32, "9.9",
        SPEC.hash, "healthy", "0.3333",
    ]  # fmt: skip
    assert not [value for value in wanted if value not in page.text]
    assert (page.open, "{" in page.text.split("}")[-1]) == ([], False)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    sources = [attrs["src"] or "" for tag, attrs in page.tags if tag == "img"]
    assert len(sources) == 3
    for source in sources:
        assert source.startswith("data:image/png;base64,")
        with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
            image.verify()


def test_card_in_words() -> None:
    text = Reader(render_card(_facts(), "en")).text
    for sentence in (
        "Images were mixed in groups of 2 while they were shared (k = 1: not mixed); random sign mask: yes.",
        "Servers A and B made it themselves by oblivious transfer.", "Server A recorded this very share in the log",
        "NOT as it should be", "(row 42)", "It is not a medical device",
    ):  # fmt: skip
        assert sentence in text
    helper = agreed(preparation="helper", servers={"a": "44" * 32, "b": "55" * 32, "helper": "66" * 32})
    record = replace(_record(), specification=helper.body)
    assert "A third organisation dealt it." in Reader(render_card(_facts(record=record), "en")).text
    record = replace(_record(), specification=agreed(preparation="hybrid").body)
    text = Reader(render_card(_facts(record=record), "en")).text
    assert "by oblivious transfer and under homomorphic encryption. Nobody else has to be trusted." in text


def test_card_of_a_model_of_which_little_is_known() -> None:
    facts = CardFacts(build_network(trained()), 3, "2026-02-01", "1")
    text = Reader(render_card(facts, "en")).text
    for sentence in (
        "not known",
        "has not been tested yet",
        "No validation was recorded",
        "no verified copy of the log",
    ):
        assert sentence in text
    assert Reader(render_card(facts, "zh")).open == []


def test_what_people_wrote_is_only_text() -> None:
    spec = agreed(name=HOSTILE, purpose=HOSTILE)
    record = replace(_record(), specification=spec.body, fetched=HOSTILE)
    facts = _facts(
        record=record, datasets=[CardDataset("33" * 32, HOSTILE, HOSTILE)], evaluation=_evaluation((HOSTILE, "b", "c")),
        version=HOSTILE, checks=[Check(Point.LOGGED_A, Standing.PROVED, {"row": 1})],
    )  # fmt: skip
    for language in ("en", "zh"):
        page = render_card(facts, language)
        found = Reader(page)
        assert {tag for tag, _ in found.tags} <= ALLOWED
        assert "http://evil" not in "".join(str(attrs) for _, attrs in found.tags)
        assert "\u202e" not in page and '<script>alert("x")</script>' in found.text


def test_many_classes_have_no_matrix_and_many_epochs_are_thinned() -> None:
    names = [f"class {number:03d}" for number in range(60)]
    metrics = [Metrics(epoch, epoch, 64, 0.5, 0.5, 0.4, 0.3, 0.2) for epoch in range(1, 1001)]
    page = Reader(render_card(_facts(evaluation=_evaluation(names, 600), metrics=metrics), "en"))
    assert "Confusion matrix" not in page.text and "class 059" in page.text
    rows = [word for word in page.words if word.isdigit() and 1 <= int(word) <= 1000]
    assert "1000" in rows and len([tag for tag, _ in page.tags if tag == "tr"]) < 130


def test_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match="en, zh"):
        render_card(_facts(), "fr")


def test_charts_draw_what_they_are_given() -> None:
    raw = line_chart([Line([(0.0, 0.5), (1.0, 0.5)], PALETTE[0], 4)], (200, 100))
    with Image.open(io.BytesIO(raw)) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    blue = np.array([0x1F, 0x6F, 0xEB])
    rows, columns = np.nonzero(np.abs(pixels - blue).sum(axis=2) < 30)
    middle = 10 + (100 - 34 - 10) / 2
    assert abs(rows.mean() - middle) < 1.5
    assert [columns.min(), columns.max()] == pytest.approx([34, 190], abs=2)
    for raw in (roc_chart([], []), calibration_chart([]), calibration_chart([(0.5, 0.5)]),
                line_chart([Line([(5.0, 0.5)], PALETTE[1])], (200, 100), (5.0, 5.0))):  # fmt: skip
        assert raw.startswith(b"\x89PNG")


async def test_window_gets_the_page_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "run_child", run_inline)
    office, path = Office(Profile(tmp_path)), model_path(tmp_path, JOB)
    known = {"project": "77" * 16, "recipient": "user:1", "sealed_a": "aa" * 32, "sealed_b": "bb" * 32}
    keep_model(path, trained(), {**known, "specification": agreed().body})
    keep_evaluation(path, _evaluation())
    keep_run(tmp_path, Run(JOB, metrics=tuple(_facts().metrics)))
    page = await asked.write_card(
        office, path, "en", [CardSource("33" * 32, "alice", "Films", 7)], tmp_path / "card.html"
    )
    assert (tmp_path / "card.html").read_text(encoding="utf-8") == page
    text = Reader(page).text
    assert "Films" in text and "0.3333" in text and "Tested on 90 labelled images" in text


@pytest.mark.parametrize("change", [{"metrics": [{}]}, {"datasets": [{"x": 1}]}, {"datasets": "x"}, {"metrics": [1]}])
def test_card_of_facts_of_another_form_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path = model_path(tmp_path, JOB)
    known = {"project": "77" * 16, "recipient": "user:1", "sealed_a": "aa" * 32, "sealed_b": "bb" * 32}
    keep_model(path, trained(), {**known, "specification": agreed().body})
    with pytest.raises(BadInput):
        write_card({"profile": str(tmp_path), "model": str(path), "language": "en", **change}, new_channel()[0])
