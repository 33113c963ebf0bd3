"""Keeps a core busy as another worker on the same machine would, until whoever started it goes away."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from common.crypto.prg import KEY_BYTES, Stream

_WORDS: Final = 1 << 18


@contextmanager
def company(is_wanted: bool) -> Iterator[None]:
    """While the context is open a second process computes, if it is wanted."""
    if not is_wanted:
        yield
        return
    command = [sys.executable, "-m", "server_node.estimate.measuring.companion"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdout.read(1)
            yield
        finally:
            process.kill()


def main() -> None:
    """Fill, add and move memory until standard input is closed."""
    stream, total = Stream(bytes(KEY_BYTES)), np.zeros(_WORDS, np.uint64)
    sys.stdout.write("1")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0)[0]:
        total += stream.words(_WORDS)


if __name__ == "__main__":
    main()
