"""Routes about projects, consents, drafts and what waits for somebody."""

from __future__ import annotations

from common.errors import Conflict, Forbidden, NotFound, PolicyRefused, SpecRefused
from server_node.api.handlers import drafts, projects
from server_node.api.routes.route import Route
from server_node.api.schemas import projects as schemas
from server_node.api.schemas.fields import NOTHING

_PROJECT_BYTES = 512 * 1024
_ALL = "/v1/projects"
_ONE = f"{_ALL}/{{id:[0-9a-f]{{32}}}}"
_REVISIONS = f"{_ONE}/revisions"
_CONSENTS = f"{_ONE}/consents"
_LATE = (Conflict,)
_DRAFT_BYTES = 128 * 1024
_DRAFTS = "/v1/drafts"
_DRAFT = f"{_DRAFTS}/{{id:[0-9a-f]{{32}}}}"

ROUTES = (
    Route(
        "projects.create",
        "POST",
        _ALL,
        projects.create,
        schemas.PROJECT,
        _PROJECT_BYTES,
        answer=schemas.CREATED,
        errors=(SpecRefused, Conflict, PolicyRefused, NotFound),
    ),
    Route("projects.list", "GET", _ALL, projects.list_all, answer=schemas.PROJECTS),
    Route("projects.show", "GET", _ONE, projects.show, answer=schemas.SHOWN),
    Route("projects.revisions", "GET", _REVISIONS, projects.list_revisions, answer=schemas.REVISIONS),
    Route(
        "projects.revision",
        "GET",
        f"{_REVISIONS}/{{number:[0-9]{{1,6}}}}",
        projects.show_revision,
        answer=schemas.REVISION,
    ),
    Route(
        "projects.archive",
        "POST",
        f"{_ONE}/archive",
        projects.archive,
        schemas.ARCHIVE,
        answer=schemas.CREATED,
        errors=_LATE,
    ),
    Route("projects.remind", "POST", f"{_ONE}/reminders", projects.remind, NOTHING, answer=schemas.REMINDED),
    Route("projects.consent", "POST", _CONSENTS, projects.consent, schemas.CONSENT, answer=schemas.LEFT, errors=_LATE),
    Route(
        "projects.withdraw",
        "DELETE",
        _CONSENTS,
        projects.withdraw,
        schemas.WITHDRAWAL,
        answer=schemas.LEFT,
        errors=_LATE,
    ),
    Route("decisions.list", "GET", "/v1/decisions", projects.list_decisions, answer=schemas.DECISIONS),
    Route("drafts.list", "GET", _DRAFTS, drafts.list_all, answer=schemas.DRAFTS),
    Route("drafts.show", "GET", _DRAFT, drafts.show, answer=schemas.SHOWN_DRAFT),
    Route(
        "drafts.save",
        "PUT",
        _DRAFT,
        drafts.save,
        schemas.DRAFT,
        _DRAFT_BYTES,
        answer=schemas.SHOWN_DRAFT,
        errors=(Conflict, Forbidden),
    ),
    Route("drafts.remove", "DELETE", _DRAFT, drafts.remove, answer=NOTHING),
)
