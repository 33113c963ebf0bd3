"""Routes about projects and consents."""

from __future__ import annotations

from server_node.api.handlers import projects
from server_node.api.routes.route import Route
from server_node.api.schemas import projects as schemas

_PROJECT_BYTES = 512 * 1024
_ALL = "/v1/projects"
_ONE = f"{_ALL}/{{id:[0-9a-f]{{32}}}}"

ROUTES = (
    Route("projects.create", "POST", _ALL, projects.create, schemas.PROJECT, _PROJECT_BYTES),
    Route("projects.list", "GET", _ALL, projects.list_all),
    Route("projects.show", "GET", _ONE, projects.show),
    Route("projects.consent", "POST", f"{_ONE}/consents", projects.consent, schemas.CONSENT),
    Route("projects.withdraw", "DELETE", f"{_ONE}/consents", projects.withdraw, schemas.WITHDRAWAL),
)
