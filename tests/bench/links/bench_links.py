"""How much a distance between both servers costs: preparation and online of a training step and of a ReLU, by link.

Run it: ``python -m tests.bench.links.bench_links``, or ``make bench``. One line of JSON comes out. Every row says how
long its bytes take on the link alone, and how long its rounds: what is left is work that nothing else covers.
"""

from __future__ import annotations

import argparse
import json
from typing import Any, Final

from tests.bench.links.slow import SlowLink
from tests.bench.rows import Row, measure
from tests.bench.two_processes import LOOPBACK, Place, machine

LINKS: Final = (None, SlowLink(20, 700), SlowLink(40, 100))
WORKS: Final = (("W2", "hybrid"), ("W5", "cot"), ("W5", "hybrid"))
REPEATS: Final = 3


def row(work: str, source: str, link: SlowLink | None, repeats: int) -> Row:
    """One measurement. Bytes of both parties are taken to be shared equally between the two directions."""
    found = measure(work, source, "cpu", repeats, LOOPBACK if link is None else Place(link=link))
    found["link"] = None if link is None else [link.round_trip_ms, link.mbit]
    if link is not None:
        found["online_bytes_seconds"] = round(found["bytes_both_parties"] / 2 / link.bytes_per_second, 3)
        found["online_rounds_seconds"] = round(found["rounds"] * link.delay, 3)
        found["preparation_bytes_seconds"] = round(found["preparation_bytes"] / 2 / link.bytes_per_second, 3)
    return found


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """All rows, or those of a work."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.links.bench_links", description=__doc__)
    parser.add_argument("--only", default="", help="one work, such as W2")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args(arguments)
    wanted = [(work, source) for work, source in WORKS if options.only in ("", work)]
    rows = [row(work, source, link, options.repeats) for work, source in wanted for link in LINKS]
    return {"bench": "links", "machine": machine(), "rows": rows}


def test_bench_links_prints_its_figures() -> None:
    print(json.dumps(main([])))


if __name__ == "__main__":
    print(json.dumps(main()))
