"""`scan`: what was brought, file by file, by what the headers say."""

from __future__ import annotations

from typing import Any, Final

from desktop_client.offline_plugin.gathering.loose import MAX_PATHS, open_loose
from desktop_client.offline_plugin.gathering.scan import Found, Summary
from desktop_client.offline_plugin.gathering.scan import scan as scan_source
from desktop_client.offline_plugin.images import Limits
from desktop_client.offline_plugin.sources import Item, Refusal, Source
from desktop_client.worker.arguments import number_of, paths_of
from desktop_client.worker.channel import Channel

_MOST_PIXELS: Final = 1 << 40


def scan(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{paths, max_pixels?}``: list files and folders that were brought together.

    Parts are ``{"rows": [[file, class, width, height, kind, bytes], ...]}`` and
    ``{"refused": [[file, code, text], ...]}``; the result has counts, sizes and a form that would fit.
    """
    source = open_loose(paths_of(args, "paths", MAX_PATHS))
    limit = number_of(args, "max_pixels", 1, _MOST_PIXELS) or Limits().max_pixels
    entries = _listed(source, channel)
    summary, done = Summary(source.classes), 0
    for batch in scan_source(source, entries, limit, lambda: channel.is_cancelled):
        summary.add(batch)
        done += len(batch)
        _send(batch, source.classes, channel)
        channel.progress("scan", done, len(entries))
    return summary.value()


def refused_rows(refused: list[Refusal]) -> list[list[str]]:
    """Refusals as rows of file, code and text."""
    return [[entry.file, entry.code, entry.reason] for entry in refused]


def _listed(source: Source, channel: Channel) -> list[Item | Refusal]:
    found: list[Item | Refusal] = []
    for entry in source.items():
        found.append(entry)
        if len(found) % 1000 == 0:
            channel.progress("list", len(found), 0)
    return found


def _send(batch: list[Found | Refusal], classes: tuple[str, ...], channel: Channel) -> None:
    good = [entry for entry in batch if isinstance(entry, Found)]
    rows = [
        [e.item.name, classes[e.item.label], e.header.width, e.header.height, e.header.kind, e.header.bytes]
        for e in good
    ]
    channel.rows("rows", rows)
    channel.rows("refused", refused_rows([entry for entry in batch if isinstance(entry, Refusal)]))
