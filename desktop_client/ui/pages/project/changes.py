"""What is different between two revisions, field by field, in the language of the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from common.agreement.changes import Change
from desktop_client.ui.pages.project.words import role_name, shown_value
from desktop_client.ui.words import fill, short_id

translate = QCoreApplication.translate


def field_name(field: str) -> str:
    """The plain name of a parameter of a specification."""
    names = {
        "id": translate("Changes", "Project id"),
        "name": translate("Changes", "Name"),
        "purpose": translate("Changes", "Purpose"),
        "owner": translate("Changes", "Signed by"),
        "version": translate("Changes", "Version of the format"),
        "preparation": translate("Changes", "Preparation of correlated randomness"),
        "servers.a": translate("Changes", "Key of server A"),
        "servers.b": translate("Changes", "Key of server B"),
        "servers.helper": translate("Changes", "Key of the helper"),
        "ring.fraction_bits": translate("Changes", "Fraction bits of numbers"),
        "hiding.k": translate("Changes", "Images mixed"),
        "hiding.mask": translate("Changes", "Random sign mask"),
        "hiding.scale": translate("Changes", "Pixel range"),
        "features.extractor": translate("Changes", "Public features"),
        "members": translate("Changes", "Order of the members"),
        "recipients": translate("Changes", "Order of those who receive the model"),
        "testers": translate("Changes", "Order of those who may test"),
        "datasets": translate("Changes", "Order of the data sets"),
    }
    return {**names, **_of_training()}.get(field, field)


def sentence(change: Change) -> str:
    """One change as a sentence that a person can check."""
    field, before, after = change["field"], change["before"], change["after"]
    kind, _, name = field.partition(".")
    people = {
        "keys": translate("Changes", "The keys of %1 are others than before."),
        "recipients": translate("Changes", "%1 also receives the model.")
        if after
        else translate("Changes", "%1 no longer receives the model."),
        "testers": translate("Changes", "%1 may also test the model.")
        if after
        else translate("Changes", "%1 may no longer test the model."),
    }
    if name and kind in people:
        return fill(people[kind], name)
    if name and kind == "members":
        return _member(name, before, after)
    if name and kind == "datasets":
        return _dataset(name, before, after)
    return fill(translate("Changes", "%1: %2 → %3"), field_name(field), shown_value(before), shown_value(after))


def _member(name: str, before: Any, after: Any) -> str:
    if before is None:
        return fill(translate("Changes", "%1 joins as %2."), name, role_name(after))
    if after is None:
        return fill(translate("Changes", "%1 leaves (was %2)."), name, role_name(before))
    return fill(translate("Changes", "%1 becomes %2 (was %3)."), name, role_name(after), role_name(before))


def _dataset(name: str, before: Any, after: Any) -> str:
    short = short_id(name)
    if before is None:
        return fill(translate("Changes", "Data set %1 of %2 is added."), short, after)
    if after is None:
        return fill(translate("Changes", "Data set %1 of %2 is taken out."), short, before)
    return fill(translate("Changes", "Data set %1 belongs to %2 (was %3)."), short, after, before)


def _of_training() -> dict[str, str]:
    return {
        "model.name": translate("Changes", "Model"),
        "model.hidden": translate("Changes", "Neurons of hidden layers"),
        "model.bias": translate("Changes", "Bias of layers"),
        "model.layers": translate("Changes", "Layers of the network"),
        "training.epochs": translate("Changes", "Passes over all images"),
        "training.batch": translate("Changes", "Images per step"),
        "training.loss": translate("Changes", "Loss"),
        "training.optimizer": translate("Changes", "Optimiser"),
        "training.momentum": translate("Changes", "Momentum"),
        "training.learning_rate": translate("Changes", "Learning rate"),
        "training.schedule": translate("Changes", "Learning rate over time"),
        "training.weight_decay": translate("Changes", "Weight decay"),
        "training.clip": translate("Changes", "Largest norm of gradients"),
        "training.validation": translate("Changes", "Images kept back to measure with"),
    }
