"""Routes about jobs."""

from __future__ import annotations

from server_node.api.handlers import jobs
from server_node.api.routes.route import Route
from server_node.api.schemas import jobs as schemas
from server_node.api.schemas.fields import COUNT, NOTHING, Parameter, text

_ALL = "/v1/jobs"
_ONE = f"{_ALL}/{{id:[0-9a-f]{{32}}}}"
PROJECT = text(r"[0-9a-f]{0,32}", "the id of a project, or nothing for all")

ROUTES = (
    Route("jobs.start", "POST", _ALL, jobs.start, schemas.JOB_START),
    Route("jobs.list", "GET", _ALL, jobs.list_all, query={"project": Parameter(PROJECT)}),
    Route("jobs.show", "GET", _ONE, jobs.show),
    Route("jobs.cancel", "POST", f"{_ONE}/cancel", jobs.cancel, NOTHING),
    Route("jobs.events", "GET", f"{_ONE}/events", jobs.events, query={"after": Parameter(COUNT)}),
    Route("jobs.model", "GET", f"{_ONE}/model", jobs.model),
)
