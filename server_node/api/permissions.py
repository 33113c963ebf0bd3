"""Who may do what: the one table that requests are admitted by, that the documents print, and that a test walks.

A request is about one object, or about none. What somebody is to that object are their *relations* to it; a request is
admitted if one of them is in its row. Somebody with no relation at all is told that there is no such object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Relation(StrEnum):
    """What whoever asks is to the object of the request."""

    ANYBODY = "anybody"
    PEER = "the other server"
    MONITOR = "holder of the metrics token"
    USER = "user"
    ADMINISTRATOR = "administrator"
    SELF = "the user"
    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
    DATA_OWNER = "data owner"
    READER = "reader"
    RECIPIENT = "recipient"
    TESTER = "tester"
    ASKER = "who began the test"
    OWNER_NOW = "owner of the newest revision"


class Subject(StrEnum):
    """What a request is about; its id is the path's ``{id}``, a user's name ``{name}``."""

    NOTHING = "nothing"
    USER = "user"
    DATASET = "data set"
    PROJECT = "project"
    DRAFT = "draft"
    JOB = "job"


@dataclass(frozen=True)
class Permission:
    """A row of the table."""

    subject: Subject
    allowed: frozenset[Relation]

    @property
    def needs_login(self) -> bool:
        return not self.allowed & {Relation.ANYBODY, Relation.PEER, Relation.MONITOR}


def _to(*allowed: Relation, of: Subject = Subject.NOTHING) -> Permission:
    return Permission(of, frozenset(allowed))


_R, _S = Relation, Subject
_MEMBERS = (_R.OWNER, _R.EDITOR, _R.VIEWER)

PERMISSIONS: Final[Mapping[str, Permission]] = {
    # The node
    "node.info": _to(_R.ANYBODY),
    "node.deployment": _to(_R.ANYBODY),
    "node.openapi": _to(_R.ANYBODY),
    "node.docs": _to(_R.ANYBODY),
    "node.alive": _to(_R.ANYBODY),
    "node.ready": _to(_R.ANYBODY),
    "node.metrics": _to(_R.MONITOR),
    "node.protocols": _to(_R.ANYBODY),
    "node.checkpoint": _to(_R.ANYBODY),
    "node.link": _to(_R.ADMINISTRATOR),
    # Accounts
    "users.register": _to(_R.ANYBODY),
    "users.list": _to(_R.USER),
    "users.show": _to(_R.USER),
    "users.account": _to(_R.ADMINISTRATOR),
    "users.rotate": _to(_R.SELF, _R.ADMINISTRATOR, of=_S.USER),
    "users.devices": _to(_R.ANYBODY),
    "invitations.create": _to(_R.ADMINISTRATOR),
    "invitations.list": _to(_R.ADMINISTRATOR),
    "invitations.withdraw": _to(_R.ADMINISTRATOR),
    "auth.challenge": _to(_R.ANYBODY),
    "auth.login": _to(_R.ANYBODY),
    "auth.logout": _to(_R.USER),
    "auth.logout_all": _to(_R.USER),
    # What the operator allows
    "policy.show": _to(_R.USER),
    # What there is, and what a job would cost
    "node.summary": _to(_R.USER),
    "estimates.create": _to(_R.USER),
    # Data sets
    "datasets.create": _to(_R.USER),
    "datasets.list": _to(_R.USER),
    "datasets.show": _to(_R.OWNER, _R.READER, of=_S.DATASET),
    "datasets.chunk": _to(_R.OWNER, of=_S.DATASET),
    "datasets.finish": _to(_R.OWNER, of=_S.DATASET),
    "datasets.settings": _to(_R.OWNER, of=_S.DATASET),
    "datasets.history": _to(_R.OWNER, of=_S.DATASET),
    "datasets.uses": _to(_R.OWNER, of=_S.DATASET),
    "datasets.delete": _to(_R.OWNER, of=_S.DATASET),
    # Projects
    "projects.create": _to(_R.USER),
    "projects.list": _to(_R.USER),
    "projects.show": _to(*_MEMBERS, _R.DATA_OWNER, of=_S.PROJECT),
    "projects.revisions": _to(*_MEMBERS, _R.DATA_OWNER, of=_S.PROJECT),
    "projects.revision": _to(*_MEMBERS, _R.DATA_OWNER, of=_S.PROJECT),
    "projects.archive": _to(_R.OWNER, of=_S.PROJECT),
    "projects.remind": _to(_R.OWNER, _R.EDITOR, of=_S.PROJECT),
    "projects.consent": _to(_R.DATA_OWNER, of=_S.PROJECT),
    "projects.withdraw": _to(_R.DATA_OWNER, of=_S.PROJECT),
    "decisions.list": _to(_R.USER),
    # Drafts of projects; of a new one there is no object yet
    "drafts.list": _to(_R.USER),
    "drafts.show": _to(*_MEMBERS, of=_S.DRAFT),
    "drafts.save": _to(_R.USER),
    "drafts.remove": _to(_R.OWNER, of=_S.DRAFT),
    # Jobs
    "jobs.start": _to(_R.USER),
    "jobs.list": _to(_R.USER),
    "jobs.show": _to(*_MEMBERS, of=_S.JOB),
    "jobs.cancel": _to(_R.OWNER, _R.EDITOR, _R.ASKER, of=_S.JOB),
    "jobs.control": _to(_R.OWNER, _R.EDITOR, _R.ASKER, of=_S.JOB),
    "jobs.log": _to(*_MEMBERS, of=_S.JOB),
    "jobs.events": _to(*_MEMBERS, of=_S.JOB),
    "jobs.model": _to(_R.RECIPIENT, of=_S.JOB),
    "jobs.testable": _to(_R.TESTER, of=_S.JOB),
    "jobs.test": _to(_R.TESTER, of=_S.JOB),
    "jobs.answer": _to(_R.ASKER, of=_S.JOB),
    "jobs.forget": _to(_R.OWNER_NOW, of=_S.JOB),
    # What is new
    "news.follow": _to(_R.USER),
    # The other server
    "peer.dataset": _to(_R.PEER),
    "peer.propose": _to(_R.PEER),
    "peer.start": _to(_R.PEER),
    "peer.end": _to(_R.PEER),
    "peer.status": _to(_R.PEER),
    "peer.echo": _to(_R.PEER),
}
