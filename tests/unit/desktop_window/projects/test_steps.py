"""Every step of the wizard: what it shows, what it takes, and what it says is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from common.errors import PolicyRefused, SpecRefused
from common.pipeline import Stage
from desktop_client.jobs.projects import trying
from desktop_client.state.projects.wizard import STEPS
from desktop_client.ui.language import Languages
from desktop_client.ui.pages.projects.refusals import refusal_text
from desktop_client.ui.pages.projects.steps.base import Step
from desktop_client.ui.pages.projects.wizard_page import WizardPage
from desktop_client.upload.preflight.estimate import Estimate, Recommendation, SourceEstimate, StageEstimate, Why
from tests.helpers.desktop.inline_child import run_inline
from tests.helpers.desktop.writing import IDS, Servers, serve
from tests.helpers.window import FakeDesk

Opener = Callable[..., WizardPage]


def at(page: WizardPage, name: str) -> Any:
    """The step with its own controls, after everything was looked at."""
    page.go(name)
    page.wizard.check()
    return page.steps[name]


def problem(step: Step, field: str) -> str:
    shown = step.fields[field].problem
    return "" if shown.isHidden() else shown.text()


def test_about_takes_name_and_purpose(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "about")
    assert problem(step, "name") == "A project needs a name of 1 to 100 characters."
    QTest.keyClicks(step.name, "films")
    step.purpose.setPlainText("find ill films")
    page.wizard.check()
    assert problem(step, "name") == ""
    assert (page.wizard.value("name"), page.wizard.value("purpose")) == ("films", "find ill films")
    assert page.title.text() == "films"
    step.purpose.setPlainText("x" * 2001)
    page.wizard.check()
    assert problem(step, "purpose") == "The purpose of a project is a text of at most 2000 characters."


def test_data_takes_in_what_fits_and_says_why_not(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "data")
    assert problem(step, "datasets") == "A project needs 1 to 200 data sets."
    rows = {row.id: row for row in step.model.rows}
    assert [step._fits(rows[one]) for one in IDS] == ["yes", "yes", "yes"]
    step._toggle(rows[IDS[0]])
    step._toggle(rows[IDS[1]])
    page.wizard.check()
    assert [step._fits(rows[one]) for one in IDS] == ["chosen", "chosen", "other size, other classes"]
    assert step._why(rows[IDS[2]]).splitlines() == [
        "Its images are 28 × 28 grey; those of films are 20 × 20 grey.",
        "Its classes are a, b, c; those of films are healthy, ill.",
    ]
    step._toggle(rows[IDS[2]])
    assert page.wizard.value("datasets") == IDS[:2]
    assert problem(step, "datasets") == ""
    assert step.sum.text() == "2 data sets · 2 owners · 600 images"
    assert step.chart.accessibleDescription() == "healthy: 280, ill: 320"


def test_data_is_taken_in_with_mouse_and_space(wizard: Opener, qtbot: QtBot) -> None:
    page = wizard()
    step = at(page, "data")
    place = step.table.view.visualRect(step.model.index(0, 0)).center()
    qtbot.mouseClick(step.table.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(page.wizard.value("datasets")) == 1
    step.take.click()
    assert page.wizard.value("datasets") == ()


def test_data_filters_what_fits_and_what_is_chosen(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "data")
    page.wizard.toggle_dataset(IDS[0])
    box, _ = step.table._filters[0]
    box.setCurrentIndex(box.findData("fits"))
    assert {row.id for row in step.model.shown} == set(IDS[:2])
    box.setCurrentIndex(box.findData("chosen"))
    assert {row.id for row in step.model.shown} == {IDS[0]}


def test_data_that_was_switched_off_is_a_problem(wizard: Opener, servers: Servers) -> None:
    sets = [{**one, "enabled": False} for one in servers.office.a.answers["datasets"]]
    servers.office.both("datasets", sets)
    page = wizard()
    step = at(page, "data")
    assert {step._fits(row) for row in step.model.rows} == {"switched off"}
    page.wizard.toggle_dataset(IDS[0])
    page.wizard.check()
    assert problem(step, "datasets") == "The chosen data sets cannot be used together."


def test_model_follows_a_card_and_brings_what_suits_it(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "model")
    assert page.wizard.value("training.learning_rate") == "0.5"
    step.models.buttons["lenet"].click()
    assert page.wizard.value("model") == {"name": "lenet", "hidden": [], "bias": False, "layers": []}
    assert page.wizard.value("features.extractor") == "square"
    assert page.wizard.value("training.learning_rate") == "0.2"
    assert step.picture.sum.text() == "430,500 trained parameters"
    step.models.buttons["mlp"].click()
    assert page.wizard.value("model.hidden") == [128, 128]
    assert not step.fields["model.hidden"].isHidden()


def test_model_keeps_extractor_and_rate_that_were_chosen_by_hand(wizard: Opener) -> None:
    page = wizard()
    page.wizard.set("features.extractor", "filter-bank")
    page.wizard.set("training.learning_rate", "0.3")
    page.wizard.choose_model("mlp")
    assert (page.wizard.value("features.extractor"), page.wizard.value("training.learning_rate")) == (
        "filter-bank",
        "0.3",
    )
    page.wizard.choose_optimizer("adam")
    assert page.wizard.value("training.learning_rate") == "0.3"


def test_model_widths_that_cannot_be_used_are_told_beside_them(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "model")
    page.wizard.choose_model("mlp")
    for text, said in (
        ("64, 32", ""),
        ("64, x", "model.hidden must be a whole number from 1 to 4096."),
        ("", "model.hidden is a list of 1 to 16 widths for mlp, and empty for other models."),
    ):
        step.hidden.clear()
        QTest.keyClicks(step.hidden, text) if text else step.hidden.textEdited.emit("")
        page.wizard.check()
        assert problem(step, "model.hidden") == said


def test_model_that_is_too_large_for_the_images_has_no_picture(wizard: Opener, servers: Servers) -> None:
    servers.office.both("datasets", [{**one, "shape": [8, 8, 1]} for one in servers.office.a.answers["datasets"]])
    page = wizard()
    page.wizard.toggle_dataset(IDS[0])
    page.wizard.choose_model("lenet")
    step = at(page, "model")
    assert problem(step, "model.name") == "Node 'conv1' has an impossible size; are the images too small?"
    assert step.picture.area.isHidden() and not step.picture.problem.isHidden()
    page.wizard.choose_model("logistic")
    page.wizard.check()
    assert problem(step, "model.name") == "" and not step.picture.area.isHidden()


def test_layers_of_ones_own_are_text_with_a_menu(wizard: Opener, tmp_path: Path) -> None:
    page = wizard()
    step = at(page, "model")
    step.models.buttons["custom"].click()
    page.wizard.check()
    assert problem(step, "model.layers").startswith("model.layers is a list of layers for custom")
    editor = step.layers
    editor.begin.menu().actions()[2].trigger()
    layers = page.wizard.value("model.layers")
    assert [layer["layer"] for layer in layers] == ["linear", "relu", "linear", "relu", "linear"]
    editor.more.menu().actions()[9].trigger()
    assert [layer["layer"] for layer in page.wizard.value("model.layers")][-2:] == ["dropout", "linear"]
    editor.text.setPlainText("[{")
    assert editor.problem.text() == "This is no JSON list of layers yet."
    editor.text.setPlainText('[{"layer": "conv"}]')
    page.wizard.check()
    assert problem(step, "model.layers") == (
        "A conv layer has exactly: bias, groups, kernel, outputs, padding, stride."
    )
    path = tmp_path / "layers.json"
    path.write_text(json.dumps([{"layer": "linear", "outputs": 10, "bias": False}]), encoding="utf-8")
    editor.load(path)
    assert page.wizard.value("model.layers") == [{"layer": "linear", "outputs": 10, "bias": False}]
    path.write_text("no", encoding="utf-8")
    editor.load(path)
    assert "Cannot read the layers" in editor.problem.text()
    step.models.buttons["logistic"].click()
    step.models.buttons["custom"].click()
    assert page.wizard.value("model.layers") == [{"layer": "linear", "outputs": 10, "bias": False}]


def test_hiding_takes_choices_and_tells_their_price(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "hiding")
    assert "95.9 %" in step.cost.text() and "97.7 %" in step.cost.text()
    step.k.buttons["2"].click()
    step.scale.buttons["signed"].click()
    assert page.wizard.value("hiding") == {"k": 2, "mask": True, "scale": "signed"}
    assert "92.9 %" in step.cost.text() and "A flat network hardly learns" in step.note.text()
    step.k.buttons["6"].click()
    assert step.cost.text() == "Not measured with these choices."
    step.flip.click()
    assert page.wizard.value("hiding.mask") is False
    assert step.means.text().startswith("The model is trained on the mixture.")


def test_hiding_shows_own_images_and_samples_again(
    wizard: Opener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    monkeypatch.setattr(trying, "run_child", run_inline)
    for number in range(4):
        Image.new("L", (20, 20), 60 * number).save(tmp_path / f"{number}.png")
    page = wizard()
    step = at(page, "hiding")
    step.use_images(sorted(tmp_path.glob("*.png")))
    qtbot.waitUntil(lambda: step.origin.text() == "Your images, mixed on this machine only; nothing is sent")
    assert step.own.text() == "With samples"
    step.own.click()
    assert step.origin.text().startswith("Sample pictures")
    broken = tmp_path / "broken.png"
    broken.write_text("no image", encoding="utf-8")
    step.use_images([broken])
    qtbot.waitUntil(lambda: step.origin.text().startswith("None of these files is an image"))
    assert step.own.text() == "With my images"


def test_hiding_with_a_mask_and_without_an_extractor_is_told_beside_the_mask(wizard: Opener) -> None:
    page = wizard()
    page.wizard.set("features.extractor", "none")
    step = at(page, "hiding")
    assert problem(step, "hiding.mask").startswith("A sign mask needs an extractor")
    assert page.stepper.buttons["hiding"].accessibleName() == "Hiding"
    page.go("model")
    assert page.stepper.buttons["hiding"].accessibleName() == "Hiding needs attention"


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("learning_rate", "fast", "training.learning_rate must be a decimal in quotes from 1e-06 to 4.0"),
        ("momentum", "1", "training.momentum must be a decimal in quotes from 0.0 to 0.99"),
        ("weight_decay", "0.6", "training.weight_decay must be a decimal in quotes from 0.0 to 0.5"),
        ("clip", "-1", "training.clip must be a decimal in quotes from 0.0 to 1000.0"),
    ],
)
def test_training_tells_beside_the_field_what_is_wrong(field: str, text: str, said: str, wizard: Opener) -> None:
    page = wizard()
    step = at(page, "training")
    control = step.controls[field]
    control.clear()
    QTest.keyClicks(control, text)
    page.wizard.check()
    assert problem(step, f"training.{field}").startswith(said)
    assert control.text() == text
    control.clear()
    QTest.keyClicks(control, "0.25")
    page.wizard.check()
    assert (problem(step, f"training.{field}"), page.wizard.value(f"training.{field}")) == ("", "0.25")


def test_training_counts_steps_and_knows_when_a_batch_is_too_large(wizard: Opener) -> None:
    page = wizard()
    for one in IDS[:2]:
        page.wizard.toggle_dataset(one)
    step = at(page, "training")
    assert step.steps.text() == "480 images to train on, 120 held back (20.0 %). 7 steps an epoch, 28 in all."
    batch = step.controls["batch"]
    batch.setCurrentIndex(batch.findData(512))
    batch.activated.emit(batch.currentIndex())
    page.wizard.check()
    assert problem(step, "training.batch") == "480 images are less than a batch of 512."
    step.controls["epochs"].setValue(6)
    assert page.wizard.value("training.epochs") == 6


def test_training_shows_momentum_for_sgd_only(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "training")
    box = step.controls["optimizer"]
    box.setCurrentIndex(box.findData("adam"))
    box.activated.emit(box.currentIndex())
    assert page.wizard.value("training.learning_rate") == "0.002"
    assert step.fields["training.momentum"].isHidden()


def test_preparation_needs_a_helper_in_the_deployment(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "preparation")
    assert not step.sources.buttons["helper"].isEnabled()
    assert step.sources.remarks["helper"].text() == "This deployment has no helper."
    assert step.picture.accessibleDescription() == "Must not work together: A and B"
    page.wizard.set("preparation", "helper")
    page.wizard.check()
    assert problem(step, "preparation") == "This deployment has no helper."


def test_preparation_by_a_helper_says_who_is_trusted(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    serve(desk.office, monkeypatch, has_helper=True)
    page = WizardPage(desk)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.wizard.loaded):
        page.open("")
    step = at(page, "preparation")
    step.sources.buttons["helper"].click()
    assert page.wizard.value("preparation") == "helper" and not page.wizard.problems_of("preparation")
    assert step.trust.text().startswith("A third organisation")
    assert step.picture.accessibleDescription() == "Must not work together: A, B and the helper"


def test_preparation_follows_the_network_until_another_is_chosen(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "preparation")
    page.wizard.toggle_dataset(IDS[0])
    page.wizard.check()
    remarks = {name: one.text() for name, one in step.sources.remarks.items()}
    assert remarks["cot"] == "Suits this network: 200 multiplications for an image" and remarks["hybrid"] == ""
    assert (step.sources.value, page.wizard.outline.preparation) == ("cot", None)
    page.wizard.choose_model("lenet")
    page.wizard.check()
    assert (page.wizard.value("preparation"), step.sources.value) == ("hybrid", "hybrid")
    assert step.sources.remarks["cot"].text() == ""
    assert step.trust.text() == "A and B make all correlated randomness themselves; nobody else is involved."
    assert step.means.text().endswith("That rests on the encryption between them (ring-LWE), too.")
    step.sources.buttons["cot"].click()
    assert page.wizard.outline.preparation == "cot"
    step.sources.buttons["hybrid"].click()
    assert page.wizard.outline.preparation is None and page.wizard.value("preparation") == "hybrid"
    page.wizard.choose_model("logistic")
    page.wizard.check()
    assert page.wizard.value("preparation") == "cot"


def test_preparation_that_an_operator_does_not_allow_says_so(servers: Servers, wizard: Opener) -> None:
    limits = {"models": None, "preparations": ["cot"], "extractors": None, "largest_epochs": None}
    servers.office.both("policy", {"projects": limits})
    page = wizard()
    step = at(page, "preparation")
    assert [name for name, one in step.sources.buttons.items() if one.isEnabled()] == ["cot"]
    assert step.sources.remarks["hybrid"].text() == "Not allowed by an operator"
    assert step.sources.remarks["helper"].text() == "This deployment has no helper."


def test_operators_limit_models_and_epochs(desk: FakeDesk, servers: Servers, wizard: Opener) -> None:
    servers.office.both("policy", {"projects": {"models": ["mlp"], "preparations": ["helper"], "largest_epochs": 2}})
    page = wizard()
    page.wizard.check()
    found = page.wizard.problems
    assert {field for field, error in found.items() if isinstance(error, PolicyRefused)} == {
        "model.name", "preparation", "training.epochs",
    }  # fmt: skip
    step = at(page, "model")
    assert not step.models.buttons["lenet"].isEnabled() and step.models.buttons["mlp"].isEnabled()
    assert problem(step, "model.name") == "An operator allows only mlp."


def test_people_are_added_changed_and_removed(wizard: Opener) -> None:
    page = wizard()
    step = at(page, "people")
    step.name.setText("bob · bob clinic")
    step.add.click()
    assert page.wizard.outline.members == {"alice": "owner", "bob": "editor"}
    step._changed("bob", "viewer")
    assert page.wizard.roles == {"alice": "owner", "bob": "viewer"}
    step._changed("bob", "")
    assert page.wizard.outline.members == {"alice": "owner"}
    step.name.setText("carol")
    step.add.click()
    assert (step.unknown.text(), step.unknown.isHidden()) == ("Nobody here is called carol.", False)


def test_people_who_own_data_take_part_by_themselves(wizard: Opener) -> None:
    page = wizard()
    page.wizard.toggle_dataset(IDS[1])
    at(page, "people")
    assert page.wizard.roles == {"alice": "owner", "bob": "editor"}
    assert page.wizard.outline.members == {"alice": "owner"}


def test_people_receive_and_test_by_default_or_by_name(wizard: Opener) -> None:
    page = wizard()
    page.wizard.toggle_dataset(IDS[1])
    step = at(page, "people")
    assert step._meant("recipients") == step._meant("testers") == ("alice", "bob")
    step._choose_recipients("ticked")
    step._tick("recipients", "bob", False)
    assert page.wizard.value("recipients") == ("alice",)
    assert step._meant("testers") == ("alice",)
    step._choose_testers("nobody")
    assert (page.wizard.value("testers"), step._meant("testers")) == ((), ())
    step._choose_testers("ticked")
    assert page.wizard.value("testers") == ("alice",)
    step._choose_testers("all")
    step._choose_recipients("all")
    assert (page.wizard.value("recipients"), page.wizard.value("testers")) == ((), None)


def test_people_who_leave_receive_nothing(wizard: Opener) -> None:
    page = wizard()
    page.wizard.set_member("bob", "viewer")
    page.wizard.set("recipients", ("alice", "bob"))
    page.wizard.set("testers", ("bob",))
    page.wizard.set_member("bob", "")
    assert (page.wizard.value("recipients"), page.wizard.value("testers")) == (("alice",), ())


def test_cost_is_told_stage_by_stage(wizard: Opener) -> None:
    page = wizard()
    card = page.review.cost
    stages = (StageEstimate(Stage.PREPARE, 75.0, 2_000_000, 0),)
    cot = SourceEstimate("cot", "", 75.5, stages)
    helper = SourceEstimate("helper", "This deployment has no helper.", 0.0, ())
    card.show_estimate(
        Estimate(600, 480, 28, 0.5, (286, 492_000), None, None, (helper, cot), Recommendation("cot", Why.SHORT)), "cot"
    )
    shown = [item.text() for item in card.findChildren(QLabel) if item.text()]
    assert "480 images to train on, 28 steps. Owners send 286 B to A and 492 kB to B once." in shown
    assert {"1 min 16 s", "1 min 15 s", "2.0 MB", "Preparing", "not possible here"} <= set(shown)
    assert card.why.text().startswith("Recommended: The two servers, by transfers")


def test_refusals_are_told_in_the_language_of_the_window(qapp: QApplication) -> None:
    languages = Languages(qapp)
    error = SpecRefused("480 images are less than a batch of 512.", field="training.batch")
    languages.use("zh_CN")
    try:
        assert refusal_text(error) == "480 张图像少于一个批次的 512 张。"
        assert refusal_text(SpecRefused("Something new.", field="x")) == "Something new."
    finally:
        languages.use("en")
        QLocale.setDefault(QLocale("en"))
    assert refusal_text(error) == "480 images are less than a batch of 512."


def test_steps_cover_every_field_that_can_be_refused(wizard: Opener) -> None:
    page = wizard()
    fields = {name for step in STEPS for name in page.step_of(step).fields}
    outline = page.wizard.outline
    sections = {f"{section}.{name}" for section, values in outline.sections.items() for name in values}
    assert sections | {"name", "purpose", "datasets", "members", "recipients", "testers", "preparation"} <= fields
    assert set(page.steps) == set(STEPS)
