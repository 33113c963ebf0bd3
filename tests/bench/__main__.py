"""How fast the engine is: ``python -m tests.bench --out FILE.json [--only W1,W5] [--source helper]``.

Two processes on loopback joined by mutual TLS; with the source ``helper`` a third one deals the correlations.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from server_node.offline.sources import OWN_SOURCES
from tests.bench.links.slow import SlowLink
from tests.bench.rows import Row, measure
from tests.bench.two_processes import LOOPBACK, Place, machine
from tests.bench.works import WORKS

SOURCES = ("helper", *OWN_SOURCES)
DEVICES = ("cpu", "cuda")
QUICK_REPEATS = 5


def run_rows(
    only: list[str], source: str, repeats: int, device: str = "cpu", place: Place = LOOPBACK
) -> list[Row]:
    """A row for each piece of work, in order."""
    return [measure(work, source, device, repeats, place) for work in only]


def _place(text: str) -> Place:
    first, second, host = text.split(",")
    return Place((first, second), host)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Measure what was asked for, write and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures to this file")
    parser.add_argument("--only", default=",".join(WORKS), help="work to measure, with commas")
    parser.add_argument("--source", choices=SOURCES, default="helper")
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--repeats", type=int, default=QUICK_REPEATS)
    parser.add_argument(
        "--across", type=_place, default=LOOPBACK, metavar="SPACE-A,SPACE-B,ADDRESS-OF-A", help="network namespaces"
    )
    parser.add_argument("--link", type=SlowLink.parse, metavar="MS,MBIT", help="slow both parties' link down")
    options = parser.parse_args(arguments)
    only = options.only.split(",")
    if unknown := set(only) - set(WORKS):
        parser.error(f"no such work: {', '.join(sorted(unknown))}; there is {', '.join(WORKS)}")
    rows = run_rows(only, options.source, options.repeats, options.device, replace(options.across, link=options.link))
    report = {"machine": machine(), "rows": rows}
    text = json.dumps(report, indent=1)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return report


if __name__ == "__main__":
    main()
