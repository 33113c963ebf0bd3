"""What two processes measure together: one orders, and both do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from common.net.identity import NodeIdentity
from server_node.estimate.counting.recording import Work
from server_node.estimate.measuring.dealer import MeasuredHelper
from server_node.estimate.measuring.link import LinkCost, measure_link
from server_node.estimate.measuring.pair import Pair
from server_node.estimate.measuring.probes import PROBINGS, Costs, measure, source_of
from server_node.estimate.measuring.rehearsal import Place, Rehearsed, rehearse


@dataclass(frozen=True)
class Measuring:
    """What is measured about; ``dealer_port`` is 0 where nobody deals."""

    identity: NodeIdentity
    work: Work
    folder: Path
    device: torch.device
    dealer_port: int

    def link(self, pair: Pair) -> LinkCost:
        """What the link between both costs."""
        pair.order({"do": "link"})
        return measure_link(pair)

    def table(self, pair: Pair, table: str, known: Mapping[str, float]) -> Costs:
        """Seconds of the units of a table; ``known`` has those of tables before it."""
        pair.order({"do": "table", "table": table})
        return self._table(pair, table, known)

    def rehearsed(self, pair: Pair, source: str) -> Rehearsed:
        """The job itself, with correlations as a source lays them out."""
        pair.order({"do": "rehearse", "source": source})
        return self._rehearsed(pair, source)

    def follow(self, pair: Pair) -> None:
        """Do what the other process orders.

        Raises:
            PeerGone: it hung up, which is how this ends.
        """
        while True:
            order = pair.ordered()
            if order["do"] == "table":
                self._table(pair, order["table"], {})
            elif order["do"] == "rehearse":
                self._rehearsed(pair, order["source"])
            else:
                measure_link(pair)

    def _table(self, pair: Pair, table: str, known: Mapping[str, float]) -> Costs:
        return measure(pair, source_of(table, MeasuredHelper(self.identity, self.dealer_port)), PROBINGS[table], known)

    def _rehearsed(self, pair: Pair, source: str) -> Rehearsed:
        folder = self.folder / source
        folder.mkdir(mode=0o700)
        return rehearse(pair, self.work, Place(folder, self.device, source))
