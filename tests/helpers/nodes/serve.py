"""Serves the server node in a folder as a process of its own, with the fake worker: ``serve.py FOLDER``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from common.logs import setup_logging
from common.net.identity import load_node_identity
from server_node.app import Plan, run_node
from server_node.settings import load
from tests.helpers.nodes.local import fake_command


def main() -> None:
    folder = Path(sys.argv[1])
    setup_logging("imguard-server", "INFO")
    plan = Plan(folder, load_node_identity(folder), load(folder), "test", fake_command)
    asyncio.run(run_node(plan, lambda address: print(f"ready {address}", flush=True)))


if __name__ == "__main__":
    main()
