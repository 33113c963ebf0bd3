"""The typed calls of a server node's API (`/v1`) and a pair of them: what is said to A is said to B."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeVar

from common.documents import canonical
from common.errors import AppError, BadFrame
from desktop_client.settings import Profile
from desktop_client.upload import answers
from desktop_client.upload.answers import JobStatus
from desktop_client.upload.datasets.client import DatasetClient
from desktop_client.upload.identity.client import IdentityClient, part
from desktop_client.upload.projects.client import ProjectClient
from desktop_client.upload.transport import Call, Transport, open_session

Document = dict[str, Any]
MAX_MODEL: Final = 1 << 30
MAX_ANSWER: Final = 1 << 27
PATIENCE_SECONDS: Final = 5.0
_T = TypeVar("_T")


class NodeClient(DatasetClient, ProjectClient):
    """One server node as a user sees it. Every call may raise what :class:`Transport` raises."""

    async def start_job(self, document: Document) -> dict[str, Any]:
        return await self._json("POST", "/v1/jobs", Call(json={"document": document}))

    async def jobs(self, project: str = "") -> list[dict[str, Any]]:
        query = {"project": project} if project else None
        return answers.items(await self._json("GET", "/v1/jobs", Call(query=query)), "jobs")

    async def job(self, job: str) -> JobStatus:
        return JobStatus.parse(await self._json("GET", f"/v1/jobs/{part(job)}"))

    async def control_job(self, job: str, document: Document) -> JobStatus:
        """Hand in a signed control; only server A takes it."""
        call = Call(json={"document": document})
        return JobStatus.parse(await self._json("POST", f"/v1/jobs/{part(job)}/control", call))

    async def job_log(self, job: str, after: int) -> dict[str, Any]:
        """The next lines that the worker wrote, after event number ``after``."""
        return await self._json("GET", f"/v1/jobs/{part(job)}/log?after={after}")

    async def cancel_job(self, job: str) -> dict[str, Any]:
        return await self._json("POST", f"/v1/jobs/{part(job)}/cancel")

    def job_events(self, job: str, after: int) -> AbstractAsyncContextManager[AsyncIterator[dict[str, Any]]]:
        """Every event of a job after number ``after``, as it happens."""
        return self.transport.events(f"/v1/jobs/{part(job)}/events?after={after}")

    async def log_checkpoint(self) -> str:
        """The last checkpoint of the log that this server accepted, unverified; empty before the first."""
        raw = await self.transport.raw("GET", "/v1/checkpoint", Call(login=False, limit=4096))
        return raw.decode("utf-8", errors="replace")

    async def testable(self, training: str) -> dict[str, Any]:
        """What may be asked of the model of a training at this server."""
        return await self._json("GET", f"/v1/jobs/{part(training)}/tests")

    async def start_test(self, training: str, document: Document) -> dict[str, Any]:
        """Hand in the signed start of a test; only server A takes it."""
        return await self._json("POST", f"/v1/jobs/{part(training)}/tests", Call(json={"document": document}))

    async def forget_model(self, job: str, document: Document) -> dict[str, Any]:
        return await self._json("POST", f"/v1/jobs/{part(job)}/forget", Call(json={"document": document}))

    async def answer_share(self, job: str) -> bytes:
        """The sealed share of the answer to a test of the user who is logged in, at most 128 MiB."""
        return await self._again(
            lambda: self.transport.raw("GET", f"/v1/jobs/{part(job)}/answer", Call(limit=MAX_ANSWER))
        )

    async def model_share(self, job: str) -> bytes:
        """The sealed model share for the user who is logged in, at most 1 GiB."""
        return await self._again(
            lambda: self.transport.raw("GET", f"/v1/jobs/{part(job)}/model", Call(limit=MAX_MODEL))
        )


class LogClient(IdentityClient):
    """The log node as a user sees it: whoever has an account reads everything and verifies it."""

    async def checkpoint(self) -> str:
        """The newest signed checkpoint, unverified."""
        raw = await self.transport.raw("GET", "/v1/checkpoint", Call(login=False, limit=4096))
        return raw.decode("utf-8", errors="replace")

    async def entries(self, start: int, end: int) -> list[bytes]:
        """Entries ``start`` to ``end - 1`` in canonical bytes, unverified; the log may give fewer but at least one."""
        query = {"from": str(start), "to": str(end)}
        found = await self._json("GET", "/v1/entries", Call(query=query))
        try:
            return [canonical(entry) for entry in answers.items(found, "entries")]
        except ValueError as error:
            raise BadFrame("The log node shows an entry that is not canonical JSON.") from error

    async def load(self) -> dict[str, Any]:
        """How busy the log node is, unchecked."""
        return await self._json("GET", "/v1/load")

    async def consistency(self, first: int, second: int) -> object:
        """Proof that the log of size ``first`` is a prefix of the one of size ``second``, unverified."""
        query = {"first": str(first), "second": str(second)}
        return (await self._json("GET", "/v1/proof/consistency", Call(query=query))).get("proof")


class Nodes:
    """Clients of the three nodes of a deployment that share one connection pool."""

    def __init__(self, a: NodeClient, b: NodeClient, log: LogClient) -> None:
        self.a, self.b, self.log = a, b, log

    @property
    def servers(self) -> tuple[NodeClient, NodeClient]:
        return self.a, self.b

    @property
    def everyone(self) -> tuple[IdentityClient, IdentityClient, IdentityClient]:
        """All three nodes, as far as they answer alike."""
        return self.a, self.b, self.log

    async def both(self, ask: Callable[[NodeClient], Coroutine[Any, Any, _T]]) -> tuple[_T, _T]:
        """The same request to A and B at the same time; after an error the other one gets a moment to end by itself.

        Raises:
            AppError: of A if both failed.
        """
        tasks = [asyncio.create_task(ask(node)) for node in self.servers]
        try:
            _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            if pending:
                await asyncio.wait(pending, timeout=PATIENCE_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
        errors = [one for one in found if isinstance(one, BaseException)]
        if errors:
            raise first_error(BaseExceptionGroup("both servers", errors))
        return tasks[0].result(), tasks[1].result()

    async def each(self, ask: Callable[[NodeClient], Coroutine[Any, Any, _T]]) -> tuple[_T, _T]:
        """As :meth:`both`, but to its end at either server, whatever happens at the other."""
        found = await asyncio.gather(*(ask(node) for node in self.servers), return_exceptions=True)
        errors = [one for one in found if isinstance(one, BaseException)]
        if errors:
            raise first_error(BaseExceptionGroup("both servers", errors))
        answers_a, answers_b = (one for one in found if not isinstance(one, BaseException))
        return answers_a, answers_b


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one to report of a group: the first named error, else the first of any kind."""
    flat: list[BaseException] = []
    for error in errors.exceptions:
        flat.append(first_error(error) if isinstance(error, BaseExceptionGroup) else error)
    return next((error for error in flat if isinstance(error, AppError)), flat[0])


@asynccontextmanager
async def open_nodes(profile: Profile) -> AsyncIterator[Nodes]:
    """Clients for all nodes of the profile's deployment, logged in with the tokens it holds.

    Raises:
        NotRegistered: the profile belongs to no deployment.
        ConfigError: its files are damaged.
    """
    deployment, tokens = profile.deployment(), profile.tokens()
    async with open_session(deployment, profile.settings()) as session:
        a, b, log = (Transport(session, deployment.node(role), tokens.get(role)) for role in ("a", "b", "log"))
        yield Nodes(NodeClient(a), NodeClient(b), LogClient(log))
