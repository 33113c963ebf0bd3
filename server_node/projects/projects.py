"""Projects and their revisions, verified by this node alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.agreement.reason import Reason
from common.documents import verify_document
from common.errors import Conflict, Forbidden, NotFound, SpecRefused
from common.merkle.entry import Action
from common.specification import Specification, parse_specification
from server_node.identity.accounts import Account, find_accounts
from server_node.projects.checks import Checks
from server_node.projects.consents import Consents, require_now
from server_node.projects.stored import OWNER, Kept, audience_of, load
from server_node.projects.stored import StoredProject as StoredProject
from server_node.storage.context import NodeContext, from_text
from server_node.storage.database import Database
from server_node.storage.rows import Consent, Draft, DraftMember, Membership, Project, Revision
from server_node.store.datasets import DatasetInfo, Datasets

MAX_REVISIONS: Final = 1000
MAX_PROJECTS: Final = 1000
"""Whose newest revision one account signed."""


class Projects:
    """Every rule about projects on one node; those about consents are in :class:`Consents`."""

    def __init__(self, database: Database, datasets: Datasets, context: NodeContext) -> None:
        self._database, self._context = database, context
        self._checks = Checks(database, datasets, context)
        self._consents = Consents(database, context)

    async def create(self, owner: Account, document: dict[str, Any]) -> StoredProject:
        """Take the first revision of a project, or the next one; taking the same one again changes nothing.

        Raises:
            BadSignature: not signed by this account.
            SpecRefused: a field, member, server or data set that this node cannot work with.
            NotFound: a later revision of a project that this account may not know of.
            Forbidden: a later revision, and the account is no owner in the one it replaces.
            Conflict: not the revision that comes next, because another one was published before.
            PolicyRefused: the operator of this server does not allow it.
        """
        spec = parse_specification(verify_document(document, "project", owner.verify_key))
        if spec.body["owner"] != owner.name:
            raise SpecRefused("A project is signed by the owner it names.", field="owner")
        if await self._is_stored(spec.hash):
            return await self.revision(spec.hash)
        if spec.revision > 1:
            await self._require_owner(spec, owner)
        await self.check(spec)
        async with self._database.writing() as session:
            concerned = await self._add(session, spec, document)
            if concerned:
                await self._record(Action.PROJECT_CREATE, spec, owner)
        stored = await self.revision(spec.hash)
        await self._announce(stored, concerned)
        return stored

    async def get(self, project: str) -> StoredProject:
        """The newest revision.

        Raises:
            NotFound: no such project.
        """
        async with self._database.reading() as session:
            row = await session.get(Project, project)
        if row is None:
            raise NotFound("There is no such project.")
        return await self.revision(row.hash)

    async def revision(self, specification: str) -> StoredProject:
        """The revision with this hash, the newest or an older one.

        Raises:
            NotFound: no such revision.
        """
        async with self._database.reading() as session:
            row = await session.get(Revision, specification)
            project = await session.get(Project, row.project) if row is not None else None
            query = select(Consent).where(Consent.revision == specification).order_by(Consent.time, Consent.dataset)
            consents = (await session.scalars(query)).all()
        if row is None or project is None:
            raise NotFound("There is no such project.")
        owners = await find_accounts(self._database, {consent.owner for consent in consents})
        return load(Kept(project, row, consents), owners, self._context.now)

    async def current(self, specification: str) -> StoredProject:
        """The revision with this hash, which must be the newest of its project.

        Raises:
            NotFound: no such revision.
            Conflict: a newer one was published.
        """
        found = await self.revision(specification)
        if not found.is_newest:
            raise Conflict("The project has a newer revision.", project=found.id)
        return found

    async def history(self, project: str) -> list[StoredProject]:
        """Every revision, oldest first."""
        async with self._database.reading() as session:
            query = select(Revision.hash).where(Revision.project == project).order_by(Revision.number)
            hashes = (await session.scalars(query)).all()
        return [await self.revision(one) for one in hashes]

    async def at(self, project: str, number: int) -> StoredProject:
        """The revision with this number.

        Raises:
            NotFound: no such revision.
        """
        async with self._database.reading() as session:
            query = select(Revision.hash).where(Revision.project == project, Revision.number == number)
            found = await session.scalar(query)
        if found is None:
            raise NotFound("There is no such revision of this project.")
        return await self.revision(found)

    async def listed(self, user: str) -> list[StoredProject]:
        """Every project that concerns the user, oldest first."""
        async with self._database.reading() as session:
            query = select(Project.hash).join(Membership, Membership.project == Project.id)
            mine = query.where(Membership.user == user).order_by(Project.created, Project.id)
            hashes = (await session.scalars(mine)).all()
        return [await self.revision(one) for one in hashes]

    async def archive(self, found: StoredProject, owner: Account, document: dict[str, Any]) -> StoredProject:
        """Put a project away, or take it back; while it is archived no job starts and no consent counts.

        Raises:
            BadSignature: not signed by this account.
            BadInput: not made now.
            Conflict: about another project, or older than what is known.
        """
        body = verify_document(document, "project-archive", owner.verify_key)
        if body["project"] != found.id:
            raise Conflict("The document is about another project.", project=found.id)
        made = require_now(body["time"], self._context.now)
        action = Action.PROJECT_ARCHIVE if body["archived"] else Action.PROJECT_RESTORE
        async with self._database.writing() as session:
            row = await session.get_one(Project, found.id)
            if row.archive and from_text(json.loads(row.archive)["body"]["time"], "time") > made:
                raise Conflict("The project was archived or restored later than this.", project=found.id)
            is_new = row.is_archived != body["archived"]
            row.is_archived, row.archive = body["archived"], json.dumps(document)
            if is_new:
                await self._record(action, found.specification, owner)
        stored = await self.get(found.id)
        if is_new:
            await self._announce(stored, stored.audience)
        return stored

    async def add_consent(
        self, found: StoredProject, owner: Account, document: dict[str, Any], reason: Reason = Reason()
    ) -> StoredProject:
        """Take a data owner's signed consent or refusal. Raises as :meth:`Consents.decide`."""
        await self._consents.decide(found, owner, document, reason)
        return await self.get(found.id)

    async def withdraw_consent(
        self, found: StoredProject, owner: Account, document: dict[str, Any], reason: Reason = Reason()
    ) -> StoredProject:
        """Take a consent back. Raises as :meth:`Consents.withdraw`."""
        await self._consents.withdraw(found, owner, document, reason)
        return await self.get(found.id)

    async def check(self, spec: Specification) -> list[DatasetInfo]:
        """Compare a specification with what this node knows. Raises as :meth:`Checks.check`."""
        return await self._checks.check(spec)

    def check_question(self, spec: Specification, about: Mapping[str, Any]) -> None:
        """May the model of a specification be asked about such images? Raises as :meth:`Checks.check_question`."""
        self._checks.check_question(spec, about)

    async def check_consents(self, project: StoredProject) -> None:
        """Verify every consent again. Raises as :meth:`Consents.check`."""
        await self._consents.check(project)

    async def _is_stored(self, specification: str) -> bool:
        async with self._database.reading() as session:
            return await session.get(Revision, specification) is not None

    async def _require_owner(self, spec: Specification, owner: Account) -> None:
        stored = await self.get(spec.project_id)
        if owner.name not in stored.audience:
            raise NotFound("There is no such project.")
        if stored.role_of(owner.name) != OWNER:
            raise Forbidden("Only an owner of the project can publish a revision of it.")
        if spec.revision != stored.specification.revision + 1:
            raise Conflict("Another revision of this project was published before.", project=stored.id)

    async def _add(self, session: AsyncSession, spec: Specification, document: dict[str, Any]) -> set[str]:
        """Within the transaction that looks, so that of two who publish at the same time one is refused.

        Returns whom the project concerns now or did until now; nobody if this very revision is known.
        """
        identity = spec.project_id
        if await session.get(Revision, spec.hash) is not None:
            return set()
        await _forget_draft(session, spec)
        project = await session.get(Project, identity)
        newest = await session.get(Revision, project.hash) if project is not None else None
        if spec.revision != (newest.number + 1 if newest is not None else 1):
            raise Conflict("Another revision of this project was published before.", project=identity)
        if spec.revision > MAX_REVISIONS:
            raise Conflict(f"A project has at most {MAX_REVISIONS} revisions; clone it.", project=identity)
        if project is None:
            await _require_room(session, spec.body["owner"])
            session.add(Project(id=identity, hash=spec.hash, owner=spec.body["owner"], is_archived=False,
                                archive=None, created=self._context.now))  # fmt: skip
        else:
            project.hash, project.owner = spec.hash, spec.body["owner"]
        await session.flush()
        session.add(Revision(hash=spec.hash, project=identity, number=spec.revision, document=json.dumps(document),
                             created=self._context.now))  # fmt: skip
        before = set((await session.scalars(select(Membership.user).where(Membership.project == identity))).all())
        await session.execute(delete(Membership).where(Membership.project == identity))
        session.add_all(Membership(project=identity, user=name) for name in audience_of(spec))
        await session.flush()
        return before | audience_of(spec)

    async def _record(self, action: Action, spec: Specification, owner: Account) -> None:
        subject = {"project": spec.project_id, "revision": spec.revision, "specification": spec.hash}
        await self._context.record(action, subject, owner.verify_key)

    async def _announce(self, stored: StoredProject, audience: Collection[str]) -> None:
        spec = stored.specification
        body = {"project": stored.id, "revision": spec.revision, "hash": spec.hash, "state": stored.state}
        if audience:
            await self._context.announce("project", body, audience)


async def _require_room(session: AsyncSession, owner: str) -> None:
    """Everybody whom a project names has it in their lists, asked or not; so nobody makes as many as they like.

    Raises:
        Conflict: the account has as many as one may have.
    """
    query = select(func.count()).select_from(Project).where(Project.owner == owner)
    if (await session.scalar(query) or 0) >= MAX_PROJECTS:
        raise Conflict(f"An account owns at most {MAX_PROJECTS} projects; publish a new revision of one you have.")


async def _forget_draft(session: AsyncSession, spec: Specification) -> None:
    """A draft ends when it is published. Nobody but an owner of it can take its id for a new project.

    Raises:
        Conflict: the id is that of somebody else's draft.
    """
    draft = await session.get(Draft, spec.project_id)
    if draft is None:
        return
    publisher = await session.get(DraftMember, (spec.project_id, spec.body["owner"]))
    if spec.revision == 1 and (publisher is None or publisher.role != OWNER):
        raise Conflict("There is a draft with this id, which only an owner of it can publish.", project=draft.id)
    await session.execute(delete(DraftMember).where(DraftMember.draft == draft.id))
    await session.delete(draft)
    await session.flush()
