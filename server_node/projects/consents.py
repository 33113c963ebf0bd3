"""What data owners decide about a revision. The latest signed document about a data set is kept and counts."""

from __future__ import annotations

import json
from typing import Any, Final

from common.agreement.reason import Reason
from common.documents import verify_document
from common.errors import BadInput, BadSignature, Conflict, ConsentMissing
from common.merkle.entry import Action
from common.specification import Specification
from server_node.identity.accounts import Account, find_accounts
from server_node.projects.stored import DECLINED, GRANTED, WITHDRAWN, StoredProject
from server_node.storage.context import NodeContext, from_text
from server_node.storage.database import Database
from server_node.storage.rows import Consent

CLOCK_SECONDS: Final = 300
"""How far the clock of whoever signs may be from the node's."""


class Consents:
    """Takes decisions in, and verifies them again when they are needed."""

    def __init__(self, database: Database, context: NodeContext) -> None:
        self._database, self._context = database, context

    async def decide(self, found: StoredProject, owner: Account, document: dict[str, Any], reason: Reason) -> None:
        """Take a data owner's signed consent or refusal; a later one replaces an earlier one, the same changes nothing.

        Raises:
            BadSignature: not signed by this account.
            BadInput: for another data set, expired, with another reason, or not made now.
            Conflict: for a revision that was replaced, for an archived project, or older than what is known.
        """
        body = verify_document(document, "consent", owner.verify_key)
        _check_subject(found, owner.name, body)
        if found.is_archived:
            raise Conflict("The project is archived; nobody can decide about it until it is restored.")
        self._check_end(body)
        await self._keep(found, owner, document, (str(body["decision"]), reason))

    async def withdraw(self, found: StoredProject, owner: Account, document: dict[str, Any], reason: Reason) -> None:
        """Take a consent back; jobs that run already go on, no new one starts.

        Raises:
            BadSignature, BadInput, Conflict: as :meth:`decide`; an archived project is no obstacle.
        """
        body = verify_document(document, "consent-withdraw", owner.verify_key)
        _check_subject(found, owner.name, body)
        await self._keep(found, owner, document, (WITHDRAWN, reason))

    async def check(self, project: StoredProject) -> None:
        """Verify every consent again, from the stored documents and the registered keys.

        Raises:
            Conflict: the project is archived.
            ConsentMissing: lists the data sets without a valid consent.
        """
        if project.is_archived:
            raise Conflict("The project is archived; an owner of it can restore it.", project=project.id)
        spec = project.specification
        owners = await find_accounts(self._database, set(project.data_owners))
        counted = {one.dataset: one.document for one in project.decisions if one.counts}
        missing = [d for d in spec.dataset_ids if not self._is_consent(spec, owners, d, counted.get(d))]
        if missing:
            raise ConsentMissing(datasets=missing, owners=sorted({spec.owner_of(d) for d in missing}))

    def _is_consent(self, spec: Specification, owners: dict[str, Account], dataset: str, document: Any) -> bool:
        """Whether the document, read as if it came from a stranger, allows a job to use the data set now."""
        try:
            body = verify_document(document, "consent", owners[spec.owner_of(dataset)].verify_key)
            self._check_end(body)
        except (BadSignature, BadInput, KeyError):
            return False
        wanted = (spec.hash, dataset, GRANTED)
        return (body["project_hash"], body["dataset"], body["decision"]) == wanted

    def _check_end(self, body: dict[str, Any]) -> None:
        if body["decision"] == DECLINED:
            if body["expires"] is not None:
                raise BadInput("Only a consent that is granted has an end.", field="expires")
        elif from_text(body["expires"], "expires") <= self._context.now:
            raise BadInput("The consent has expired.", field="expires")

    async def _keep(
        self, found: StoredProject, owner: Account, document: dict[str, Any], what: tuple[str, Reason]
    ) -> None:
        body, (decision, reason) = document["body"], what
        reason.check(body["reason"])
        made = require_now(body["time"], self._context.now)
        row = Consent(
            revision=found.specification.hash,
            dataset=body["dataset"],
            owner=owner.name,
            decision=decision,
            document=json.dumps(document),
            reason=json.dumps(reason.as_json()),
            expires=from_text(body["expires"], "expires") if decision == GRANTED else None,
            time=made,
        )
        async with self._database.writing() as session:
            known = await session.get(Consent, (row.revision, row.dataset))
            if known is not None and json.loads(known.document) == document:
                return
            if known is not None and not _replaces(row, known):
                raise Conflict("A later decision about this data set is known already.", dataset=row.dataset)
            await session.merge(row)
            await session.flush()
            await self._record(owner, document)
        await self._announce(found, decision, str(row.dataset))

    async def _record(self, owner: Account, document: dict[str, Any]) -> None:
        body, action = document["body"], Action(document["kind"])
        subject = {"specification": body["project_hash"], "dataset": body["dataset"]}
        if action is Action.CONSENT:
            subject["decision"] = body["decision"]
        await self._context.record(action, subject, owner.verify_key, document)

    async def _announce(self, found: StoredProject, decision: str, dataset: str) -> None:
        body = {"project": found.id, "dataset": dataset, "decision": decision}
        await self._context.announce("consent", body, found.audience)


def require_now(value: object, now: int) -> int:
    """The time a document names, in seconds.

    Raises:
        BadInput: it was not made now, give or take what clocks may differ by.
    """
    made = from_text(value, "time")
    if abs(made - now) > CLOCK_SECONDS:
        raise BadInput("The clock of this machine and that of the server differ by more than 5 minutes.", field="time")
    return made


def _replaces(new: Consent, known: Consent) -> bool:
    """Whether a decision is the later one. Within one second no consent brings back what was declined or withdrawn."""
    if new.time != known.time:
        return new.time > known.time
    return new.decision != GRANTED or known.decision == GRANTED


def _check_subject(found: StoredProject, owner: str, body: dict[str, Any]) -> None:
    spec = found.specification
    if body["project_hash"] != spec.hash:
        raise Conflict(
            "The document is about another revision than the newest one; look at what changed and decide again.",
            project=found.id,
            hash=spec.hash,
        )
    if body["dataset"] not in spec.dataset_ids or spec.owner_of(body["dataset"]) != owner:
        raise BadInput("The document names a data set that is not this account's.", field="dataset")
