"""How fast others are at the same work: ``python -m tests.bench.peers --out FILE.json [--only W1,W5]``.

Installs CrypTen and SPU into environments of their own, once, and runs them and ours in turns. Both parties run on this
machine, the peers over plain TCP as they do by default, ours over TLS. With two parties alone and nobody who deals::

    --systems spu-cheetah,ours-cot,ours-hybrid

Another network than loopback::

    --hosts 10.0.0.1,10.0.0.2 --interface NAME --prefix-a "ip netns exec A" --prefix-b "ip netns exec B"
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from tests.bench.peers.contest import measure
from tests.bench.peers.environments import DEFAULT_FOLDER
from tests.bench.peers.report import heading, lines, with_ratios
from tests.bench.peers.systems import OURS, PEERS, Place
from tests.bench.peers.workers.works import WORKS

LOOPBACK = "127.0.0.1,127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for, print the table, write the file; 1 if anything failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    only, systems = options.only.split(","), options.systems.split(",")
    for asked, known in ((only, [*WORKS]), (systems, [*PEERS, *OURS])):
        if unknown := set(asked) - set(known):
            parser.error(f"there is no {', '.join(sorted(unknown))}; there is {', '.join(known)}")
    hosts = options.hosts.split(",")
    if len(hosts) != 2 or options.repeats < 1:
        parser.error("--hosts takes two addresses with a comma between them, --repeats at least 1")
    prefixes = (tuple(shlex.split(options.prefix_a)), tuple(shlex.split(options.prefix_b)))
    place = Place((hosts[0], hosts[1]), prefixes, options.interface, options.threads, options.environments)
    rows: list[dict[str, Any]] = []
    load = [os.getloadavg()[0]]
    _say(heading())
    for work in only:
        found = with_ratios(measure(work, systems, place, options.repeats))
        load.append(os.getloadavg()[0])
        _say(lines(found))
        rows += found
        _write(options.out, {"machine": _machine(), "threads": options.threads, "load": load, "rows": rows})
    return int(any("failed" in row for row in rows))


def _parser() -> argparse.ArgumentParser:
    usual_threads = max(1, (os.cpu_count() or 2) // 2)
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="write the figures to this file, after every piece of work")
    parser.add_argument("--only", default=",".join(WORKS), help="work to measure, with commas")
    parser.add_argument("--systems", default="crypten,spu,ours", help=f"of {', '.join([*PEERS, *OURS])}")
    parser.add_argument("--repeats", type=int, default=5, help="of heavy work at most 3")
    parser.add_argument("--threads", type=int, default=usual_threads, help="of CrypTen at each party; SPU takes all")
    parser.add_argument("--environments", type=Path, default=DEFAULT_FOLDER, help="where the peers are installed")
    parser.add_argument("--hosts", default=LOOPBACK, help="addresses of the peers' two parties")
    parser.add_argument("--interface", default="lo", help="network interface of those addresses")
    parser.add_argument("--prefix-a", default="", help="words before the command of the first party")
    parser.add_argument("--prefix-b", default="", help="words before the command of the second party")
    return parser


def _machine() -> dict[str, Any]:
    from tests.bench.two_processes import machine

    return machine()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _write(out: Path | None, report: dict[str, Any]) -> None:
    if out:
        out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
