"""Makes wire_trace.baseline: the digest of everything each protocol sends with fixed seeds.

Run it: ``python -m tests.vectors.generate.wire_trace > tests/vectors/wire_trace.baseline``, and only after a change of
the protocol that was meant: the spec changes with it, because two servers of different versions cannot work together.
"""

from __future__ import annotations

from tests.helpers.two_party.traces import TRACES, trace

if __name__ == "__main__":
    print("# Made by tests/vectors/generate/wire_trace.py: for each direction bytes with headers, SHA-256 of them.")
    for name in TRACES:
        print(trace(name))
