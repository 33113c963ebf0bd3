"""`imguard job`: start, watch, pause, resume, retry and cancel trainings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import click

from common.crypto.rng import SystemRandom
from common.errors import AppError, error_from_dict
from common.pipeline import JobState, Stage
from desktop_client.cli.context import JOB, Session, confirm, emit, find_id, json_option, table, yes_option
from desktop_client.cli.project.opening import open_project
from desktop_client.cli.watching import describe_metrics, duration, watch
from desktop_client.plain import plain
from desktop_client.reveal.metrics import Metrics
from desktop_client.upload.answers import JobStatus
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.jobs.asking import TEST
from desktop_client.upload.jobs.control import PAUSE, PAUSE_NOW, RESUME, RETRY, control_job, job_log
from desktop_client.upload.projects.jobs import cancel_job, start_job

_T = TypeVar("_T")
_WORK: Final = (Stage.PREPARE, Stage.HIDE, Stage.FEATURES, Stage.TRAIN, Stage.TEST, Stage.SEAL)
_STAGES: Final = tuple(stage.value for stage in _WORK)
_PREPARED: Final = {
    "cot": "cot: correlated randomness is made by A and B alone",
    "hybrid": "hybrid: correlated randomness is made by A and B alone, partly under encryption",
    "helper": "helper: correlated randomness is dealt by a third organisation",
}


@click.group("job")
def group() -> None:
    """Start, watch, pause and cancel trainings.

    A job that breaks off because a server, a worker or the network went away goes on by itself. Owners and editors of
    its project pause, resume and retry it; members look at it.

    \b
    Example:
      imguard job start 5b1c22d9 --watch
    """


@group.command("start")
@click.argument("project")
@click.option("--watch", "is_watched", is_flag=True, help="Follow the job to its end.")
@json_option
@click.pass_obj
def start_command(session: Session, project: str, is_watched: bool, as_json: bool) -> None:
    """Start a training; each server checks every signature by itself before it computes.

    PROJECT is the id of a project or the beginning of it.

    \b
    Example:
      imguard job start 5b1c22d9 --watch
    """
    keys = session.keys()

    async def work(nodes: Nodes) -> tuple[str, dict[str, Any] | None]:
        specification, _ = await open_project(nodes, session, project)
        job = await start_job(nodes, specification, keys, SystemRandom())
        session.say(f"job {job}")
        return job, await watch(nodes, session, job, as_json) if is_watched else None

    job, outcome = session.run(work)
    if outcome is None:
        emit({"job": job}, as_json, f"{job}\nNext: imguard job watch {job}")
    else:
        emit(outcome, as_json, _outcome_text(outcome))


@group.command("status")
@click.argument("job", required=False)
@click.option("--project", default="", help="Only jobs of this project.")
@json_option
@click.pass_obj
def status_command(session: Session, job: str | None, project: str, as_json: bool) -> None:
    """Where a job stands at both servers; without JOB all jobs of your projects.

    \b
    Example:
      imguard job status
      imguard job status 71ffa0c3 --json
    """
    if job is None:
        found = session.run(lambda nodes: nodes.a.jobs(project))
        names = ("id", "kind", "project", "state", "stage")
        rows = [(*(one.get(name) or "" for name in names), _note(one)) for one in found]
        emit(found, as_json, table(("ID", "KIND", "PROJECT", "STATE", "STAGE", "NOTE"), rows))
        return
    answers = session.run(lambda nodes: _from_each(nodes, job, lambda node, full: node.job(full)))
    known = [status for status in answers.values() if isinstance(status, JobStatus)]
    lines = [f"job       {plain(known[0].job)}", f"project   {plain(known[0].project)}", *_asked_lines(known[0])]
    preparation = plain(known[0].body.get("preparation"))
    lines.append(f"prepared  {_PREPARED.get(preparation, preparation)}")
    for role, status in answers.items():
        lines += _status_lines(role, status) if isinstance(status, JobStatus) else [_away(role, status)]
    value = {role: status.body if isinstance(status, JobStatus) else None for role, status in answers.items()}
    emit(value, as_json, "\n".join([*lines, *_next_lines(known[0])]))


@group.command("watch")
@click.argument("job")
@json_option
@click.pass_obj
def watch_command(session: Session, job: str, as_json: bool) -> None:
    """Follow a job to its end. Loss and accuracy are put together here; neither server knows them.

    A pause, a retry, or a server that is away for a while does not end the watching. Ctrl-C does, and does nothing to
    the job.

    \b
    Example:
      imguard job watch 71ffa0c3
    """

    async def work(nodes: Nodes) -> tuple[dict[str, Any], JobStatus]:
        full = await full_job(nodes, job)
        return await watch(nodes, session, full, as_json), await nodes.a.job(full)

    outcome, status = session.run(work)
    is_test = status.body.get("kind") == TEST
    emit(outcome, as_json, "\n".join(_next_lines(status)) if is_test else _outcome_text(outcome))


@group.command("cancel")
@click.argument("job")
@yes_option
@json_option
@click.pass_obj
def cancel_command(session: Session, job: str, yes: bool, as_json: bool) -> None:
    """Stop a job at both servers; what it computed so far is lost.

    \b
    Example:
      imguard job cancel 71ffa0c3
    """
    full = session.run(lambda nodes: full_job(nodes, job))
    confirm(f"Cancel the job {full}?", yes)
    state_a, state_b = session.run(lambda nodes: cancel_job(nodes, full))
    value = {"job": full, "states": {"a": state_a and str(state_a), "b": state_b and str(state_b)}}
    emit(value, as_json, f"{full}: {state_a or 'unknown'} at A, {state_b or 'unknown'} at B")


@group.command("pause")
@click.argument("job")
@click.option("--now", "is_now", is_flag=True, help="At once; what was computed of this epoch is computed again.")
@json_option
@click.pass_obj
def pause_command(session: Session, job: str, is_now: bool, as_json: bool) -> None:
    """Pause a job at the end of its epoch; nothing is lost, and the place is free for others.

    A job that does not train yet pauses at once, and prepares on where it was. It stays paused, over restarts of the
    servers too, until somebody resumes or cancels it. This takes an owner or editor of the project.

    \b
    Example:
      imguard job pause 71ffa0c3
    """
    _control(session, job, PAUSE_NOW if is_now else PAUSE, as_json)


@group.command("resume")
@click.argument("job")
@json_option
@click.pass_obj
def resume_command(session: Session, job: str, as_json: bool) -> None:
    """Let a paused job go on from its last checkpoint; every consent must hold.

    This takes an owner or editor of the project.

    \b
    Example:
      imguard job resume 71ffa0c3
    """
    _control(session, job, RESUME, as_json)


@group.command("retry")
@click.argument("job")
@json_option
@click.pass_obj
def retry_command(session: Session, job: str, as_json: bool) -> None:
    """Let a failed job try again from its last checkpoint; every consent must hold.

    Where the servers have cleared its files away meanwhile, it begins anew. A job that only broke off needs no retry:
    it goes on by itself. This takes an owner or editor of the project.

    \b
    Example:
      imguard job retry 71ffa0c3
    """
    _control(session, job, RETRY, as_json)


@group.command("log")
@click.argument("job")
@click.option("--stage", type=click.Choice(_STAGES), help="Only lines of this stage.")
@json_option
@click.pass_obj
def log_command(session: Session, job: str, stage: str | None, as_json: bool) -> None:
    """What the workers of a job wrote at both servers, oldest first. Members may read it; there is no secret in it.

    \b
    Example:
      imguard job log 71ffa0c3 --stage prepare
    """

    answers = session.run(lambda nodes: _from_each(nodes, job, job_log))
    for role, answer in answers.items():
        if isinstance(answer, AppError):
            session.say(_away(role, answer))
    found = {
        role: None if isinstance(lines, AppError) else [one for one in lines if stage in (None, one["stage"])]
        for role, lines in answers.items()
    }
    # Sorting is stable: lines of one server stay in their order within a second.
    both = sorted(((role, one) for role in found for one in found[role] or []), key=lambda line: str(line[1]["time"]))
    rows = [(one["time"], role.upper(), one["stage"], one["text"]) for role, one in both]
    nothing = f"No line of the stage {stage} yet." if stage else "No worker has written anything yet."
    emit(found, as_json, table(("TIME", "AT", "STAGE", "LINE"), rows) if rows else nothing)


def _control(session: Session, job: str, action: str, as_json: bool) -> None:
    keys = session.keys()

    async def work(nodes: Nodes) -> JobStatus:
        return await control_job(nodes, await full_job(nodes, job), action, keys)

    found = session.run(work)
    lines = [f"job       {plain(found.job)}", *_status_lines("A", found), *_next_lines(found)]
    emit(found.body, as_json, "\n".join(lines))


async def full_job(nodes: Nodes, given: str) -> str:
    """The id of a job from the beginning of it."""
    return await find_id(nodes, given, JOB)


def _status_lines(role: str, status: JobStatus) -> list[str]:
    left = status.seconds_left()
    about = "" if left is None or status.state.is_final else f", about {duration(left)} left of what is known"
    lines = [f"server {role.upper()}  {status.state} {plain(status.stage)}".rstrip() + about]
    if status.body.get("wants_pause") and not status.state.is_final and status.state is not JobState.PAUSED:
        lines.append("          pauses at the end of this epoch")
    for reason in (status.waits_for(), status.failure()):
        if reason is not None:
            lines.append(f"          {plain(reason)}")
    if status.waits_for() is not None and status.state is JobState.QUEUED:
        lines.append("          it is tried again by itself")
    return lines


def _asked_lines(status: JobStatus) -> list[str]:
    """Of a test: which model it asks about which images. Of a training: whether its model can be asked."""
    body = status.body
    if body.get("kind") == TEST:
        return [
            f"test      of the model of job {plain(body.get('training'))}, by {plain(body.get('starter'))}",
            f"images    data set {plain(body.get('dataset'))}",
        ]
    return ["model     kept at the servers for tests"] if body.get("kept") is True else []


def _next_lines(status: JobStatus) -> list[str]:
    """What people may do about a job that does not go on by itself, or how they see that it does."""
    commands = {JobState.PAUSED: "resume", JobState.FAILED: "retry", JobState.FINISHED: "", JobState.CANCELLED: ""}
    command = commands.get(status.state, "watch")
    if status.body.get("kind") == TEST and status.state is JobState.FINISHED:
        return [f"Next: imguard model answer {plain(status.job)}"]
    return [f"Next: imguard job {command} {plain(status.job)}"] if command else []


def _note(one: dict[str, Any]) -> str:
    """In a list: why a job waits or failed, if it did."""
    for name in ("error", "waiting"):
        if one.get(name):
            return str(error_from_dict(one[name]))
    is_open = one.get("state") in [state.value for state in JobState if state.is_computing]
    return "pauses at the end of this epoch" if one.get("wants_pause") and is_open else ""


def _away(role: str, trouble: AppError) -> str:
    return f"server {role.upper()}  {plain(trouble)}"


async def _from_each(
    nodes: Nodes, given: str, ask: Callable[[NodeClient, str], Awaitable[_T]]
) -> dict[str, _T | AppError]:
    """What each server says about a job; its error where it is away, for then the other one is asked most.

    Raises:
        AppError: neither answers, or one refuses for another reason.
    """
    full = await full_job(nodes, given)
    found: dict[str, _T | AppError] = {}

    async def at(node: NodeClient) -> None:
        try:
            found[node.node.role] = await ask(node, full)
        except AppError as error:
            if not error.is_temporary:
                raise
            found[node.node.role] = error

    await nodes.each(at)
    troubles = [answer for answer in found.values() if isinstance(answer, AppError)]
    if len(troubles) == len(nodes.servers):
        raise troubles[0]
    return {role: found[role] for role in sorted(found)}


def _outcome_text(outcome: dict[str, Any]) -> str:
    lines = [f"job {outcome['job']} is finished"]
    if outcome["metrics"]:
        lines.append(describe_metrics(Metrics(**outcome["metrics"][-1])))
    return "\n".join([*lines, f"Next: imguard model fetch {outcome['job']} --out model.igm"])
