"""Our own rows of the same work."""

from __future__ import annotations

from typing import Any

from tests.bench.peers.failures import PeerFailed


def measure_ours(work: str, source: str, repeats: int) -> dict[str, Any]:
    """The row of one piece of work with one source of correlations.

    Raises:
        PeerFailed: our own bench does not have this work, or it failed.
    """
    # Ours alone needs the engine: without it the peers can still be measured.
    from tests.bench.__main__ import run_rows
    from tests.bench.works import WORKS

    if work not in WORKS:
        raise PeerFailed(f"our own bench has no {work}")
    try:
        return run_rows([work], source, repeats)[0]
    except Exception as error:
        raise PeerFailed(f"our own {work} failed: {error!r}") from error
