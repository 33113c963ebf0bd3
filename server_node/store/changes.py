"""Settings that an owner signed: the newest version replaces the one before, at each server by itself."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.orm import undefer

from common.documents import digest, verify_document
from common.errors import Conflict
from common.merkle.entry import Action
from common.sharing.settings import KIND, DatasetSettings, changes_between, first_settings, parse_settings
from server_node.identity.accounts import Account
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.storage.rows import Dataset
from server_node.store.datasets import DELETED, DatasetInfo
from server_node.store.history import CHANGED, note


class Changes:
    """Takes settings of data sets."""

    def __init__(self, database: Database, context: NodeContext) -> None:
        self._database, self._context = database, context

    async def apply(self, dataset: DatasetInfo, owner: Account, document: dict[str, Any]) -> DatasetInfo:
        """Put signed settings into force; the same document again changes nothing.

        Raises:
            BadSignature: not signed by the owner.
            BadInput: for another data set, or a value that cannot be used.
            Conflict: there are as new or newer ones, or the data set was deleted.
        """
        body = verify_document(document, KIND, owner.verify_key)
        settings = parse_settings(body, dataset.id, len(dataset.about["classes"]), dataset.about["count"])
        async with self._database.writing() as session:
            row = await session.get_one(Dataset, dataset.id, options=[undefer(Dataset.manifest)])
            if row.state == DELETED:
                raise Conflict("This data set was deleted.")
            if row.settings is not None and json.loads(row.settings) == document:
                return DatasetInfo(row, json.loads(row.summary))
            if settings.version <= row.version:
                raise Conflict("There are newer settings of this data set here; look at them first.",
                               version=row.version)  # fmt: skip
            before = current_settings(row)
            _put(row, settings, document)
            facts = {"changes": changes_between(before.shown(), settings.shown()), "document": document}
            note(session, self._context, dataset.id, CHANGED, facts, owner.name)
            await session.flush()
            subject = {"dataset": dataset.id, "version": settings.version, "settings": digest(document)}
            await self._context.record(Action.DATASET_SETTINGS, subject, owner.verify_key)
        changed = DatasetInfo(row, json.loads(row.summary))
        await self._announce(changed, before)
        return changed

    async def _announce(self, dataset: DatasetInfo, before: DatasetSettings) -> None:
        """Tell whoever could see it before or can see it now."""
        audience = dataset.audience
        if audience is not None and before.visibility != "public":
            audience = audience | set(before.shared_with)
        elif before.visibility == "public":
            audience = None
        news = {"dataset": dataset.id, "state": dataset.row.state, "version": dataset.row.version}
        await self._context.announce("dataset", {**news, "enabled": dataset.row.enabled}, audience)


def current_settings(row: Dataset) -> DatasetSettings:
    """The settings in force; ``row.manifest`` must have been read."""
    body = json.loads(row.manifest)["body"]
    if row.settings is None:
        return first_settings(row.id, body)
    return parse_settings(json.loads(row.settings)["body"], row.id, len(body["classes"]), body["count"])


def _put(row: Dataset, settings: DatasetSettings, document: dict[str, Any]) -> None:
    shown = settings.shown()
    row.enabled, row.version, row.settings = shown.pop("enabled"), settings.version, json.dumps(document)
    row.summary = json.dumps({**json.loads(row.summary), **shown})
