"""All routes on one screen."""

from __future__ import annotations

from aiohttp import web

from log_node.api import handlers, openapi

ROUTES = (
    web.post("/v1/entries", handlers.post_entries),
    web.get("/v1/entries", handlers.get_entries),
    web.get("/v1/checkpoint", handlers.get_checkpoint),
    web.get("/v1/proof/inclusion", handlers.get_inclusion),
    web.get("/v1/proof/consistency", handlers.get_consistency),
    web.get("/v1/info", handlers.get_info),
    web.get("/v1/healthz", handlers.get_healthz),
    web.get("/v1/openapi.json", openapi.get_openapi),
    web.get("/v1/docs", openapi.get_docs),
)
