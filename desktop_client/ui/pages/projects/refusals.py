"""What is wrong with a choice, in the language of the window: the specification's own sentence, with its numbers."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from common.errors import AppError
from desktop_client.plain import plain

_SENTENCES: Final = [
    QT_TRANSLATE_NOOP("Refusals", "A project needs a name of 1 to %1 characters."),
    QT_TRANSLATE_NOOP("Refusals", "The purpose of a project is a text of at most %1 characters."),
    QT_TRANSLATE_NOOP("Refusals", "A project needs 1 to 200 data sets."),
    QT_TRANSLATE_NOOP("Refusals", "The chosen data sets cannot be used together."),
    QT_TRANSLATE_NOOP("Refusals", "%1 images are less than a batch of %2."),
    QT_TRANSLATE_NOOP("Refusals", "Fewer images must be held back for so many classes."),
    QT_TRANSLATE_NOOP("Refusals", "These are more pixels than servers can hold; use fewer or smaller images."),
    QT_TRANSLATE_NOOP("Refusals", "Layer '%1' is too large for batches of %2."),
    QT_TRANSLATE_NOOP("Refusals", "Layer '%1' would normalise over fewer than %2 values; use larger batches."),
    QT_TRANSLATE_NOOP("Refusals", "Values at '%1' could leave the fixed-point range."),
    QT_TRANSLATE_NOOP("Refusals", "Node '%1' has an impossible size; are the images too small?"),
    QT_TRANSLATE_NOOP(
        "Refusals",
        "Node '%1' (%2) takes flat values; there must be a flatten or a global-average-pool before it.",
    ),
    QT_TRANSLATE_NOOP("Refusals", "Node '%1' (%2) takes images [channels, height, width], and gets flat values."),
    QT_TRANSLATE_NOOP("Refusals", "Node '%1' (%2) must add two different values of the same shape."),
    QT_TRANSLATE_NOOP("Refusals", "Node '%1' (%2) has groups that do not divide its channels."),
    QT_TRANSLATE_NOOP("Refusals", "The last layer must give one output per class, which are %1."),
    QT_TRANSLATE_NOOP("Refusals", "Dropout cannot be the last layer."),
    QT_TRANSLATE_NOOP("Refusals", "A network needs layers to train."),
    QT_TRANSLATE_NOOP("Refusals", "A network has at most %1 parameters."),
    QT_TRANSLATE_NOOP("Refusals", "A network has at most %1 layers."),
    QT_TRANSLATE_NOOP("Refusals", "model.layers is a list of layers for custom, and empty for other models."),
    QT_TRANSLATE_NOOP(
        "Refusals",
        "model.hidden is a list of 1 to %1 widths for mlp, and empty for other models.",
    ),
    QT_TRANSLATE_NOOP("Refusals", "The kinds of layers are %1."),
    QT_TRANSLATE_NOOP("Refusals", "A %1 layer has exactly: %2."),
    QT_TRANSLATE_NOOP("Refusals", "%1 of a %2 layer is a whole number from %3 to %4."),
    QT_TRANSLATE_NOOP("Refusals", "bias of a %1 layer is true or false."),
    QT_TRANSLATE_NOOP("Refusals", "The kernel of a %1 layer is [height, width], each 1 to %2."),
    QT_TRANSLATE_NOOP("Refusals", "A network and a residual layer need a list of at least one layer."),
    QT_TRANSLATE_NOOP("Refusals", "Residual layers are nested at most %1 deep."),
    QT_TRANSLATE_NOOP(
        "Refusals",
        "A sign mask needs an extractor, whose square takes it away again; without one hiding.mask is false.",
    ),
    QT_TRANSLATE_NOOP("Refusals", "%1 must be a whole number from %2 to %3."),
    QT_TRANSLATE_NOOP("Refusals", '%1 must be a decimal in quotes from %2 to %3, such as "0.05".'),
    QT_TRANSLATE_NOOP("Refusals", "%1 must be one of %2."),
    QT_TRANSLATE_NOOP("Refusals", "training.batch must be a power of two, so that the mean is an exact shift."),
    QT_TRANSLATE_NOOP("Refusals", "Recipients of the model must be different members of the project."),
    QT_TRANSLATE_NOOP("Refusals", "Testers of the model must be different members of the project."),
    QT_TRANSLATE_NOOP("Refusals", "A project names at least one recipient of the model."),
    QT_TRANSLATE_NOOP("Refusals", "A project has 1 to 200 members."),
    QT_TRANSLATE_NOOP("Refusals", "An operator allows only %1."),
    QT_TRANSLATE_NOOP("Refusals", "An operator allows at most %1 epochs."),
    QT_TRANSLATE_NOOP("Refusals", "This deployment has no helper."),
]
_PLACE: Final = re.compile(r"%[1-4]")


def refusal_text(error: AppError) -> str:
    """The sentence of a refusal; one that has no translation is told as it is."""
    own = plain(error)
    for sentence in map(str, _SENTENCES):
        parts = _PLACE.split(sentence)
        found = re.fullmatch("(.+?)".join(map(re.escape, parts)), own)
        if found is not None:
            text = QCoreApplication.translate("Refusals", sentence)
            for number, value in enumerate(found.groups(), start=1):
                text = text.replace(f"%{number}", value)
            return text
    return own
