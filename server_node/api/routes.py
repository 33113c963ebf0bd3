"""Every route of a node on one screen: method, path, handler, who may ask, what the body must be and how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.sharing.manifest import MAX_MANIFEST_BYTES
from server_node.api import schemas
from server_node.api.call import Handler
from server_node.api.handlers import datasets, identity, jobs, peer, projects
from server_node.api.schemas import Record


class Caller(StrEnum):
    """Who may use a route."""

    ANYBODY = "anybody"
    USER = "user"
    PEER = "peer"


@dataclass(frozen=True)
class Route:
    """One route. Without a schema the handler reads the body by itself, if there is one."""

    method: str
    path: str
    handler: Handler
    caller: Caller
    schema: Record | None = None
    max_bytes: int = 64 * 1024


_ANY, _USER, _PEER = Caller.ANYBODY, Caller.USER, Caller.PEER
_MANIFEST_BYTES = MAX_MANIFEST_BYTES + 64 * 1024
_PROJECT_BYTES = 512 * 1024
_DATASET, _PROJECT, _JOB = "{id:[0-9a-f]{64}}", "{id:[0-9a-f]{32}}", "{id:[0-9a-f]{32}}"
_CHUNK = "{number:[0-9]{1,6}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/v1/info", identity.info, _ANY),
    Route("POST", "/v1/users", identity.register, _ANY, schemas.REGISTRATION),
    Route("GET", f"/v1/users/{{name:{schemas.USER_PATTERN}}}", identity.show_user, _USER),
    Route("POST", "/v1/auth/challenge", identity.challenge, _ANY, schemas.CHALLENGE),
    Route("POST", "/v1/auth/login", identity.log_in, _ANY, schemas.LOGIN),
    Route("POST", "/v1/auth/logout", identity.log_out, _USER, schemas.NOTHING),
    Route("POST", "/v1/datasets", datasets.create, _USER, schemas.MANIFEST, _MANIFEST_BYTES),
    Route("GET", "/v1/datasets", datasets.list_all, _USER),
    Route("GET", f"/v1/datasets/{_DATASET}", datasets.show, _USER),
    Route("PUT", f"/v1/datasets/{_DATASET}/chunks/{_CHUNK}", datasets.put_chunk, _USER),
    Route("POST", f"/v1/datasets/{_DATASET}/finish", datasets.finish, _USER, schemas.NOTHING),
    Route("DELETE", f"/v1/datasets/{_DATASET}", datasets.delete, _USER, schemas.DELETION),
    Route("POST", "/v1/projects", projects.create, _USER, schemas.PROJECT, _PROJECT_BYTES),
    Route("GET", "/v1/projects", projects.list_all, _USER),
    Route("GET", f"/v1/projects/{_PROJECT}", projects.show, _USER),
    Route("POST", f"/v1/projects/{_PROJECT}/consents", projects.consent, _USER, schemas.CONSENT),
    Route("DELETE", f"/v1/projects/{_PROJECT}/consents", projects.withdraw, _USER, schemas.WITHDRAWAL),
    Route("POST", "/v1/jobs", jobs.start, _USER, schemas.JOB_START),
    Route("GET", "/v1/jobs", jobs.list_all, _USER),
    Route("GET", f"/v1/jobs/{_JOB}", jobs.show, _USER),
    Route("POST", f"/v1/jobs/{_JOB}/cancel", jobs.cancel, _USER, schemas.NOTHING),
    Route("GET", f"/v1/jobs/{_JOB}/events", jobs.events, _USER),
    Route("GET", f"/v1/jobs/{_JOB}/model", jobs.model, _USER),
    Route("POST", f"/v1/peer/datasets/{_DATASET}", peer.compare_dataset, _PEER, schemas.PEER_DATASET),
    Route("POST", "/v1/peer/jobs", peer.propose_job, _PEER, schemas.PEER_JOB),
    Route("POST", f"/v1/peer/jobs/{_JOB}/start", peer.start_job, _PEER, schemas.PEER_START),
    Route("POST", f"/v1/peer/jobs/{_JOB}/cancel", peer.end_job, _PEER, schemas.PEER_END),
    Route("GET", f"/v1/peer/jobs/{_JOB}", peer.job_status, _PEER),
)
