"""Texts and numbers of others: no markup, no turned or hidden letters, no window wider than a screen, no crash."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from common.errors import AppError, error_from_dict
from desktop_client.jobs.task import Progress
from desktop_client.state.table import Column, RowTable, cell_text, tip_text
from desktop_client.ui.messages import tell
from desktop_client.ui.pages.projects.cards.signed import SignedCard
from desktop_client.ui.widgets.basics import Badge, Figure, boxed, column, label, row, selectable
from desktop_client.ui.widgets.dialogs import ErrorDialog, Question
from desktop_client.ui.widgets.progress import Bar
from desktop_client.ui.words import ago, duration, file_name, moment, number, percent, size
from tests.helpers.desktop.trainings import spec

TURNED = "fair use\u202e\u2066gnp.exe\u200b\x07"
SEEN = "fair use\\u202e\\u2066gnp.exe\\u200b\\u0007"
MARKUP = "<img src='file:///etc/passwd'><b>x</b>"
NAN, INF = math.nan, math.inf


def test_labels_show_what_is_there_and_never_markup(qtbot: QtBot) -> None:
    made = [label(TURNED), label(TURNED, "", True), selectable(TURNED), Badge(TURNED)]
    assert [one.text() for one in made] == [SEEN] * 4
    for one in made:
        one.setText(MARKUP)
        assert (one.text(), one.textFormat()) == (MARKUP, Qt.TextFormat.PlainText)
    figure = Figure("Speed", "info")
    figure.show_value(TURNED, MARKUP)
    assert (figure.value.text(), figure.remark.text()) == (SEEN, MARKUP)
    assert label("one\ntwo").text() == "one\ntwo" and label("预处理 é").text() == "预处理 é"
    question = Question(None, TURNED, TURNED, "Yes")
    qtbot.addWidget(question)
    assert (question.heading.text(), question.text.text()) == (SEEN, SEEN)


def test_megabytes_are_cut_before_they_are_laid_out(qtbot: QtBot) -> None:
    huge = "W" * 1_000_000
    place = boxed(column(row(label(huge), Badge(huge)), label(huge, "", True)))
    qtbot.addWidget(place)
    assert place.minimumSizeHint().width() <= 900
    assert len(label(huge).text()) == 20_000 and label(huge).text().endswith("…")
    assert len(cell_text(huge)) == 4096 and len(tip_text(huge)) < 5000


def test_cells_and_their_tips_are_harmless() -> None:
    model: RowTable[str] = RowTable([Column("Name", lambda one: one)])
    model.replace([TURNED + "\n" + MARKUP])
    index = model.index(0, 0)
    assert index.data() == f"{SEEN}\\u000a{MARKUP}"
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip and "\u202e" not in tip and tip.startswith("<span>fair use")


@pytest.mark.parametrize(
    ("say", "value", "said"),
    [
        (number, 10**30, "9,223,372,036,854,775,807"),
        (number, -(10**30), "-9,223,372,036,854,775,807"),
        (size, NAN, "0 B"),
        (size, 10**400, "9,223,372 TB"),
        (duration, INF, "0 s"),
        (duration, 10**400, "876600 h 0 min"),
        (duration, -5, "0 s"),
        (ago, NAN, "just now"),
        (ago, 10**400, "36525 d ago"),
        (percent, NAN, "0.0 %"),
        (moment, "0001-01-01T00:00:00+23:59", None),
        (moment, "9999-12-31T23:59:59-23:59", None),
        (moment, TURNED, SEEN),
        (moment, "x" * 1_000_000, "x" * 40),
    ],
)
def test_numbers_that_no_node_should_send_are_written_all_the_same(
    desk: Any, say: Any, value: Any, said: str | None
) -> None:
    assert say(value) == said if said is not None else say(value)


def test_progress_that_cannot_be_stays_within_the_bar(qtbot: QtBot) -> None:
    bar = Bar("Upload")
    qtbot.addWidget(bar)
    for progress, steps in ((Progress(10**400, 10**300), 1000), (Progress(-5, 10), 0), (Progress(1, 2), 500)):
        bar.show_share(progress.share)
        assert bar.bar.value() == steps
    assert Progress(5, -1).share is None


def test_errors_of_a_node_are_told_without_harm(qtbot: QtBot, tmp_path: Path) -> None:
    details = {"name": TURNED, "deep": [[MARKUP]], "n": 10**400, "huge": "x" * 10_000}
    foreign = error_from_dict({"code": "conflict", "message": TURNED + "y" * 1_000_000, "details": details})
    told = tell(foreign)
    assert SEEN in told.sentence and "\u202e" not in told.sentence + told.details and len(told.details) < 20_000
    dialog = ErrorDialog(None, foreign)
    qtbot.addWidget(dialog)
    assert SEEN in dialog.text.text() and dialog.minimumSizeHint().width() <= 900
    own = AppError("here")
    own.details = {"path": tmp_path}
    assert str(tmp_path) in tell(own).details


def test_what_is_signed_reads_the_same_whatever_it_was_named(qtbot: QtBot) -> None:
    found = spec(name=TURNED, purpose=TURNED + MARKUP)
    card = SignedCard()
    qtbot.addWidget(card)
    card.show_specification(found, None, {})
    text = card.exact.toPlainText()
    assert "\u202e" not in text and json.loads(text) == found.body
    shown = [one.text() for one in card.findChildren(QLabel)]
    assert SEEN in shown and SEEN + MARKUP in shown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Lungs 2026-a", "Lungs 2026-a"), ("../../.bashrc", "bashrc"), ("/etc/passwd", "etc_passwd"), ("肺部", "肺部"),
        ("C:\\Users\\x", "C__Users_x"), (TURNED, "fair use__gnp_exe"), ("..", "model"), ("", "model"),
        ("W" * 999, "W" * 60),
    ],
)  # fmt: skip
def test_names_of_others_name_no_folder(name: str, said: str) -> None:
    assert file_name(name, "model") == said
