"""Try a model on pictures of one's own in the helper process: a labelled folder, one picture, the mistakes it made."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from common.errors import BadImage, BadInput, StoreDamaged
from desktop_client.offline_plugin.encode import FITS, Encoding, encode
from desktop_client.offline_plugin.images import Limits, open_picture, quiet_decoders
from desktop_client.offline_plugin.reading import read_in_order
from desktop_client.offline_plugin.sources import Item, Refusal, Source, open_source, resolve_inside
from desktop_client.reveal.combine import Tensor, read_model
from desktop_client.reveal.evaluate import BATCH, predict
from desktop_client.reveal.evaluation.probabilities import probabilities
from desktop_client.reveal.evaluation.result import evaluate_logits
from desktop_client.reveal.kept.record import keep_evaluation, loss_of, read_evaluation
from desktop_client.reveal.network import Network, build_network
from desktop_client.worker.arguments import number_of, pair_of, path_of, text_of, texts_of
from desktop_client.worker.channel import Channel

MAX_REFUSED: Final = 2_000
MAX_TOLD: Final = 10_000
MAX_THUMBNAILS: Final = 64
MAX_SIDE: Final = 512
_MAX_PIXELS: Final = 64 * 1024 * 1024


def evaluate_model(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{model, source[, fit][, window][, limit][, loss]}``: test a model on a labelled folder or table.

    Parts: ``{"misclassified": [[number, file, truth, said, probability], ...]}``, the surest first, at most 10,000, and
    ``{"refused": [[file, reason, code], ...]}``. The result is the evaluation without these lists, and ``refused``,
    how many files were left out. It is kept beside the model, in place of the one before.
    """
    path = path_of(args, "model")
    network = build_network(read_model(path))
    loss = text_of(args, "loss", "") or loss_of(path)
    source = open_source(path_of(args, "source"), network.classes)
    run = _Run(network, source, _encoding(network, args), _limits(network, args), channel)
    run.read(number_of(args, "limit", 1, 1 << 40))
    if not run.labels:
        raise BadInput("None of the files can be used as an image.", refused=len(run.refused))
    channel.progress("score", 0, 1)
    found = evaluate_logits(network.classes, np.concatenate(run.logits), np.array(run.labels), loss, run.names)
    keep_evaluation(path, found)
    channel.rows("misclassified", [list(one) for one in found.misclassified[:MAX_TOLD]])
    channel.rows("refused", [list(one) for one in run.refused[:MAX_REFUSED]])
    return {**found.as_json(most=0), "refused": len(run.refused)}


def last_test(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{model}``: the last test that was kept, told as :func:`evaluate_model` does; ``{"count": 0}`` if none was."""
    found = read_evaluation(path_of(args, "model"))
    if found is None:
        return {"count": 0}
    channel.rows("misclassified", [list(one) for one in found.misclassified])
    return {**found.as_json(most=0), "refused": 0}


def predict_image(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{model, image[, fit][, window]}``: what the model says about one picture.

    ``{classes, probabilities, said, loss, seen}``; ``seen`` is the picture as the model sees it, a PNG in base64.
    """
    path = path_of(args, "model")
    network = build_network(read_model(path))
    channel.check()
    with quiet_decoders():
        picture = open_picture(path_of(args, "image"), _limits(network, args))
        pixels = encode(picture, _encoding(network, args))
    logits, loss = predict(network, pixels[None]), loss_of(path)
    if not np.isfinite(logits).all():
        raise StoreDamaged("The model gives no numbers for this picture.")
    return {
        "classes": list(network.classes),
        "probabilities": probabilities(logits, loss)[0].tolist(),
        "said": int(logits[0].argmax()),
        "loss": loss,
        "seen": as_png(pixels, network.bits, MAX_SIDE),
    }


def thumbnails(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{model, source, files[, side][, fit][, window]}``: pictures of a test as the model saw them.

    A part ``{"file", "png"}`` for each of at most 64 files, or ``{"file", "error"}`` where it cannot be read any more;
    ``{count}``.
    """
    network = build_network(read_model(path_of(args, "model")))
    source = path_of(args, "source")
    root = (source if source.is_dir() else source.parent).resolve()
    files, side = texts_of(args, "files", MAX_THUMBNAILS), number_of(args, "side", 16, MAX_SIDE) or 128
    encoding, limits = _encoding(network, args), _limits(network, args)
    for name in files:
        try:
            with quiet_decoders():
                pixels = encode(open_picture(resolve_inside(root, name), limits), encoding)
            channel.part({"file": name, "png": as_png(pixels, network.bits, side)})
        except BadImage as error:
            channel.part({"file": name, "error": error.as_dict()})
    return {"count": len(files)}


class _Run:
    """Reads a source and predicts batch by batch: of all pictures only a few are in memory at a time."""

    def __init__(self, network: Network, source: Source, encoding: Encoding, limits: Limits, channel: Channel) -> None:
        self._network, self._source, self._channel = network, source, channel
        self._encoding, self._limits = encoding, limits
        self.logits: list[Tensor] = []
        self.labels: list[int] = []
        self.names: list[str] = []
        self.refused: list[Refusal] = []

    def read(self, most: int | None) -> None:
        """All files, or the first ``most`` of those that can be read."""
        items = list(self._listed())
        batch: list[npt.NDArray[Any]] = []
        reading = read_in_order(self._source, items, self._encoding, self._limits, lambda: self._channel.is_cancelled)
        with closing(reading) as results:
            for done, result in enumerate(results, start=1):
                if isinstance(result, Refusal):
                    self.refused.append(result)
                else:
                    item, pixels = result
                    batch.append(pixels)
                    self.labels.append(item.label)
                    self.names.append(item.name)
                if len(batch) == BATCH:
                    self._predict(batch)
                self._channel.progress("test", done, len(items))
                if most is not None and len(self.labels) == most:
                    break
        self._predict(batch)

    def _listed(self) -> Iterator[Item]:
        for entry in self._source.items():
            if isinstance(entry, Refusal):
                self.refused.append(entry)
            else:
                yield entry

    def _predict(self, batch: list[npt.NDArray[Any]]) -> None:
        if batch:
            self.logits.append(predict(self._network, np.stack(batch)))
            batch.clear()


def _encoding(network: Network, args: dict[str, Any]) -> Encoding:
    height, width, channels = network.shape
    return Encoding(height, width, channels, network.bits, text_of(args, "fit", FITS[0]))


def _limits(network: Network, args: dict[str, Any]) -> Limits:
    return Limits(_MAX_PIXELS, pair_of(args, "window"), max(network.shape[:2]))


def as_png(pixels: npt.NDArray[Any], bits: int, side: int) -> str:
    """Pixels ``[h, w, c]`` as a PNG of at most ``side``, enlarged by whole numbers so that each pixel stays square."""
    shown = (pixels.astype(np.uint32) * 255 // ((1 << bits) - 1)).astype(np.uint8)
    image = Image.fromarray(shown[:, :, 0] if shown.shape[2] == 1 else shown)
    factor = side // max(image.size)
    if factor > 1:
        image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()
