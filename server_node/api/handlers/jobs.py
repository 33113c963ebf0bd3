"""Jobs: started by a project owner at server A, watched by members at both servers.

→ POST /v1/jobs {job-start}            ← {id, state}
→ GET  /v1/jobs?project=ID             ← {jobs}
→ GET  /v1/jobs/ID                     ← {id, project, preparation, state, stage, progress, error, epoch, created}
→ POST /v1/jobs/ID/cancel              ← as above
→ POST /v1/jobs/ID/control {job-control}   ← as above; pause, pause-now, resume, retry, at server A
→ GET  /v1/jobs/ID/log?after=N         ← {lines, after}: what the worker says, by stage
→ GET  /v1/jobs/ID/events?after=N      ← WebSocket: one JSON text per event; close codes as in jobs-v1
→ GET  /v1/jobs/ID/model               ← the sealed model share for the user
→ GET  /v1/jobs/ID/tests               ← {kept, shape, bits, classes, most}: what may be asked of this training
→ POST /v1/jobs/ID/tests {test-start}  ← {id, state}; asks the model of this training, at server A
→ GET  /v1/jobs/ID/answer              ← the sealed share of the answer, for who began the test
→ POST /v1/jobs/ID/forget {model-forget}   ← {forgotten}: the weights that are kept for tests
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

from aiohttp import WSCloseCode, web

from common.errors import AppError, BadInput, Conflict
from common.ids import JobId
from common.merkle.entry import Action
from common.pipeline import JobState
from server_node.api.call import LOG, Answer, Call
from server_node.api.handlers.news import LOGIN_ENDED, login_end
from server_node.jobs.attempts.ticket import job_folder
from server_node.jobs.entry import Entry
from server_node.projects.stored import StoredProject

_HEARTBEAT = 20.0
_CLOSE_SECONDS = 2.0
_LOG_PAGE = 500


async def start(call: Call) -> Answer:
    """Start a training; both servers check every signature by themselves first."""
    entry = await call.node.dispatcher.submit(call.user.name, call.body["document"])
    return {"id": entry.id, "state": entry.row.state}


async def list_all(call: Call) -> Answer:
    """Jobs of one project, or of all projects of which the user is a member."""
    wanted = call.request.query.get("project")
    projects = await call.node.projects.listed(call.user.name)
    mine = [project for project in projects if project.specification.member(call.user.name)]
    shown = [project for project in mine if wanted in (None, "", project.id)]
    found = [(entry, project) for project in shown for entry in await call.node.journal.of_project(project.id)]
    return {"jobs": [_view(call, entry, project) for entry, project in found]}


async def show(call: Call) -> Answer:
    """Where a job stands on this node."""
    return _view(call, call.job, call.project)


async def cancel(call: Call) -> Answer:
    """Stop a job on both servers."""
    return _view(call, await call.node.dispatcher.cancel(call.job.id), call.project)


async def control(call: Call) -> Answer:
    """Pause, resume or retry a job; both servers check the signature."""
    return _view(call, await call.node.dispatcher.control(call.job, call.body["document"]), call.project)


async def log(call: Call) -> Answer:
    """The next lines that the worker on this node wrote for members, after event number ``after``."""
    found = await call.node.journal.events(call.job.id, call.query_number("after", 0), "log", _LOG_PAGE)
    lines = [{name: event[name] for name in ("id", "time", "stage", "level", "text")} for event in found]
    return {"lines": lines, "after": lines[-1]["id"] if lines else call.query_number("after", 0)}


async def events(call: Call) -> Answer:
    """Every event from number ``after`` on, as it happens; only members see them."""
    entry = call.job
    after = call.query_number("after", 0)
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, timeout=_CLOSE_SECONDS, max_msg_size=1024)
    await socket.prepare(call.request)
    telling = asyncio.create_task(_tell(socket, call, entry.id, after))
    login = asyncio.create_task(login_end(call))
    tasks = [telling, login, asyncio.create_task(_listen(socket))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Who listens must stop first: closing beside a listener drops the connection before the client has answered.
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    is_told = not telling.cancelled() and telling.exception() is None
    if not login.cancelled():
        await socket.close(code=LOGIN_ENDED, message=login.result().encode())
    elif is_told and (await call.node.journal.get(entry.id)).position.state.is_final:
        await socket.close(code=WSCloseCode.OK)
    else:
        await socket.close(code=WSCloseCode.GOING_AWAY)
    return socket


async def model(call: Call) -> Answer:
    """The model share that was sealed for this user."""
    entry = call.job
    if entry.position.state is not JobState.FINISHED:
        raise Conflict(f"The job is {entry.row.state}; there is a model once it is finished.")
    return await _sealed_file(call, Action.MODEL_FETCH)


async def testable(call: Call) -> Answer:
    """What a data set must be like to ask the model of this training about it, and whether it can be asked here."""
    kept = call.node.keeping.has(call.job)
    return {"kept": kept, **await call.node.admission.questions.images_of(call.project)}


async def test(call: Call) -> Answer:
    """Ask a trained model about a data set; both servers check everything by themselves first."""
    document = call.body["document"]
    if document["body"]["training"] != call.job.id:
        raise BadInput("The start names another training.", field="training")
    return await start(call)


async def answer(call: Call) -> Answer:
    """This server's share of the answer, sealed for who began the test."""
    if call.job.position.state is not JobState.FINISHED:
        raise Conflict(f"The test is {call.job.row.state}; there is an answer once it is finished.")
    return await _sealed_file(call, Action.ANSWER_FETCH)


async def forget(call: Call) -> Answer:
    """Forget the weights of a job that this server keeps for tests."""
    return {"forgotten": await call.node.keeping.forget(call.job, call.user, call.body["document"])}


async def _sealed_file(call: Call, action: Action) -> web.FileResponse:
    """What a finished job sealed for whoever asks; that it was fetched stands in the log."""
    entry = call.job
    subject = {"job": entry.id, "project": entry.row.project}
    await call.node.context.record(action, subject, call.user.verify_key)
    path = job_folder(call.node.folder, entry.id) / entry.model[call.user.name]
    return web.FileResponse(path, headers={"Content-Type": "application/octet-stream"})


def _view(call: Call, entry: Entry, project: StoredProject) -> dict[str, Any]:
    """The public form of a job, with the source of its correlations, and whether its model can be tested here."""
    kept = call.node.keeping.has(entry)
    return {**entry.as_dict(), "kept": kept, "preparation": project.specification.preparation}


async def _tell(socket: web.WebSocketResponse, call: Call, job: JobId, after: int) -> None:
    """Every event until the last one, or until the node stops or the client has gone."""
    try:
        async with aclosing(call.node.journal.follow(job, after, lambda: not socket.closed)) as found:
            async for event in found:
                await socket.send_str(json.dumps(event))
    except ConnectionError:
        return
    except AppError as error:
        LOG.warning("the events of job %s cannot be read: %s", job, error)
        raise


async def _listen(socket: web.WebSocketResponse) -> None:
    """Notice that the client has gone; what it says does not matter."""
    async for _ in socket:
        continue
