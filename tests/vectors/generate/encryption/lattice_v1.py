"""Makes lattice_v1.json from the product's own code: polynomials, the packing of residues, a matrix product and slots.

Run it: ``python -m tests.vectors.generate.encryption.lattice_v1 > tests/vectors/lattice_v1.json``;
``tests/vectors/verify/encryption/lattice_v1.py`` checks it with a second implementation. Messages are long, so they are
kept as their digest, size and first bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from common.ids import Party
from common.net.channel import Channel
from server_node.offline.arithmetic import Factors
from server_node.offline.lattice.matrices import MatrixProducts
from server_node.offline.lattice.ring import transform
from server_node.offline.lattice.ring.parameters import DEGREE, PLAIN_PRIMES, PRIMES
from server_node.offline.lattice.ring.sampling import expand
from server_node.offline.lattice.session import LatticeSession
from server_node.offline.lattice.slots import SlotProducts
from server_node.offline.lattice.tiles import Shape, pieces
from server_node.offline.lattice.wire import send_residues
from tests.helpers.seeded import SeededRandom
from tests.helpers.simulate import run_two
from tests.helpers.two_party.channels import Transcript, listen

Words = npt.NDArray[np.uint64]
UNIFORM_SEED = bytes(range(32))
POLYNOMIALS = (0, 1, 22830)
"""In the last one a word of the stream is not below its prime."""
BITS, SLOT_BITS = 48, 16
SHAPE = (2, 3, 2)
SLOTS = 3
SHAPES = [
    (1, 1, 1, 64),
    (128, 784, 128, 48),
    (784, 128, 128, 56),
    (73728, 25, 20, 48),
    (25, 73728, 20, 56),
    (100, 90000, 3000, 40),
]


def vectors() -> dict[str, Any]:
    return {
        "about": "lattice-v1: uniform polynomials, transform, packed residues, tiles, a matrix product and slots",
        "source": "tests/vectors/generate/encryption/lattice_v1.py",
        "check": "tests/vectors/verify/encryption/lattice_v1.py",
        "uniform": {"seed": UNIFORM_SEED.hex(), "polynomials": [_uniform(index) for index in POLYNOMIALS]},
        "transform": [_transform(prime) for prime in (*PRIMES, *PLAIN_PRIMES)],
        "packed": _brief(_packed()),
        "tiles": [_tiles(*sizes) for sizes in SHAPES],
        "matrix": _matrix(),
        "slots": _slots(),
    }


def _brief(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "begins": data[:16].hex()}


def _uniform(index: int) -> dict[str, Any]:
    return {"index": index, **_brief(expand(UNIFORM_SEED, 1, index).tobytes())}


def _transform(prime: int) -> dict[str, Any]:
    """Of the polynomial with the coefficients j^3 + 1."""
    rows = np.array([[(j**3 + 1) % prime for j in range(DEGREE)]], np.uint64)
    transform.forward(rows, prime)
    return {"prime": prime, **_brief(rows.tobytes())}


def _packed() -> bytes:
    """Polynomial 1 of the uniform ones as it would be sent."""

    def play(party: Party, channel: Channel) -> bytes:
        if party is Party.P0:
            send_residues(channel, "lattice-requests", expand(UNIFORM_SEED, 1, 1))
            return b""
        packed = np.empty(len(PRIMES) * DEGREE * 50 // 8, np.uint8)
        return channel.receive("lattice-requests", packed).tobytes()

    return run_two(play).results[1]


def _tiles(rows: int, inner: int, columns: int, bits: int) -> dict[str, Any]:
    found = pieces(Shape(rows, inner, columns, bits))
    return {
        "shape": [rows, inner, columns, bits],
        "pieces": [
            [piece.rows.start, piece.rows.stop, piece.inner.start, piece.inner.stop, int(piece.is_flipped)]
            + [piece.tile.rows, piece.tile.inner, piece.tile.columns]
            for piece in found
        ],
    }


def words(name: str, *shape: int) -> Words:
    """The same words in every run."""
    size = 8 * int(np.prod(shape))
    return np.frombuffer(SeededRandom(f"lattice_v1 {name}").token(size), np.uint64).reshape(shape)


def _run(play: Callable[[Party, LatticeSession], Any]) -> tuple[list[Any], list[list[dict[str, Any]]]]:
    """Results, and what each party sent."""

    def run(party: Party, channel: Channel) -> tuple[Any, Transcript]:
        notes = listen(channel)
        session = LatticeSession(channel, SeededRandom(f"lattice_v1 session {party.letter}"))
        result = play(party, session)
        session.close()
        return result, notes

    (first, to_a), (second, to_b) = run_two(run).results
    return [first, second], [[{"step": step, **_brief(body)} for step, body in notes] for notes in (to_b, to_a)]


def _matrix() -> dict[str, Any]:
    (m, k, n), masks = SHAPE, np.uint64((1 << BITS) - 1)
    factors = [Factors(words(f"left {p.letter}", m, k), words(f"right {p.letter}", k, n), BITS) for p in Party]
    shares, sent = _run(lambda party, session: next(MatrixProducts(session).run(iter([factors[party]])))[1])
    return {
        "shape": [m, k, n, BITS],
        "left": [one.left.tolist() for one in factors],
        "right": [one.right.tolist() for one in factors],
        "sent": sent,
        "shares": [(share & masks).tolist() for share in shares],
    }


def _slots() -> dict[str, Any]:
    own = [words(f"encrypted {p.letter}", SLOTS) for p in Party], [words(f"plain {p.letter}", SLOTS) for p in Party]
    shares, sent = _run(lambda party, session: SlotProducts(session).run(own[0][party], own[1][party], SLOT_BITS))
    masks = np.uint64((1 << SLOT_BITS) - 1)
    return {
        "bits": SLOT_BITS,
        "encrypted": [one.tolist() for one in own[0]],
        "plain": [one.tolist() for one in own[1]],
        "sent": sent,
        "as_owner": [(both[0] & masks).tolist() for both in shares],
        "as_evaluator": [(both[1] & masks).tolist() for both in shares],
    }


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
