"""Admits a request by the table of permissions: finds its object, asks what the user is to it, and compares."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from aiohttp import web

from common.errors import AppError, Forbidden, NotFound, NotLoggedIn, UnknownCertificate
from common.net.tls import peer_name
from server_node.api.call import Services
from server_node.api.permissions import Permission, Relation, Subject
from server_node.identity.accounts import Account
from server_node.jobs.entry import Entry
from server_node.projects.drafts import StoredDraft
from server_node.projects.stored import OWNER, StoredProject
from server_node.storage.database import EVERYTHING, IDENTITY
from server_node.store.datasets import DatasetInfo

_BEARER = re.compile(r"Bearer ([0-9a-f]{64})")


@dataclass(frozen=True)
class Admittance:
    """Who was let in, and the object of the request where it has one."""

    account: Account | None = None
    dataset: DatasetInfo | None = None
    project: StoredProject | None = None
    job: Entry | None = None
    draft: StoredDraft | None = None


async def admit(permission: Permission, request: web.Request, node: Services) -> Admittance:
    """Raises:
    UnknownCertificate: the route is for the other server.
    NotLoggedIn, TokenExpired: no valid token.
    NotFound: no such object, or one this user may not know of.
    Forbidden: the user may know of it, and may not do this.
    """
    if Relation.PEER in permission.allowed:
        _require_peer(request, node)
    if Relation.MONITOR in permission.allowed and not _is_monitor(request, node):
        raise NotLoggedIn("This needs the token in NODE/keys/metrics.token.")
    if not permission.needs_login:
        return Admittance()
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise NotLoggedIn()
    account = await node.recent.get(IDENTITY, found[1], node.accounts.user_of)
    admitted, relations = await _FIND[permission.subject](request, node, account)
    if not relations:
        raise NotFound(f"There is no such {permission.subject.value}.")
    if not relations & permission.allowed:
        wanted = " or ".join(sorted(relation.value for relation in permission.allowed))
        raise Forbidden(f"This needs the role {wanted} here.")
    return admitted


def _require_peer(request: web.Request, node: Services) -> None:
    name = peer_name(request.transport) or ""
    if not hmac.compare_digest(name.encode(), node.context.other.name.encode()):
        raise UnknownCertificate("This is only for the other server, which shows its certificate.")


def _is_monitor(request: web.Request, node: Services) -> bool:
    return node.monitor.token.is_shown_in(request.headers.get("Authorization"))


async def sees_details(request: web.Request, node: Services) -> bool:
    """Whether somebody may see how each part of the node is: a monitor, or an administrator who is logged in."""
    if _is_monitor(request, node):
        return True
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    try:
        return found is not None and Relation.ADMINISTRATOR in _global(await node.accounts.user_of(found[1]))
    except AppError:
        return False


_Found = tuple[Admittance, frozenset[Relation]]


async def _nothing(request: web.Request, node: Services, account: Account) -> _Found:
    return Admittance(account), frozenset([Relation.USER, *_global(account)])


async def _user(request: web.Request, node: Services, account: Account) -> _Found:
    own = [Relation.SELF] if request.match_info["name"] == account.name else []
    return Admittance(account), frozenset([Relation.USER, *own, *_global(account)])


async def _dataset(request: web.Request, node: Services, account: Account) -> _Found:
    dataset = await node.recent.get(EVERYTHING, request.match_info["id"], node.datasets.find)
    relations = {Relation.READER} if dataset.is_visible_to(account.name) else set()
    if dataset.row.owner == account.name:
        relations = {Relation.OWNER}
    return Admittance(account, dataset=dataset), frozenset(relations)


async def _project(request: web.Request, node: Services, account: Account) -> _Found:
    project = await node.projects.get(request.match_info["id"])
    return Admittance(account, project=project), relations_to(project, account)


async def _draft(request: web.Request, node: Services, account: Account) -> _Found:
    draft = await node.drafts.get(request.match_info["id"])
    role = draft.roles.get(account.name)
    return Admittance(account, draft=draft), frozenset([Relation(role)] if role is not None else [])


async def _job(request: web.Request, node: Services, account: Account) -> _Found:
    job = await node.journal.get(request.match_info["id"])
    project = await node.projects.revision(job.row.specification)
    relations = relations_to(project, account)
    if relations <= {Relation.DATA_OWNER}:
        # Whose data it uses sees the project and its consents, not what it comes to.
        relations = frozenset()
    elif job.is_test:
        relations |= {Relation.ASKER} if job.row.starter == account.name else frozenset()
    else:
        names = {Relation.RECIPIENT: project.specification.recipients, Relation.TESTER: project.specification.testers}
        relations |= {relation for relation, members in names.items() if account.name in members}
    newest = project if project.is_newest else await node.projects.get(project.id)
    if newest.role_of(account.name) == OWNER:
        relations |= {Relation.OWNER_NOW}
    return Admittance(account, project=project, job=job), relations


def relations_to(project: StoredProject, account: Account) -> frozenset[Relation]:
    """What somebody is to a project: the role of a member, and whether some of its data is theirs."""
    member = project.specification.member(account.name)
    roles = {Relation(member["role"])} if member is not None else set()
    if account.name in project.data_owners:
        roles.add(Relation.DATA_OWNER)
    return frozenset(roles)


def _global(account: Account) -> list[Relation]:
    return [Relation.ADMINISTRATOR] if account.is_administrator else []


_FIND = {
    Subject.NOTHING: _nothing,
    Subject.USER: _user,
    Subject.DATASET: _dataset,
    Subject.PROJECT: _project,
    Subject.DRAFT: _draft,
    Subject.JOB: _job,
}
