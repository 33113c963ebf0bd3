"""Every place of the window that shows a preparation knows all that a specification may name, in either language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from common.specification import PREPARATIONS
from desktop_client.reveal.card.texts import LANGUAGES
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.approvals import words as approvals
from desktop_client.ui.pages.model import words as model
from desktop_client.ui.pages.project import words as project
from desktop_client.ui.pages.projects.cards.cost import CostCard
from desktop_client.ui.pages.projects.cards.signed import SignedCard

_NOBODY_ELSE = {"en": "nobody else is involved", "zh_CN": "没有其他"}


@pytest.fixture(params=["en", "zh_CN"])
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    languages = Languages(qapp)
    languages.use(request.param)
    yield request.param
    languages.use("en")
    QLocale.setDefault(QLocale("en"))


def test_every_preparation_has_a_name_of_its_own(language: str) -> None:
    cost = CostCard()
    for name_of in (model.preparation, cost._source_name, lambda name: project.preparation(name)[0]):
        names = [name_of(name) for name in PREPARATIONS]
        assert len({*names, *PREPARATIONS}) == 2 * len(PREPARATIONS)
    assert set(PREPARATIONS) <= {key.removeprefix("preparation_") for key in LANGUAGES[language[:2]]}


def test_only_a_helper_is_somebody_else(language: str) -> None:
    signed = SignedCard()
    for trust in (signed._trust, approvals.trust):
        said = [_NOBODY_ELSE[language] in trust(name) for name in PREPARATIONS]
        assert said == [True, True, False]
        assert len({trust(name) for name in PREPARATIONS}) == 3
    meant = [project.preparation(name)[1] for name in PREPARATIONS]
    assert len(set(meant)) == 3
    assert ["encrypt" in text or "加密" in text for text in meant] == [False, True, False]
