"""The card of a model in the helper process: everything that is known here about it, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from common.errors import BadInput
from common.net.files import write_private
from common.version import program_version
from desktop_client.reveal.card.page import CardDataset, CardFacts, render_card
from desktop_client.reveal.combine import read_model
from desktop_client.reveal.kept.record import read_evaluation, read_record
from desktop_client.reveal.kept.verify import verify_model
from desktop_client.reveal.metrics import Metrics
from desktop_client.reveal.network import build_network
from desktop_client.upload.logbook.book import LogBook
from desktop_client.worker.arguments import path_of, profile_of, text_of
from desktop_client.worker.channel import Channel

_MAX_ROWS: Final = 1000


def write_card(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, model, language[, datasets][, metrics][, title][, out]}``: the page, and the file if there is one.

    ``datasets`` are objects with ``id``, ``owner`` and maybe ``name`` and ``images``; ``metrics`` those of each epoch;
    the page is self-contained HTML. ``{html, file}``.
    """
    path, profile = path_of(args, "model"), profile_of(args)
    book = LogBook(profile.root)
    state = book.state()
    channel.check()
    model = read_model(path)
    facts = CardFacts(
        network=build_network(model),
        epoch=int(model.header["epoch"]),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=program_version(),
        record=read_record(path),
        evaluation=read_evaluation(path),
        metrics=[_metrics(row) for row in _rows(args, "metrics")],
        checks=verify_model(path, book.sealed if state.size else None),
        datasets=[_dataset(row) for row in _rows(args, "datasets")],
        log=(state.size, book.tree(state.size).root().hex()) if state.size else None,
        title=text_of(args, "title", ""),
    )
    page = render_card(facts, text_of(args, "language"))
    channel.check()
    out = text_of(args, "out", "")
    if out:
        write_private(path_of(args, "out"), page.encode())
    return {"html": page, "file": out}


def _rows(args: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = args.get(name, [])
    if not isinstance(value, list) or len(value) > _MAX_ROWS or not all(isinstance(one, dict) for one in value):
        raise BadInput(f"The request has no valid {name!r}.", field=name)
    return value


def _metrics(row: dict[str, Any]) -> Metrics:
    try:
        return Metrics(**row)
    except TypeError as error:
        raise BadInput("The request has no valid 'metrics'.", field="metrics") from error


def _dataset(row: dict[str, Any]) -> CardDataset:
    try:
        return CardDataset(**row)
    except TypeError as error:
        raise BadInput("The request has no valid 'datasets'.", field="datasets") from error
