"""Routes about accounts and logins."""

from __future__ import annotations

from common.accounts import forms, shown
from common.errors import (
    AccountDisabled,
    Conflict,
    Forbidden,
    LastAdministrator,
    NotApproved,
    NotLoggedIn,
    RateLimited,
)
from server_node.api.handlers import identity, users
from server_node.api.routes.route import Route
from server_node.api.schemas import identity as schemas
from server_node.api.schemas.fields import NOTHING, OBJECT, USER_PATTERN

_ALL = "/v1/users"
_ONE = f"{_ALL}/{{name:{USER_PATTERN}}}"
_INVITATIONS = "/v1/invitations"
_WITHDRAW = f"{_INVITATIONS}/{{code_hash:[0-9a-f]{{64}}}}/withdraw"
_LOGIN_ERRORS = (NotLoggedIn, NotApproved, AccountDisabled, RateLimited)

_NODE = (
    Route("node.info", "GET", "/v1/info", identity.info, answer=schemas.INFO),
    Route("node.deployment", "GET", "/v1/deployment", identity.deployment, answer=OBJECT),
)

_USERS = (
    Route(
        "users.register",
        "POST",
        _ALL,
        users.register,
        forms.carrying(forms.REGISTRATION),
        answer=shown.REGISTERED,
        errors=(Forbidden, Conflict, RateLimited),
    ),
    Route("users.list", "GET", _ALL, users.list_all, answer=shown.USERS),
    Route("users.show", "GET", _ONE, users.show, answer=shown.SHOWN),
    Route(
        "users.account",
        "POST",
        f"{_ONE}/account",
        users.decide,
        forms.carrying(forms.ACCOUNT),
        answer=shown.ROW,
        errors=(Conflict, LastAdministrator),
    ),
    Route(
        "users.rotate",
        "POST",
        f"{_ONE}/rotate",
        users.rotate,
        forms.carrying(forms.ROTATION),
        answer=shown.ROW,
        errors=(Conflict, AccountDisabled),
    ),
    Route(
        "users.devices",
        "POST",
        f"{_ONE}/devices",
        users.change_device,
        forms.carrying(forms.DEVICE),
        answer=shown.DEVICES,
        errors=(Forbidden, Conflict, AccountDisabled, RateLimited),
    ),
)

_INVITED = (
    Route(
        "invitations.create",
        "POST",
        _INVITATIONS,
        users.invite,
        forms.carrying(forms.INVITATION),
        answer=shown.INVITED,
        errors=(Conflict,),
    ),
    Route("invitations.list", "GET", _INVITATIONS, users.list_invitations, answer=shown.INVITATIONS),
    Route(
        "invitations.withdraw",
        "POST",
        _WITHDRAW,
        users.withdraw_invitation,
        NOTHING,
        answer=shown.INVITED,
        errors=(Conflict,),
    ),
)

_AUTH = (
    Route(
        "auth.challenge",
        "POST",
        "/v1/auth/challenge",
        identity.challenge,
        forms.CHALLENGE,
        answer=shown.ASKED,
        errors=(RateLimited,),
    ),
    Route(
        "auth.login",
        "POST",
        "/v1/auth/login",
        identity.log_in,
        forms.LOGIN,
        answer=shown.GRANTED,
        errors=_LOGIN_ERRORS,
    ),
    Route("auth.logout", "POST", "/v1/auth/logout", identity.log_out, NOTHING, answer=NOTHING),
    Route("auth.logout_all", "POST", "/v1/auth/logout-all", identity.log_out_everywhere, NOTHING, answer=shown.ENDED),
)

ROUTES = (*_NODE, *_USERS, *_INVITED, *_AUTH)
