"""Compares a specification with what this node knows: its deployment, its accounts and its data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.accounts.model import State
from common.architecture import check_project
from common.deployment import HELPER
from common.errors import Conflict, NotFound, SpecRefused
from common.specification import Specification
from server_node.identity.accounts import find_accounts
from server_node.storage.context import NodeContext
from server_node.storage.database import Database
from server_node.store.datasets import USABLE, DatasetInfo, Datasets

_EQUAL = ("shape", "bits", "classes")


class Checks:
    """What this node can work with, whatever the other server thinks of it."""

    def __init__(self, database: Database, datasets: Datasets, context: NodeContext) -> None:
        self._database, self._datasets, self._context = database, datasets, context

    async def check(self, spec: Specification) -> list[DatasetInfo]:
        """The data sets of the specification in order, after everything in it was found to fit.

        Raises:
            SpecRefused: names the server, member or data set that does not fit.
            Conflict: a data set is not usable (yet), or its owner has switched it off.
            PolicyRefused: the operator of this server does not allow it.
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

    def check_question(self, spec: Specification, about: Mapping[str, Any]) -> None:
        """May the model of a specification be asked about images with this description?

        Raises:
            SpecRefused: it names other servers than this deployment has.
            PolicyRefused: the operator of this server does not allow it.
        """
        self._check_servers(spec)
        self._context.policy.check_question(spec, about)

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
            name, account = member["user"], accounts.get(member["user"])
            keys = (member["verify_key"], member["seal_key"])
            if account is None or (account.verify_key, account.seal_key) != keys:
                raise SpecRefused(f"The keys of member {name} are not the registered ones.", field="members")
            if name in spec.recipients and account.state != State.ACTIVE:
                raise SpecRefused(f"The account of recipient {name} is not active.", field="recipients")

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
            raise Conflict("The owner of a data set has disabled it.", dataset=entry["id"])
        return found
