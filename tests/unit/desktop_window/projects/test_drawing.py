"""What the wizard draws: boxes of networks, pictures that can be saved, balances, and what hiding does."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from common.architecture import Architecture
from common.crypto.rng import SystemRandom
from common.errors import SpecRefused
from desktop_client.state.projects.figures import PLAIN, accuracy_of
from desktop_client.state.projects.fitting import Balance
from desktop_client.state.projects.preview import SIDE, hide_samples, samples
from desktop_client.ui import theme
from desktop_client.ui.pages.projects.cards.network import NetworkCard
from desktop_client.ui.pages.projects.drawing.balance import BalanceChart
from desktop_client.ui.pages.projects.drawing.boxes import boxes_of
from desktop_client.ui.pages.projects.drawing.network import NetworkPicture
from desktop_client.upload.projects.checks import Images, network
from desktop_client.upload.projects.options import ProjectOptions, outline_of

IMAGES = Images((300,), (20, 20, 1), 8, tuple("0123456789"))


def architecture(model: str, extractor: str = "square") -> Architecture:
    hidden = (16,) if model == "mlp" else ()
    chosen = ProjectOptions("x", (), model=model, extractor=extractor, hidden=hidden)
    return network(outline_of(chosen), "alice", IMAGES)


def test_boxes_tell_shapes_parameters_and_where_arrows_come_from() -> None:
    boxes = boxes_of(architecture("resnet"))
    assert [(box.title, box.shape, box.parameters, box.sources) for box in boxes[:5]] == [
        ("", "1 × 20 × 20", 0, ()),
        ("square", "1 × 20 × 20", 0, (0,)),
        ("conv 3 × 3, padding 1", "16 × 20 × 20", 144, (1,)),
        ("batch-norm", "16 × 20 × 20", 64, (2,)),
        ("relu", "16 × 20 × 20", 0, (3,)),
    ]
    added = next(box for box in boxes if box.kind == "add")
    assert added.sources == (boxes.index(added) - 1, 4)
    assert [box.is_public for box in boxes[:3]] == [True, True, False]
    assert "conv 3 × 3, stride 2, padding 1" in [box.title for box in boxes]


def test_boxes_of_a_filter_bank_branch_and_join() -> None:
    boxes = {box.name: box for box in boxes_of(architecture("logistic", "filter-bank"))}
    names = list(boxes)
    assert [names[source] for source in boxes["light"].sources] == ["energy"]
    assert [names[source] for source in boxes["features"].sources] == ["texture-flat", "light-flat"]
    assert boxes["lines"].title == "conv2d 7 × 7, stride 2, padding 3"
    assert (boxes["light-scaled"].title, boxes["logits"].shape) == ("scale × 0.75", "10")


def test_picture_is_zoomed_and_saved(qtbot: QtBot, tmp_path: Path) -> None:
    card = NetworkCard()
    qtbot.addWidget(card)
    card.show_network(architecture("lenet"), "a note")
    before = card.picture.size()
    card.zoom(3)
    assert card.picture.width() > before.width() and card.picture.height() > before.height()
    card.picture.set_zoom(99.0)
    assert card.picture.zoom == 3.0
    card.save(tmp_path / "net.png")
    image = QImage(str(tmp_path / "net.png"))
    assert image.width() == 2 * 398
    strip = QColor(theme.colours().series[0])
    assert any(image.pixelColor(2 * 31, y) == strip for y in range(0, image.height(), 4))
    card.save(tmp_path / "net.svg")
    assert "conv 5" in (tmp_path / "net.svg").read_text(encoding="utf-8")
    card.save(tmp_path / "missing" / "net.png")
    assert card.note.text() == "The picture could not be written there."


def test_picture_tells_its_layers_to_those_who_cannot_see_it(qtbot: QtBot) -> None:
    picture = NetworkPicture()
    qtbot.addWidget(picture)
    picture.show_boxes(boxes_of(architecture("mlp")))
    assert picture.accessibleDescription().startswith("hidden images: 1 × 20 × 20; square: 1 × 20 × 20; flatten: 400;")
    picture.grab()


def test_balance_is_drawn_in_proportion(qtbot: QtBot) -> None:
    chart = BalanceChart()
    qtbot.addWidget(chart)
    chart.show_balance(Balance(("ill", "well"), ("a", "b"), ((10, 5), (30, 5)), {}))
    chart.resize(432, chart.sizeHint().height())
    image = chart.grab().toImage()
    row = 26 + 8
    colours = [image.pixelColor(x, row).name() for x in range(image.width())]
    first, second = (colours.count(theme.colours().series[number]) for number in (0, 1))
    assert math.isclose(second / first, 3.0, rel_tol=0.05)
    assert chart.accessibleDescription() == "ill: 40, well: 10"


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_mixture_is_the_sum_of_its_sources(k: int) -> None:
    found = hide_samples(k, False, "unit", 3, SystemRandom())
    assert len(found.sources) == len(found.shares) == k
    assert sum(found.shares) == pytest.approx(1.0)
    expected = sum(share * source.astype(float) for share, source in zip(found.shares, found.sources, strict=True))
    assert np.abs(found.mixed - expected).max() <= 2.0
    assert np.array_equal(found.trained, found.mixed)


def test_mask_can_be_undone_with_unit_pixels_only() -> None:
    unit = hide_samples(4, True, "unit", 1, SystemRandom())
    assert np.abs(unit.unmasked.astype(int) - unit.mixed).max() <= 1
    assert (unit.trained < 127).any() and (unit.trained > 129).any()
    signed = hide_samples(4, True, "signed", 1, SystemRandom())
    assert np.abs(signed.unmasked.astype(int) - signed.mixed).max() > 100


def test_another_draw_gives_other_partners() -> None:
    draws = [hide_samples(4, False, "unit", draw, SystemRandom()) for draw in (0, 0, 1)]
    assert np.array_equal(draws[0].mixed, draws[1].mixed)
    assert not np.array_equal(draws[0].mixed, draws[2].mixed)


def test_samples_are_six_different_pictures() -> None:
    pictures = samples()
    assert pictures.shape == (6, SIDE, SIDE)
    assert pictures.min() == 0.0 and pictures.max() == 1.0
    assert len({picture.tobytes() for picture in pictures}) == 6


def test_accuracies_are_those_that_were_measured() -> None:
    assert accuracy_of(1, False, "unit") == PLAIN
    assert accuracy_of(6, True, "unit") is None
    found = accuracy_of(4, True, "signed")
    assert found is not None and (found.flat, found.convolutional) == (0.41, 0.892)


def test_card_says_why_there_is_no_network(qtbot: QtBot) -> None:
    card = NetworkCard()
    qtbot.addWidget(card)
    card.show_refusal(SpecRefused("A network needs layers to train.", field="model.layers"))
    assert card.problem.text() == "A network needs layers to train." and card.area.isHidden()
