"""The list of models: what is here, what can be fetched, and a fetch with its progress."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from common.errors import BadSeal, NodeUnreachable
from desktop_client.jobs.models import catalogue, kept
from desktop_client.jobs.models.catalogue import Catalogue, ModelEntry
from desktop_client.jobs.models.kept import ModelCheck, ModelInfo
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.model.list_page import ModelsPage
from desktop_client.ui.widgets.table import ToneRole
from tests.helpers.window import FakeDesk

HERE = ModelEntry(
    "aa" * 16, "77" * 16, "films", 2, "mlp", "2026-01-31T12:00:00Z", Path("/models/a.igm"), "2026-02-01T08:00:00Z",
    4096, 0.934, 60, True,
)  # fmt: skip
THERE = ModelEntry("bb" * 16, "78" * 16, "scans", 1, "lenet", "2026-02-02T12:00:00Z", may_fetch=True)
TESTER = ModelEntry("cc" * 16, "79" * 16, "slides", 1, "logistic", "2026-02-03T12:00:00Z")


class _Answers:
    catalogue = Catalogue((TESTER, THERE, HERE))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> _Answers:
    made = _Answers()

    async def listed(*given: object) -> Catalogue:
        return made.catalogue

    monkeypatch.setattr(catalogue, "list_entries", listed)
    return made


@pytest.fixture
def page(desk: FakeDesk, answers: _Answers, qtbot: QtBot) -> Generator[ModelsPage]:
    made = ModelsPage(desk)
    qtbot.addWidget(made)
    made.resize(1072, 660)
    made.show()
    made.open("")
    qtbot.waitUntil(lambda: made.model.rowCount() == len(answers.catalogue.entries))
    yield made


def _column(page: ModelsPage, place: int) -> list[str]:
    return [str(page.model.index(row, place).data()) for row in range(page.model.rowCount())]


def test_each_model_says_how_it_stands(page: ModelsPage) -> None:
    assert _column(page, 0) == ["slides", "scans", "films"]
    assert _column(page, 4) == ["for testing", "ready to fetch", "fetched"]
    assert _column(page, 5) == ["", "", "93.4 % right"]
    assert page.model.index(1, 4).data(ToneRole) == "info"


def test_verdict_of_the_last_check_is_shown_for_this_copy_only(page: ModelsPage) -> None:
    page.desk.preferences.set_text(f"model-{HERE.job}", f"{HERE.fetched} verified")
    assert _column(page, 4)[2] == "verified"
    page.desk.preferences.set_text(f"model-{HERE.job}", "2026-01-01T00:00:00Z failed")
    assert _column(page, 4)[2] == "fetched", "another copy was checked"


def test_search_looks_at_names_and_networks(page: ModelsPage, qtbot: QtBot) -> None:
    page.table.search.setText("lenet")
    qtbot.waitUntil(lambda: _column(page, 0) == ["scans"])


def test_only_what_may_be_fetched_can_be(page: ModelsPage) -> None:
    page.table.view.setCurrentIndex(page.model.index(0, 0))
    assert not page.fetch.isEnabled() and "tester" in page.about.text()
    page.table.view.setCurrentIndex(page.model.index(2, 0))
    assert not page.fetch.isEnabled(), "it is here"
    page.table.view.setCurrentIndex(page.model.index(1, 0))
    assert page.fetch.isEnabled()


def test_fetch_shows_its_progress_and_can_be_stopped(
    page: ModelsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(page.desk.office), "is_unlocked", property(lambda self: True))
    asked: list[str] = []

    async def fetch(office: object, job: str, on_progress: Any) -> Any:
        asked.append(job)
        on_progress({"stage": "download", "done": 1, "total": 4})
        await asyncio.Event().wait()

    monkeypatch.setattr(kept, "fetch_model", fetch)
    page.table.view.setCurrentIndex(page.model.index(1, 0))
    qtbot.mouseClick(page.fetch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.progress.name.text() == "Fetch both shares")
    assert asked == [THERE.job] and not page.fetch.isEnabled()
    qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.fetches.running)
    assert page.fetch.isEnabled() and page.banner.isHidden()


def test_fetched_model_is_noted_as_checked(page: ModelsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(page.desk.office), "is_unlocked", property(lambda self: True))
    info = ModelInfo(Path("x"), THERE.job, "", 1, 9, ("a", "b"), (1, 1, 1), 8, (), {"fetched": "now"}, False)

    async def fetch(*given: object) -> tuple[ModelInfo, list[ModelCheck]]:
        return info, [ModelCheck("right-job", "proved")]

    monkeypatch.setattr(kept, "fetch_model", fetch)
    page.table.view.setCurrentIndex(page.model.index(1, 0))
    page._fetch()
    qtbot.waitUntil(lambda: page.desk.preferences.text(f"model-{THERE.job}") == "now verified")


def test_failed_fetch_is_told_in_the_page(page: ModelsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(page.desk.office), "is_unlocked", property(lambda self: True))

    async def fetch(*given: object) -> Any:
        raise BadSeal("sealed for somebody else")

    monkeypatch.setattr(kept, "fetch_model", fetch)
    page.table.view.setCurrentIndex(page.model.index(1, 0))
    page._fetch()
    qtbot.waitUntil(page.banner.isVisible)
    assert page.model.rowCount() == 3


def test_opening_leads_to_the_page_of_the_model(page: ModelsPage, qtbot: QtBot) -> None:
    page.table.view.setCurrentIndex(page.model.index(2, 0))
    with qtbot.waitSignal(page.desk.page_wanted) as told:
        qtbot.mouseClick(page.enter, Qt.MouseButton.LeftButton)
    assert told.args == ["model", HERE.job]


def test_refresh_keeps_what_is_selected_and_tells_when_servers_are_away(
    page: ModelsPage, answers: _Answers, qtbot: QtBot
) -> None:
    page.table.view.setCurrentIndex(page.model.index(2, 0))
    answers.catalogue = Catalogue((HERE,), NodeUnreachable("away", node="a"))
    page.refresh()
    qtbot.waitUntil(page.banner.isVisible)
    assert page.table.current == HERE


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_empty_list_says_what_to_do_in_both_languages(
    desk: FakeDesk, answers: _Answers, qtbot: QtBot, language: str, qapp: Any
) -> None:
    languages = Languages(qapp)
    languages.use(language)
    answers.catalogue = Catalogue()
    page = ModelsPage(desk)
    languages.use("en")
    qtbot.addWidget(page)
    page.open("")
    assert page.title.text() == {"en": "Models", "zh_CN": "模型"}[language]
    assert page.minimumSizeHint().width() <= 1072
