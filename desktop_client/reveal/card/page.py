"""The card as one HTML page with everything in it: no script, no link, nothing that is fetched.

It keeps to what a plain rich-text renderer knows (tables, simple styles, PNG images inside the page), so that a window
can print it. Whatever a person or a server wrote is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from common.errors import UsageError
from common.specification import Specification
from desktop_client.plain import plain
from desktop_client.reveal.card.charts import PALETTE, Line, calibration_chart, line_chart, roc_chart
from desktop_client.reveal.card.texts import LANGUAGES
from desktop_client.reveal.evaluation.curves import RocCurve
from desktop_client.reveal.evaluation.result import Evaluation
from desktop_client.reveal.kept.record import ModelRecord
from desktop_client.reveal.kept.verify import Check
from desktop_client.reveal.metrics import Metrics
from desktop_client.reveal.network import Network

_MAX_CONFUSION: Final = 20
"""Classes that a matrix on paper can have; with more only the table of classes is shown."""
_MAX_EPOCHS: Final = 30
_CODES: Final = {"network": "network-runs", "epochs": "epochs-agreed"}
_COLORS: Final = {"proved": "#1a7f37", "failed": "#b42318"}
_STYLE: Final = """
body { font-family: "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "Segoe UI", "Helvetica", sans-serif;
       font-size: 10pt; color: #1f2937; }
h1 { font-size: 20pt; margin-bottom: 2px; }
h2 { font-size: 13pt; color: #1f4e8c; margin-top: 16px; margin-bottom: 6px; }
p { margin-top: 3px; margin-bottom: 3px; }
table.grid { border-collapse: collapse; border-style: solid; border-color: #cbd5e1; }
td, th { padding: 3px 8px; text-align: left; vertical-align: top; }
th { background-color: #eef2f7; font-weight: 600; }
td.name { color: #4b5563; }
p.note { color: #4b5563; font-size: 9pt; }
td.hash { font-family: "Consolas", "Menlo", "DejaVu Sans Mono", monospace; font-size: 8pt; }
"""


@dataclass(frozen=True)
class CardDataset:
    """A data set as far as the maker of the card knows it."""

    id: str
    owner: str
    name: str = ""
    images: int | None = None


@dataclass(frozen=True)
class CardFacts:
    """Everything that goes into a card; what is missing is said to be unknown."""

    network: Network
    epoch: int
    made: str
    version: str
    record: ModelRecord | None = None
    evaluation: Evaluation | None = None
    metrics: Sequence[Metrics] = ()
    checks: Sequence[Check] = ()
    datasets: Sequence[CardDataset] = ()
    log: tuple[int, str] | None = None
    title: str = field(default="")


def render_card(facts: CardFacts, language: str) -> str:
    """The page in ``en`` or ``zh``.

    Raises:
        UsageError: another language.
        SpecRefused: the record of the model holds no specification.
    """
    if language not in LANGUAGES:
        raise UsageError(f"A model card is written in one of {', '.join(LANGUAGES)}.")
    return _Card(facts, language).html()


class _Card:
    """Builds the page section by section."""

    def __init__(self, facts: CardFacts, language: str) -> None:
        self._facts, self._language, self._words = facts, language, LANGUAGES[language]
        self._spec: Specification | None = facts.record.agreed() if facts.record is not None else None

    def html(self) -> str:
        facts = self._facts
        name = facts.title or (str(self._spec.body["name"]) if self._spec else self._t("unknown"))
        sections = (
            ("about", self._about()),
            ("data", self._data()),
            ("protection", self._protection()),
            ("training", self._training()),
            ("progress", self._progress()),
            ("results", self._results()),
            ("proofs", self._proofs()),
            ("limits", self._limits()),
            ("versions", self._versions()),
        )
        body = "".join(f"<h2>{self._t(key)}</h2>{''.join(parts)}" for key, parts in sections)
        head = f"{self._t('title')}: {_e(name)}"
        return (
            f'<!DOCTYPE html><html lang="{self._language}"><head><meta charset="utf-8"><title>{head}</title>'
            f"<style>{_STYLE}</style></head><body><h1>{head}</h1>"
            f'<p class="note">{self._t("made", time=_e(facts.made), version=_e(facts.version))}</p>{body}</body></html>'
        )

    def _about(self) -> Iterable[str]:
        spec, network = self._spec, self._facts.network
        height, width, channels = network.shape
        size = {"height": height, "width": width, "channels": channels, "bits": network.bits}
        layers = " → ".join(node["op"] for node in network.architecture.nodes)
        rows = []
        if spec is not None and self._facts.record is not None:
            rows += [
                ("project", f"{_e(spec.body['name'])} ({_e(spec.project_id)})"),
                ("purpose", _e(spec.body["purpose"]) or self._t("none")),
                ("revision", f"{spec.revision}"),
                ("signed_by", _e(spec.body["owner"])),
                ("recipients", _e(", ".join(spec.recipients))),
                ("job", _e(self._facts.record.job)),
            ]
        rows += [
            ("network", _e(spec.model.name) if spec else self._t("unknown")),
            ("layers", _e(layers)),
            ("parameters", f"{sum(tensor.size for tensor in network.tensors.values()):,}"),
            ("input", self._t("input_value", **size)),
            ("classes", _e(", ".join(network.classes))),
        ]
        yield self._pairs(rows)

    def _data(self) -> Iterable[str]:
        known = {one.id: one for one in self._facts.datasets}
        if self._spec is not None:
            listed = [known.get(one, CardDataset(one, self._spec.owner_of(one))) for one in self._spec.dataset_ids]
        else:
            listed = list(self._facts.datasets)
        if not listed:
            yield f"<p>{self._t('unknown')}</p>"
            return
        rows = [
            (
                _e(one.name or one.id[:16]),
                _e(one.owner),
                self._t("unknown") if one.images is None else f"{one.images:,}",
            )
            for one in listed
        ]
        yield self._table(("dataset", "owner", "images"), rows, numbers=1)

    def _protection(self) -> Iterable[str]:
        spec = self._spec
        rows = [("sharing", self._t("sharing_value")), ("trust", self._t("trust_value"))]
        if spec is not None:
            mask = self._t("yes" if spec.hiding.mask else "no")
            rows += [
                ("mixing", self._t("mixing_value", k=spec.hiding.k, mask=mask)),
                ("preparation", self._t(f"preparation_{spec.preparation}")),
                ("server_a", _e(spec.body["servers"]["a"])),
                ("server_b", _e(spec.body["servers"]["b"])),
            ]
        yield self._pairs(rows)

    def _training(self) -> Iterable[str]:
        rows = [("epochs", f"{self._facts.epoch}")]
        if self._spec is not None:
            training, body = self._spec.training, self._spec.body["training"]
            rows += [
                ("batch", f"{training.batch}"),
                ("loss", _e(training.loss)),
                ("optimizer", _e(training.optimizer)),
                ("rate", f"{_e(body['learning_rate'])} ({_e(training.schedule)})"),
                ("held_back", f"{training.validation}"),
            ]
        yield self._pairs(rows)

    def _progress(self) -> Iterable[str]:
        metrics = self._facts.metrics
        if not metrics:
            yield f"<p>{self._t('no_metrics')}</p>"
            return
        names = ("accuracy", "precision", "recall")
        lines = [
            Line([(one.epoch, getattr(one, name)) for one in metrics], PALETTE[place])
            for place, name in enumerate(names)
        ]
        yield _image(line_chart(lines, (520, 240), (metrics[0].epoch, metrics[-1].epoch)))
        yield self._legend([(PALETTE[place], self._t(name)) for place, name in enumerate(names)])
        rows = [
            (f"{one.epoch}", f"{one.loss:.4f}", *(_percent(getattr(one, name)) for name in names))
            for one in _thinned(metrics)
        ]
        yield self._table(("epoch", "loss", *names), rows, numbers=5)

    def _results(self) -> Iterable[str]:
        found = self._facts.evaluation
        if found is None:
            yield f"<p>{self._t('not_tested')}</p>"
            return
        low, high = (_percent(bound) for bound in found.interval)
        macro = {name: _percent(getattr(found.macro, name)) for name in ("precision", "recall", "f1")}
        yield f"<p>{self._t('tested_on', count=f'{found.count:,}')}</p>"
        yield f"<p><b>{self._t('interval', accuracy=_percent(found.accuracy), low=low, high=high)}</b></p>"
        yield f"<p>{self._t('macro', **macro, auc=_decimal(found.macro_curve.area))}</p>"
        yield f"<p>{self._t('calibration', error=_percent(found.calibration.error))}</p>"
        rows = [
            (_e(one.name), f"{one.count:,}", *map(_percent, (one.precision, one.recall, one.f1)), _decimal(one.auc))
            for one in found.classes
        ]
        yield self._table(("class", "count", "precision", "recall", "f1", "auc"), rows, numbers=5)
        if len(found.classes) <= _MAX_CONFUSION:
            yield f'<p class="note">{self._t("confusion")}</p>'
            yield self._matrix(found)
        yield from self._curves(found)

    def _matrix(self, found: Evaluation) -> str:
        """Shaded by the share of each row."""
        names = [_e(one.name) for one in found.classes]
        lines = [_cell("th", "left", "") + "".join(_cell("th", "right", name) for name in names)]
        for name, counts in zip(names, found.confusion.tolist(), strict=True):
            whole = max(1, sum(counts))
            cells = (_cell("td", "right", f"{one}", _shade(one / whole)) for one in counts)
            lines.append(_cell("th", "left", name) + "".join(cells))
        return _grid(lines)

    def _curves(self, found: Evaluation) -> Iterable[str]:
        bins = [(one.confidence, one.accuracy) for one in found.calibration.bins]
        reliable = [(sure, right) for sure, right in bins if sure is not None and right is not None]
        drawn = [curve for curve in found.curves if curve.area is not None]
        roc = roc_chart([_points(curve) for curve in drawn[: len(PALETTE)]], _points(found.macro_curve))
        yield (
            f'<table cellspacing="0"><tr><td><p class="note">{self._t("roc")}</p>{_image(roc)}</td>'
            f'<td><p class="note">{self._t("reliability")}</p>{_image(calibration_chart(reliable))}</td></tr></table>'
        )
        names = [(PALETTE[place], _e(curve.name)) for place, curve in enumerate(drawn[: len(PALETTE)])]
        yield self._legend([*names, ("#1f2937", self._t("mean_curve"))])

    def _proofs(self) -> Iterable[str]:
        rows = []
        for check in self._facts.checks:
            color = _COLORS.get(check.standing, "#4b5563")
            row = f" ({self._t('row', row=check.details['row'])})" if "row" in check.details else ""
            standing = f'<font color="{color}">{self._t(check.standing)}</font>{row}'
            rows.append((self._t(_CODES.get(check.code, check.code)), standing))
        if rows:
            yield self._table(("point", "standing"), rows, numbers=0)
        log = self._facts.log
        text = self._t("no_log") if log is None else self._t("log_reference", size=f"{log[0]:,}", root=_e(log[1]))
        yield f'<p class="note">{text}</p>'

    def _limits(self) -> Iterable[str]:
        names = ("limit_device", "limit_data", "limit_private", "limit_honest", "limit_mixing")
        yield "<ul>" + "".join(f"<li>{self._t(name)}</li>" for name in names) + "</ul>"

    def _versions(self) -> Iterable[str]:
        record = self._facts.record
        rows = [("format", "model-v2 (.igm)")]
        if record is not None:
            rows += [
                ("fetched", _e(record.fetched)),
                ("hash_specification", self._spec.hash if self._spec else ""),
                ("hash_file", _e(record.file_hash)),
                ("hash_a", _e(record.sealed_a)),
                ("hash_b", _e(record.sealed_b)),
            ]
        yield self._pairs(rows)

    def _t(self, key: str, **values: object) -> str:
        """A text of the card; values are put in as they are and must be escaped."""
        return escape(self._words[key]).format(**values)

    def _pairs(self, rows: Sequence[tuple[str, str]]) -> str:
        kind = {name: "hash" if name.startswith(("hash", "server")) or name == "job" else "value" for name, _ in rows}
        cells = (
            f'<tr><td class="name" width="170">{self._t(name)}</td><td class="{kind[name]}">{value}</td></tr>'
            for name, value in rows
        )
        return f'<table cellspacing="0" width="100%">{"".join(cells)}</table>'

    def _table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> str:
        """The last ``numbers`` columns are set to the right."""
        sides = ["left"] * (len(heads) - numbers) + ["right"] * numbers

        def line(tag: str, values: Iterable[str]) -> str:
            return "".join(_cell(tag, side, value) for side, value in zip(sides, values, strict=True))

        return _grid([line("th", (self._t(head) for head in heads)), *(line("td", row) for row in rows)])

    def _legend(self, entries: Sequence[tuple[str, str]]) -> str:
        marks = "&nbsp;&nbsp; ".join(f'<font color="{color}">■</font> {name}' for color, name in entries)
        return f'<p class="note">{marks}</p>'


def _e(value: object) -> str:
    return escape(plain(value))


def _grid(lines: Sequence[str]) -> str:
    """A table with thin lines, of rows that are made of :func:`_cell`."""
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="grid" border="1" cellspacing="0" cellpadding="3">{body}</table>'


def _cell(tag: str, side: str, value: str, color: str = "") -> str:
    shade = f' bgcolor="{color}"' if color else ""
    return f'<{tag} align="{side}"{shade} style="border: 1px solid #cbd5e1">{value}</{tag}>'


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _image(png: bytes) -> str:
    return f'<p><img src="data:image/png;base64,{base64.b64encode(png).decode()}"></p>'


def _points(curve: RocCurve) -> list[tuple[float, float]]:
    return list(zip(curve.false_positive, curve.true_positive, strict=True))


def _shade(share: float) -> str:
    """White to blue."""
    red, green, blue = (round(255 - share * (255 - end)) for end in (120, 170, 240))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _thinned(metrics: Sequence[Metrics]) -> list[Metrics]:
    """The last epoch and some on the way, no more than fit on a page."""
    step = -(-len(metrics) // _MAX_EPOCHS)
    return [one for place, one in enumerate(reversed(metrics)) if place % step == 0][::-1]
