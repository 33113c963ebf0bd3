"""Makes ring_v2.json from the product's own code: wrap bits, truncation, lifting, selection and signs, value by value.

Run it: ``python -m tests.vectors.generate.ring_v2 > tests/vectors/ring_v2.json``;
``tests/vectors/verify/ring_v2.py`` checks it with a second implementation.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch

from common.ids import Party
from common.net.channel import Array, Channel
from server_node.kernels import bits
from server_node.online.circuits import carry_out
from server_node.online.comparison import is_negative, select
from server_node.online.session import Session
from server_node.online.steps import Steps
from server_node.online.truncation import lift, truncate
from tests.helpers.dealer import Dealer
from tests.helpers.simulate import run_two
from tests.helpers.two_party.operations import Shares, share, share_words, uniform

Operation = Callable[..., Steps[torch.Tensor]]
RING = (-(2**63), 2**63 - 1)
WIDE = [0, 1, -1, 65535, 65536, -65536, 2**62 - 1, -(2**62), 12345678901234567, -98765432109876543]
NARROW = [0, 1, -1, 65535, 65536, -65536, 2**31 - 1, -(2**31), 123456789, -987654321]
PIXELS = [0, 1, 127, 128, 254, 255, 1000, 32767, 32766, 2]
COUNT = 10_000
DIGITS = [(0, 0), (15, 15), (15, 0), (15, 1), (0, 15), (8, 8), (8, 7), (7, 9), (3, 12), (10, 5), (6, 11), (1, 1)]
FIELDS = {
    "private_product": ("own", "product"),
    "random_ots": ("own", "chosen", "pad0", "pad1"),
    "digit_pads": ("index", "chosen", "pads"),
}


def vectors() -> dict[str, Any]:
    size = len(WIDE)
    first = uniform(0, 2**16, size, seed=7)
    small = (first, (torch.tensor(PIXELS) - first) % 2**16)
    chosen = share_words(bits.pack(uniform(0, 2, size, seed=3)))
    return {
        "about": "truncation, lifting, selection, a digit and sign of shares with the correlations they use",
        "source": "tests/vectors/generate/ring_v2.py",
        "check": "tests/vectors/verify/ring_v2.py",
        "truncate": [
            _case(_truncate(16), "private_product", WIDE, share(torch.tensor(WIDE))) | {"shift": 16},
            _case(_truncate(33), "private_product", WIDE, share(torch.tensor(WIDE))) | {"shift": 33},
        ],
        "lift": _case(lambda s, x: lift(s, x, 16), "private_product", PIXELS, small) | {"ring_bits": 16},
        "select": _case(select, "random_ots", WIDE, chosen, share(torch.tensor(WIDE))),
        "digit": _digit(),
        "is_negative": _sign(False),
        "is_negative_by_digits": _sign(True),
        "accumulated": {"count": COUNT, "sha256": accumulated(COUNT)},
    }


def _truncate(shift: int) -> Operation:
    def run(session: Session, x: torch.Tensor) -> Steps[torch.Tensor]:
        (out,) = yield from truncate(session, (x, shift))
        return out

    return run


def _numbers(values: torch.Tensor) -> list[str]:
    """Ring elements as unsigned decimals; a string keeps 64 bits in every JSON reader."""
    return [str(value % 2**64) for value in values.reshape(-1).tolist()]


def _case(operation: Operation, kind: str, plain: list[int], *inputs: Shares) -> dict[str, Any]:
    """Inputs, correlation, sent message and result of each party."""

    def play(party: Party, channel: Channel) -> dict[str, Any]:
        dealer, taken, sent = Dealer(party, by_digits=True), {}, []
        give, send = getattr(dealer, kind), channel.send_parts

        def noting(*arguments: Any) -> Any:
            correlation = give(*arguments)
            taken.update({field: _numbers(getattr(correlation, field)) for field in FIELDS[kind]})
            return correlation

        def sending(step: str, parts: Sequence[Array]) -> None:
            sent.append({"step": step, "body": b"".join(part.tobytes() for part in parts).hex()})
            send(step, parts)

        setattr(dealer, kind, noting)
        setattr(channel, "send_parts", sending)
        session = Session(party, dealer, channel)
        result = session.run(operation(session, *(pair[party] for pair in inputs)))
        own = [_numbers(pair[party]) for pair in inputs]
        return {"inputs": own, "correlation": taken, "sent": sent, "result": _numbers(result)}

    return {"plain": [str(value) for value in plain], "parties": list(run_two(play).results)}


def _digit() -> dict[str, Any]:
    """The carry of two digits of four bits, which are private numbers of the parties."""
    first, second = (torch.tensor(column) for column in zip(*DIGITS, strict=True))
    plain = [int(a + b >= 16) for a, b in DIGITS]
    return _case(carry_out, "digit_pads", plain, (bits.planes(first, 4), bits.planes(second, 4)))


def _sign(by_digits: bool) -> dict[str, Any]:
    shares = share(torch.tensor(NARROW))

    def play(party: Party, channel: Channel) -> list[str]:
        session = Session(party, Dealer(party, by_digits=by_digits), channel)
        return _numbers(session.run(is_negative(session, shares[party])))

    return {
        "plain": [str(value) for value in NARROW],
        "inputs": [_numbers(part) for part in shares],
        "results": list(run_two(play).results),
    }


def accumulated(count: int) -> str:
    """SHA-256 over the sums of both results of truncating by 16 bits, for shares that follow from a counter.

    They do not depend on the correlations.
    """
    value = torch.arange(count) * 922_337_203_685_477 - 2**62
    first = torch.arange(count) * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407

    def play(party: Party, channel: Channel) -> torch.Tensor:
        mine = first if party is Party.P0 else value - first
        session = Session(party, Dealer(party), channel)
        return session.run(_truncate(16)(session, mine))

    results = run_two(play).results
    return hashlib.sha256((results[0] + results[1]).numpy().tobytes()).hexdigest()


if __name__ == "__main__":
    json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
