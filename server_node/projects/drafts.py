"""Drafts: what people write together before it becomes a project. Nothing is computed or consented to from a draft."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.documents import canonical, verify_document
from common.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge
from server_node.identity.accounts import Account
from server_node.projects.consents import require_now
from server_node.projects.stored import EDITOR, OWNER
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Draft, DraftMember, Project, Revision

KIND: Final = "project-draft"
MAX_CONTENT: Final = 64 * 1024
MAX_DRAFTS: Final = 100
"""Of which one account can be an owner or editor."""
MAX_SKIPPED: Final = 100
"""Versions that may have reached only the other server: a node that missed some takes the next one it sees."""
_WRITERS: Final = (OWNER, EDITOR)


@dataclass(frozen=True)
class StoredDraft:
    """The newest version of a draft: the signed document, and when and by whom it was changed last."""

    document: dict[str, Any]
    author: str
    changed: int

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = self.document["body"]
        return body

    @property
    def roles(self) -> dict[str, str]:
        """The role of each member."""
        return {member["user"]: member["role"] for member in self.body["members"]}


class Drafts:
    """Every rule about drafts on one node."""

    def __init__(self, database: Database, context: NodeContext) -> None:
        self._database, self._context = database, context

    async def save(self, draft: str, author: Account, document: dict[str, Any]) -> StoredDraft:
        """Take the next version of a draft, or the first; taking the same one again changes nothing.

        Raises:
            BadSignature: not signed by this account.
            BadInput: of another draft, without an owner, or not made now.
            TooLarge: more content than a draft can have.
            NotFound, Forbidden: the account may not know of the draft, or not change it.
            Conflict: somebody else was faster, or there are too many drafts.
        """
        body = verify_document(document, KIND, author.verify_key)
        roles = _check(draft, body)
        require_now(body["time"], self._context.now)
        async with self._database.writing() as session:
            stored = await session.get(Draft, draft)
            if stored is not None and json.loads(stored.document) == document:
                return _load(stored)
            before = await self._require_writer(session, stored, author, body)
            row = Draft(id=draft, version=body["version"], document=json.dumps(document), author=author.name,
                        changed=self._context.now)  # fmt: skip
            merged = await session.merge(row)
            await session.flush()
            await session.execute(delete(DraftMember).where(DraftMember.draft == draft))
            session.add_all(DraftMember(draft=draft, user=user, role=role) for user, role in roles.items())
        saved = _load(merged)
        await self._announce(saved, {*roles, *before})
        return saved

    async def get(self, draft: str) -> StoredDraft:
        """Raises:
        NotFound: no such draft.
        """
        async with self._database.reading() as session:
            row = await session.get(Draft, draft)
        if row is None:
            raise NotFound("There is no such draft.")
        return _load(row)

    async def listed(self, user: str) -> list[StoredDraft]:
        """Every draft that names the user, the one changed last first."""
        async with self._database.reading() as session:
            query = select(Draft).join(DraftMember, DraftMember.draft == Draft.id).where(DraftMember.user == user)
            rows = (await session.scalars(query.order_by(Draft.changed.desc(), Draft.id))).all()
        return [_load(row) for row in rows]

    async def remove(self, found: StoredDraft) -> None:
        """Throw a draft away; one that has gone already is no error."""
        identity = found.body["id"]
        async with self._database.writing() as session:
            await session.execute(delete(DraftMember).where(DraftMember.draft == identity))
            await session.execute(delete(Draft).where(Draft.id == identity))
        await self._announce(found, set(found.roles), is_removed=True)

    async def _require_writer(
        self, session: AsyncSession, stored: Draft | None, author: Account, body: dict[str, Any]
    ) -> set[str]:
        """Whom the stored version names, after the author was found to be one who may write the next."""
        if stored is None:
            await self._require_new(session, author, body)
            return set()
        roles = _load(stored).roles
        if author.name not in roles:
            raise NotFound("There is no such draft.")
        if roles[author.name] not in _WRITERS:
            raise Forbidden("Only owners and editors of a draft can change it.")
        if not stored.version < body["version"] <= stored.version + 1 + MAX_SKIPPED:
            raise Conflict("Somebody else has changed this draft; look at it again.", version=stored.version)
        if roles[author.name] != OWNER and roles != {m["user"]: m["role"] for m in body["members"]}:
            raise Forbidden("Only an owner of a draft can change who takes part.")
        return set(roles)

    async def _require_new(self, session: AsyncSession, author: Account, body: dict[str, Any]) -> None:
        roles = {member["user"]: member["role"] for member in body["members"]}
        if body["version"] != 1:
            raise Conflict("There is no such draft any more; its first version has the number 1.", version=0)
        if roles.get(author.name) != OWNER:
            raise BadInput("Who begins a draft is an owner of it.", field="members")
        await self._require_free(session, author, body["id"])
        query = select(func.count()).select_from(DraftMember)
        mine = query.where(DraftMember.user == author.name, DraftMember.role.in_(_WRITERS))
        if (await session.scalar(mine) or 0) >= MAX_DRAFTS:
            raise Conflict(f"You have {MAX_DRAFTS} drafts; throw one away before you begin another.")

    async def _require_free(self, session: AsyncSession, author: Account, identity: str) -> None:
        """A draft may have the id of a project if it is to become the next revision of it."""
        project = await session.get(Project, identity)
        if project is None:
            return
        revision = await session.get_one(Revision, project.hash)
        members = json.loads(revision.document)["body"]["members"]
        if not any(m["user"] == author.name and m["role"] in _WRITERS for m in members):
            raise Conflict("This id is taken.", project=identity)

    async def _announce(self, draft: StoredDraft, audience: set[str], is_removed: bool = False) -> None:
        body = {"draft": draft.body["id"], "version": 0 if is_removed else draft.body["version"]}
        await self._context.announce("project", body, audience)


def _load(row: Draft) -> StoredDraft:
    return StoredDraft(json.loads(row.document), row.author, row.changed)


def _check(draft: str, body: dict[str, Any]) -> dict[str, str]:
    """The members' roles."""
    if body["id"] != draft:
        raise BadInput("The document is of another draft than the address.", field="id")
    if len(canonical(body["content"])) > MAX_CONTENT:
        raise TooLarge(f"A draft has at most {MAX_CONTENT // 1024} KiB of content.", field="content")
    roles = {member["user"]: member["role"] for member in body["members"]}
    if len(roles) != len(body["members"]):
        raise BadInput("A draft names each member once.", field="members")
    if OWNER not in roles.values():
        raise BadInput("A draft has an owner.", field="members")
    return roles
