"""The other party, left out: what this party computes does not depend on what it hears, so its time can be measured
alone."""

from __future__ import annotations

from collections.abc import Sequence

from common.net.channel import Array, Channel


class SilentChannel(Channel):
    """Sends nowhere and hears zeros. ``inner`` carries messages until it is taken away, for what needs true answers."""

    def __init__(self, inner: Channel | None = None) -> None:
        super().__init__()
        self.inner = inner

    def send_parts(self, step: str, outgoing: Sequence[Array]) -> None:
        if self.inner is not None:
            self.inner.send_parts(step, outgoing)

    def receive_parts(self, step: str, incoming: Sequence[Array]) -> None:
        if self.inner is not None:
            self.inner.receive_parts(step, incoming)
            return
        for part in incoming:
            part.fill(0)

    def send(self, step: str, values: Array) -> None:
        self.send_parts(step, (values,))

    def receive(self, step: str, out: Array) -> Array:
        self.receive_parts(step, (out,))
        return out

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, header: bytes, bodies: Sequence[memoryview]) -> None:
        raise AssertionError("nothing is written")

    def _read(self, out: memoryview) -> None:
        raise AssertionError("nothing is read")
