"""Routes about jobs."""

from __future__ import annotations

from common.errors import (
    AccountDisabled,
    BadInput,
    Conflict,
    ConsentMissing,
    NodeUnreachable,
    NotFound,
    PeerMismatch,
    PolicyRefused,
    RateLimited,
    SpecRefused,
)
from server_node.api.handlers import jobs
from server_node.api.routes.route import Route
from server_node.api.schemas import jobs as schemas
from server_node.api.schemas.fields import COUNT, NOTHING, Parameter

_ALL = "/v1/jobs"
_ONE = f"{_ALL}/{{id:[0-9a-f]{{32}}}}"
_REFUSED = (
    AccountDisabled,
    Conflict,
    ConsentMissing,
    NodeUnreachable,
    NotFound,
    PeerMismatch,
    PolicyRefused,
    RateLimited,
    SpecRefused,
)
_AFTER = {"after": Parameter(COUNT)}

ROUTES = (
    Route("jobs.start", "POST", _ALL, jobs.start, schemas.JOB_START, answer=schemas.STARTED, errors=_REFUSED),
    Route("jobs.list", "GET", _ALL, jobs.list_all, answer=schemas.JOBS, query={"project": Parameter(schemas.PROJECT)}),
    Route("jobs.show", "GET", _ONE, jobs.show, answer=schemas.JOB),
    Route("jobs.cancel", "POST", f"{_ONE}/cancel", jobs.cancel, NOTHING, answer=schemas.JOB, errors=(Conflict,)),
    Route(
        "jobs.control",
        "POST",
        f"{_ONE}/control",
        jobs.control,
        schemas.JOB_CONTROL,
        answer=schemas.JOB,
        errors=_REFUSED,
    ),
    Route("jobs.log", "GET", f"{_ONE}/log", jobs.log, answer=schemas.LOG, query=_AFTER),
    Route("jobs.events", "GET", f"{_ONE}/events", jobs.events, answer=schemas.EVENTS, query=_AFTER),
    Route("jobs.testable", "GET", f"{_ONE}/tests", jobs.testable, answer=schemas.TESTABLE),
    Route(
        "jobs.test",
        "POST",
        f"{_ONE}/tests",
        jobs.test,
        schemas.TEST,
        answer=schemas.STARTED,
        errors=(*_REFUSED, BadInput),
    ),
    Route("jobs.answer", "GET", f"{_ONE}/answer", jobs.answer, answer=schemas.ANSWER, errors=(Conflict,)),
    Route(
        "jobs.forget",
        "POST",
        f"{_ONE}/forget",
        jobs.forget,
        schemas.MODEL_FORGET,
        answer=schemas.FORGOTTEN,
        errors=(BadInput,),
    ),
    Route("jobs.model", "GET", f"{_ONE}/model", jobs.model, answer=schemas.MODEL, errors=(Conflict,)),
)
