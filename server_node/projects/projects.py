"""Project specifications and consents, verified by this node alone."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.architecture import check_project
from common.deployment import HELPER
from common.documents import verify_document
from common.errors import (
    BadInput,
    BadSignature,
    Conflict,
    ConsentMissing,
    Forbidden,
    NotFound,
    SpecRefused,
)
from common.merkle.entry import Action
from common.specification import Specification, parse_specification
from server_node.identity.accounts import Account, find_accounts
from server_node.projects.stored import StoredProject, audience_of, load
from server_node.storage.context import NodeContext, from_text
from server_node.storage.database import Database
from server_node.storage.rows import Consent, Membership, Project, Revision
from server_node.store.datasets import USABLE, DatasetInfo, Datasets

_EQUAL = ("shape", "bits", "classes")


class Projects:
    """Every rule about projects and consents on one node."""

    def __init__(self, database: Database, datasets: Datasets, context: NodeContext) -> None:
        self._database, self._datasets, self._context = database, datasets, context

    async def create(self, owner: Account, document: dict[str, Any]) -> StoredProject:
        """Take the first revision of a project, or the next one; taking the same one again changes nothing.

        Raises:
            BadSignature: not signed by this account.
            SpecRefused: a field, member, server or data set that this node cannot work with.
            NotFound: a later revision of a project that this account may not know of.
            Forbidden: a later revision, and the account is no owner in the one it replaces.
            Conflict: not the revision that comes next: another one was published before.
        """
        spec = parse_specification(verify_document(document, "project", owner.verify_key))
        if spec.body["owner"] != owner.name:
            raise SpecRefused("A project is signed by the owner it names.", field="owner")
        if await self._is_stored(spec):
            return await self.revision(spec.hash)
        await self._require_next(spec, owner)
        await self.check(spec)
        async with self._database.writing() as session:
            if await session.get(Revision, spec.hash) is None:
                await self._add(session, spec, document)
                await self._record_revision(spec, owner)
        return await self.get(spec.project_id)

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
            consents = (await session.scalars(select(Consent).where(Consent.revision == specification))).all()
        if row is None or project is None:
            raise NotFound("There is no such project.")
        valid = {consent.dataset for consent in consents if consent.expires > self._context.now}
        return load(project, row, consents, valid)

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

    async def listed(self, user: str) -> list[StoredProject]:
        """Every project that concerns the user, oldest first."""
        async with self._database.reading() as session:
            query = select(Project).join(Membership, Membership.project == Project.id)
            rows = (await session.scalars(query.where(Membership.user == user).order_by(Project.created))).all()
        return [await self.get(row.id) for row in rows]

    async def _is_stored(self, spec: Specification) -> bool:
        async with self._database.reading() as session:
            return await session.get(Revision, spec.hash) is not None

    async def _require_next(self, spec: Specification, owner: Account) -> None:
        if spec.revision == 1:
            return
        stored = await self.get(spec.project_id)
        if owner.name not in stored.audience:
            raise NotFound("There is no such project.")
        member = stored.specification.member(owner.name)
        if member is None or member["role"] != "owner":
            raise Forbidden("Only an owner of the project can publish a revision of it.")

    async def _add(self, session: AsyncSession, spec: Specification, document: dict[str, Any]) -> None:
        """Within the transaction that looks, so that of two who publish at the same time one is refused."""
        project = await session.get(Project, spec.project_id)
        if project is None and spec.revision == 1:
            project = Project(id=spec.project_id, hash=spec.hash, owner=spec.body["owner"], created=self._context.now)
            session.add(project)
            await session.flush()
        elif project is None or (await self._number(session, project)) + 1 != spec.revision:
            raise Conflict("Another revision of this project was published before.", project=spec.project_id)
        project.hash, project.owner = spec.hash, spec.body["owner"]
        session.add(Revision(hash=spec.hash, project=spec.project_id, number=spec.revision,
                             document=json.dumps(document), created=self._context.now))  # fmt: skip
        await session.execute(delete(Membership).where(Membership.project == spec.project_id))
        session.add_all(Membership(project=spec.project_id, user=name) for name in audience_of(spec))
        await session.flush()

    async def _number(self, session: AsyncSession, project: Project) -> int:
        newest = await session.get(Revision, project.hash)
        return newest.number if newest is not None else 0

    async def add_consent(self, found: StoredProject, owner: Account, document: dict[str, Any]) -> StoredProject:
        """Take a data owner's signed consent; a later one replaces an earlier one.

        Raises:
            BadSignature: not signed by this account.
            BadInput: for another specification, another data set, or expired.
        """
        body = verify_document(document, "consent", owner.verify_key)
        self._check_consent(found.specification, owner.name, body)
        row = Consent(
            revision=found.specification.hash,
            dataset=body["dataset"],
            document=json.dumps(document),
            expires=from_text(body["expires"], "expires"),
        )
        async with self._database.writing() as session:
            await session.merge(row)
            await session.flush()
            await self._record_consent(Action.CONSENT, owner, document)
        return await self.get(found.id)

    async def withdraw_consent(self, found: StoredProject, owner: Account, document: dict[str, Any]) -> StoredProject:
        """Take a consent back; jobs that run already go on, no new one starts.

        Raises:
            BadSignature: not signed by this account.
            BadInput: for another specification or data set.
        """
        body = verify_document(document, "consent-withdraw", owner.verify_key)
        _check_subject(found.specification, owner.name, body)
        async with self._database.writing() as session:
            one = (Consent.revision == found.specification.hash, Consent.dataset == body["dataset"])
            await session.execute(delete(Consent).where(*one))
            await self._record_consent(Action.CONSENT_WITHDRAW, owner, document)
        return await self.get(found.id)

    async def check(self, spec: Specification) -> list[DatasetInfo]:
        """Compare a specification with what this node knows; returns its data sets in order.

        Raises:
            SpecRefused: names the server, member or data set that does not fit.
            Conflict: a data set is not usable (yet).
        """
        self._check_servers(spec)
        await self._check_members(spec)
        datasets = [await self._check_dataset(spec, entry) for entry in spec.body["datasets"]]
        for name in _EQUAL:
            if any(d.about[name] != datasets[0].about[name] for d in datasets):
                raise SpecRefused(f"All data sets of a project need the same {name}.", field="datasets")
        about = datasets[0].about
        counts = [dataset.about["count"] for dataset in datasets]
        check_project(spec, counts, tuple(about["shape"]), about["bits"], about["classes"])
        self._context.policy.check_project(spec, [dataset.about for dataset in datasets])
        return datasets

    async def check_consents(self, project: StoredProject) -> None:
        """Verify every signature again, from the stored documents and the registered keys.

        Raises:
            ConsentMissing: lists the data sets without a valid consent.
        """
        spec = project.specification
        owners = await find_accounts(self._database, {entry["owner"] for entry in spec.body["datasets"]})
        valid = {d for document in project.consents if (d := self._consented(spec, owners, document))}
        missing = [dataset for dataset in spec.dataset_ids if dataset not in valid]
        if missing:
            raise ConsentMissing(datasets=missing, owners=sorted({spec.owner_of(d) for d in missing}))

    def _consented(self, spec: Specification, owners: dict[str, Account], document: dict[str, Any]) -> str | None:
        """The data set a stored consent is valid for now, if any."""
        try:
            owner = spec.owner_of(str(document["body"]["dataset"]))
            body = verify_document(document, "consent", owners[owner].verify_key)
            self._check_consent(spec, owner, body)
        except (BadSignature, BadInput, KeyError, StopIteration):
            return None
        return str(body["dataset"])

    def _check_consent(self, spec: Specification, owner: str, body: dict[str, Any]) -> None:
        _check_subject(spec, owner, body)
        if from_text(body["expires"], "expires") <= self._context.now:
            raise BadInput("The consent has expired.", field="expires")

    def _check_servers(self, spec: Specification) -> None:
        deployment = self._context.identity.deployment
        servers: dict[str, str] = spec.body["servers"]
        if HELPER in servers and not deployment.has_helper:
            raise SpecRefused("The project wants a helper; this deployment has none.", field="preparation")
        if any(key != deployment.node(role).verify_key for role, key in servers.items()):
            raise SpecRefused("The project names other servers than this deployment.", field="servers")

    async def _check_members(self, spec: Specification) -> None:
        members = spec.body["members"]
        accounts = await find_accounts(self._database, {member["user"] for member in members})
        for member in members:
            account = accounts.get(member["user"])
            keys = (member["verify_key"], member["seal_key"])
            if account is None or (account.verify_key, account.seal_key) != keys:
                raise SpecRefused(f"The keys of member {member['user']} are not the registered ones.", field="members")

    async def _check_dataset(self, spec: Specification, entry: dict[str, str]) -> DatasetInfo:
        try:
            found = await self._datasets.info(entry["id"])
            found.require_visible(spec.body["owner"])
        except NotFound as error:
            raise SpecRefused(
                "The project owner has no such data set.", field="datasets", dataset=entry["id"]
            ) from error
        if found.row.owner != entry["owner"]:
            raise SpecRefused("A data set belongs to another owner.", field="datasets", dataset=entry["id"])
        if found.row.state != USABLE:
            raise Conflict(f"A data set is {found.row.state}, not usable.", dataset=entry["id"])
        if not found.row.enabled:
            raise Conflict("The owner of a data set has switched it off.", dataset=entry["id"])
        return found

    async def _record_revision(self, spec: Specification, owner: Account) -> None:
        subject = {"project": spec.project_id, "revision": spec.revision, "specification": spec.hash}
        await self._context.record(Action.PROJECT_CREATE, subject, owner.verify_key)

    async def _record_consent(self, action: Action, owner: Account, document: dict[str, Any]) -> None:
        body = document["body"]
        subject = {"specification": body["project_hash"], "dataset": body["dataset"]}
        await self._context.record(action, subject, owner.verify_key, document)


def _check_subject(spec: Specification, owner: str, body: dict[str, Any]) -> None:
    if body["project_hash"] != spec.hash:
        raise BadInput("The document names another specification.", field="project_hash")
    if body["dataset"] not in spec.dataset_ids or spec.owner_of(body["dataset"]) != owner:
        raise BadInput("The document names a data set that is not this account's.", field="dataset")
