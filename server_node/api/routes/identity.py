"""Routes about accounts and logins."""

from __future__ import annotations

from server_node.api.handlers import identity
from server_node.api.routes.route import Route
from server_node.api.schemas import identity as schemas
from server_node.api.schemas.fields import NOTHING, USER_PATTERN

_NAME = f"{{name:{USER_PATTERN}}}"

ROUTES = (
    Route("node.info", "GET", "/v1/info", identity.info),
    Route("users.register", "POST", "/v1/users", identity.register, schemas.REGISTRATION),
    Route("users.show", "GET", f"/v1/users/{_NAME}", identity.show_user),
    Route("auth.challenge", "POST", "/v1/auth/challenge", identity.challenge, schemas.CHALLENGE),
    Route("auth.login", "POST", "/v1/auth/login", identity.log_in, schemas.LOGIN),
    Route("auth.logout", "POST", "/v1/auth/logout", identity.log_out, NOTHING),
)
