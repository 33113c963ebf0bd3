"""All routes of a node, in the order of the table of permissions."""

from __future__ import annotations

from server_node.api.routes import datasets, health, identity, jobs, news, peer, planning, projects
from server_node.api.routes.route import Route

ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *identity.ROUTES,
    *planning.ROUTES,
    *datasets.ROUTES,
    *projects.ROUTES,
    *jobs.ROUTES,
    *news.ROUTES,
    *peer.ROUTES,
)
