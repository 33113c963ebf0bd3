"""What would be refused is told field by field, before anybody is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from common.errors import SpecRefused
from desktop_client.upload.projects.checks import Images, misfit, network, refusals, suited, training_of
from desktop_client.upload.projects.options import Outline, ProjectOptions, edited, outline_of

SET = "ab" * 32
IMAGES = Images((300, 300), (20, 20, 1), 8, tuple("0123456789"))


def outline(*edits: str, **options: Any) -> Outline:
    return edited(outline_of(ProjectOptions("films", (SET,), **options)), edits)


def refused(given: Outline, images: Images | None = IMAGES) -> dict[str, str]:
    found = refusals(given, "alice", {SET: "bob"}, images)
    return {name: str(error) for name, error in found.items()}


def test_refusals_of_a_usable_outline_are_none() -> None:
    assert refused(outline()) == {}


def test_refusals_name_every_field_at_once() -> None:
    found = refused(outline("name=", "training.epochs=0", "training.learning_rate=fast", "hiding.k=3"))
    assert found == {
        "name": "A project needs a name of 1 to 100 characters.",
        "hiding.k": "hiding.k is 1, 2, 4 or 6.",
        "training.epochs": "training.epochs must be a whole number from 1 to 1000.",
        "training.learning_rate": 'training.learning_rate must be a decimal in quotes from 1e-06 to 4.0, '
        'such as "0.05".',
    }


@pytest.mark.parametrize(
    ("edits", "fields"),
    [
        (("training.batch=48",), {"training.batch"}),
        (("training.batch=1024",), {"training.batch"}),
        (("hiding.mask=true", "features.extractor=none"), {"hiding.mask"}),
        (("model.name=mlp",), {"model.hidden"}),
        (("model.name=custom",), {"model.layers"}),
        (("model.name=custom", "model.bias=true"), {"model.layers"}),
        (("recipients=eve",), {"recipients"}),
        (("testers=eve",), {"testers"}),
        (("preparation=dealer",), {"preparation"}),
        (("purpose=" + "x" * 2001,), {"purpose"}),
    ],
)
def test_refusals_have_a_field_each(edits: tuple[str, ...], fields: set[str]) -> None:
    assert set(refused(outline(*edits))) == fields


def test_refusals_without_data_sets_or_with_images_that_are_too_small() -> None:
    assert set(refused(replace(outline(), datasets=()), None)) == {"datasets"}
    small = replace(IMAGES, shape=(8, 8, 1))
    found = refused(outline("model.name=lenet", "features.extractor=square"), small)
    assert set(found) == {"model.name"}
    assert "are the images too small?" in found["model.name"]


def test_refusals_of_members_name_them_once() -> None:
    assert set(refused(outline(members={"Not a name": "viewer"}))) == {"members"}


def test_network_is_built_although_other_fields_are_wrong() -> None:
    found = network(outline("name=", "training.epochs=0", "model.name=lenet", "features.extractor=square"), "a", IMAGES)
    assert (found.shapes["logits"], found.parameters) == ((10,), 20 * 25 + 50 * 25 * 20 + 50 * 4 * 500 + 500 * 10)
    with pytest.raises(SpecRefused, match=r"model\.hidden"):
        network(outline("model.name=mlp", "model.hidden=0"), "a", IMAGES)


def test_suited_preparation_needs_a_network_and_images() -> None:
    lenet = ("model.name=lenet", "features.extractor=square")
    small, large = suited(outline(), "a", IMAGES), suited(outline(*lenet), "a", IMAGES)
    assert small is not None and (small.preparation, small.multiplications) == ("cot", 10 * 10 * 10)
    convolved = 20 * 25 * 16 * 16 + 50 * 25 * 20 * 4 * 4 + 50 * 4 * 500 + 500 * 10
    assert large is not None and (large.preparation, large.multiplications) == ("hybrid", convolved)
    assert suited(outline(*lenet), "a", None) is None
    assert suited(outline(*lenet), "a", replace(IMAGES, shape=(8, 8, 1))) is None


def test_training_of_has_usual_values_where_the_given_ones_cannot_be_used() -> None:
    found = training_of(outline("training.epochs=0", "training.batch=128"), "alice")
    assert found is not None
    assert (found.training.epochs, found.training.batch) == (4, 128)


def test_misfit_names_what_differs() -> None:
    assert misfit(IMAGES, IMAGES) == []
    assert misfit(IMAGES, replace(IMAGES, bits=16, classes=("a", "b"))) == ["bits", "classes"]
