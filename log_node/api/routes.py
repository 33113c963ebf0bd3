"""All routes on one screen."""

from __future__ import annotations

from aiohttp import web

from common.accounts.forms import USER_PATTERN
from log_node.api import handlers, health, identity, openapi

_USER = f"/v1/users/{{name:{USER_PATTERN}}}"

IDENTITY = (
    web.post("/v1/users", identity.register),
    web.get("/v1/users", identity.list_users),
    web.get(_USER, identity.show_user),
    web.post(f"{_USER}/account", identity.decide),
    web.post(f"{_USER}/rotate", identity.rotate),
    web.post(f"{_USER}/devices", identity.change_device),
    web.post("/v1/invitations", identity.invite),
    web.get("/v1/invitations", identity.list_invitations),
    web.post("/v1/invitations/{code_hash:[0-9a-f]{64}}/withdraw", identity.withdraw_invitation),
    web.post("/v1/auth/challenge", identity.challenge),
    web.post("/v1/auth/login", identity.log_in),
    web.post("/v1/auth/logout", identity.log_out),
    web.post("/v1/auth/logout-all", identity.log_out_everywhere),
)

ROUTES = (
    *IDENTITY,
    web.post("/v1/entries", handlers.post_entries),
    web.get("/v1/entries", handlers.get_entries),
    web.get("/v1/checkpoint", handlers.get_checkpoint),
    web.get("/v1/proof/inclusion", handlers.get_inclusion),
    web.get("/v1/proof/consistency", handlers.get_consistency),
    web.get("/v1/info", handlers.get_info),
    web.get("/v1/deployment", handlers.get_deployment),
    web.get("/v1/healthz", handlers.get_healthz),
    web.get("/v1/load", health.get_load),
    web.get("/v1/openapi.json", openapi.get_openapi),
    web.get("/v1/docs", openapi.get_docs),
    web.get("/healthz", health.get_alive),
    web.get("/readyz", health.get_ready),
    web.get("/metrics", health.get_metrics),
)
