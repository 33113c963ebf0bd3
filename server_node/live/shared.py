"""Live state that several processes of a node share through Redis.

Everything works in this process first (:class:`MemoryLive`); Redis joins the processes. While Redis is gone this
process goes on alone and :meth:`SharedLive.check` says so; once it answers again the processes are joined without
anybody doing anything, and subscribers are told to look again, because texts were missed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from common.crypto.rng import RandomSource
from common.net.endpoint import Endpoint
from server_node.live.envelope import Envelope
from server_node.live.memory import MemoryLive
from server_node.live.state import Subscription

_LOG = logging.getLogger("imguard.live")
_T = TypeVar("_T")

_PREFIX: Final = "imguard:"
_PATIENCE: Final = 1.0
"""Seconds that one question may take before Redis counts as gone."""
_PROBE: Final = 2.0
"""Seconds of silence after which the listening connection is asked whether it still lives."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_TROUBLE: Final = (RedisError, OSError, TimeoutError)

# KEYS: sorted sets of attempts. ARGV: limit, window in microseconds, a name for this attempt.
# The clock is that of Redis, so that processes on machines with different clocks count alike.
_ATTEMPT: Final = """
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
for _, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', at - ARGV[2])
    if redis.call('ZCARD', key) >= tonumber(ARGV[1]) then return 0 end
end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, at, ARGV[3])
    redis.call('PEXPIRE', key, math.ceil(ARGV[2] / 1000))
end
return 1
"""


class SharedLive:
    """Live state of all processes of a node; :meth:`start` begins to listen to the others."""

    def __init__(
        self,
        endpoint: Endpoint,
        storage_key: bytes,
        rng: RandomSource,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alone = MemoryLive(clock)
        self._envelope = Envelope(storage_key, rng)
        self._rng = rng
        self._me = rng.token(8).hex()
        self._channel = _PREFIX + self._envelope.name("channel", "live")
        self._redis = _client(endpoint)
        self._count = self._redis.register_script(_ATTEMPT)
        self._trouble = "Redis was not asked yet."
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen to the other processes; returns when Redis answered for the first time, or could not be reached."""
        settled = asyncio.Event()
        self._task = asyncio.create_task(self._keep_listening(settled))
        await settled.wait()

    async def publish(self, channel: str, text: str) -> None:
        self._alone.deliver(channel, text)
        sealed = self._envelope.seal(self._channel, f"{self._me}\x00{channel}\x00{text}")
        await self._try(lambda: self._redis.publish(self._channel, sealed), None)

    def subscribe(self, channel: str) -> Subscription:
        return self._alone.subscribe(channel)

    async def attempt(self, key: str, limit: int, seconds: int) -> bool:
        return await self.attempt_all((key,), limit, seconds)

    async def attempt_all(self, keys: Sequence[str], limit: int, seconds: int) -> bool:
        """Counted here as well: when Redis goes, nobody gets all of his attempts anew."""
        names = [self._key("attempts", key) for key in keys]
        facts: list[int | str] = [limit, seconds * 1_000_000, self._rng.token(8).hex()]
        if await self._try(lambda: self._count(keys=names, args=facts), 1) != 1:
            return False
        return self._alone.count(keys, limit, seconds)

    async def put(self, key: str, value: str, seconds: int) -> None:
        await self._alone.put(key, value, seconds)
        name = self._key("value", key)
        sealed = self._envelope.seal(name, value)
        await self._try(lambda: self._redis.set(name, sealed, ex=seconds), None)

    async def get(self, key: str) -> str | None:
        name = self._key("value", key)
        sealed = await self._try(lambda: self._redis.get(name), None)
        if self._trouble:
            return await self._alone.get(key)
        return self._envelope.open(name, sealed) if isinstance(sealed, bytes) else None

    async def delete(self, key: str) -> None:
        await self._alone.delete(key)
        await self._try(lambda: self._redis.delete(self._key("value", key)), None)

    async def check(self) -> str:
        return self._trouble or "ok"

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._alone.close()
        await self._redis.aclose()

    def _key(self, kind: str, name: str) -> str:
        return f"{_PREFIX}{kind}:{self._envelope.name(kind, name)}"

    async def _try(self, ask: Callable[[], Awaitable[_T]], otherwise: _T) -> _T:
        """What Redis answers; ``otherwise`` while it is gone, without waiting for it each time."""
        if self._trouble:
            return otherwise
        try:
            async with asyncio.timeout(_PATIENCE):
                return await ask()
        except _TROUBLE as error:
            self._lose(error)
            return otherwise

    def _lose(self, error: Exception) -> None:
        trouble = f"Redis cannot be used ({type(error).__name__}); this process goes on alone."
        if trouble != self._trouble:
            _LOG.warning("%s", trouble)
        self._trouble = trouble

    async def _keep_listening(self, settled: asyncio.Event) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await self._join(pubsub)
                    pause = _FIRST_PAUSE
                    settled.set()
                    await self._listen(pubsub)
            except _TROUBLE as error:
                self._lose(error)
            settled.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _join(self, pubsub: PubSub) -> None:
        async with asyncio.timeout(_PATIENCE):
            await pubsub.subscribe(self._channel)
            while await pubsub.get_message(timeout=_PATIENCE) is None:
                pass
            await self._redis.ping()
        _LOG.info("Redis answers")
        self._trouble = ""
        # Whatever was published while nobody listened is lost, so all look again.
        self._alone.deliver_resync()

    async def _listen(self, pubsub: PubSub) -> None:
        """Until the connection breaks, falls silent, or a question elsewhere found Redis gone."""
        is_probed = False
        while not self._trouble:
            message = await pubsub.get_message(timeout=_PROBE)
            if message is not None:
                is_probed = False
                self._take(message)
            elif is_probed:
                raise TimeoutError
            else:
                await pubsub.ping()
                is_probed = True

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] != "message" or not isinstance(message["data"], bytes):
            return
        opened = self._envelope.open(self._channel, message["data"])
        if opened is None:
            return
        sender, channel, text = opened.split("\x00", 2)
        if sender != self._me:
            self._alone.deliver(channel, text)


def _client(endpoint: Endpoint) -> Redis:
    """Each question is asked once: who asks goes on alone instead of waiting."""
    tls: dict[str, Any] = {}
    if endpoint.scheme == "rediss":
        tls = {"ssl": True, "ssl_ca_certs": str(endpoint.ca_file) if endpoint.ca_file else None}
    return Redis(
        host=endpoint.host,
        port=endpoint.port,
        db=int(endpoint.path or 0),
        username=endpoint.user or None,
        password=endpoint.password or None,
        socket_timeout=_PATIENCE + _PROBE,
        socket_connect_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
        **tls,
    )
