"""All routes of a node, in the order of the table of permissions."""

from __future__ import annotations

from server_node.api.routes import datasets, estimates, health, identity, jobs, news, peer, policy, projects
from server_node.api.routes.route import Route

ROUTES: tuple[Route, ...] = (
    *health.ROUTES,
    *identity.ROUTES,
    *policy.ROUTES,
    *estimates.ROUTES,
    *datasets.ROUTES,
    *projects.ROUTES,
    *jobs.ROUTES,
    *news.ROUTES,
    *peer.ROUTES,
)
