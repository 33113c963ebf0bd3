"""Sources by the names that stand in specifications: what two servers make by themselves, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.deployment import HELPER
from common.errors import JobFailed, SpecRefused
from common.ids import Party
from common.net.identity import NodeIdentity
from common.specification import PREPARATIONS
from server_node.offline.helper.client import HelperAddress
from server_node.offline.sources import OWN_SOURCES, source_of
from server_node.worker.run import Ticket, _source
from tests.helpers.jobs.projects import specification
from tests.helpers.two_party.tls import make_identities

SERVERS = {"a": "a" * 64, "b": "b" * 64}


def ticket(folder: Path, preparation: str, helper: HelperAddress | None = None) -> Ticket:
    servers = {**SERVERS, HELPER: "d" * 64} if preparation == HELPER else SERVERS
    spec = specification(preparation=preparation, servers=servers)
    return Ticket("job", Party.P0, spec, [], "127.0.0.1", 1, "node-b", folder, helper)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> NodeIdentity:
    return make_identities(tmp_path_factory.mktemp("nodes"))[0]


@pytest.mark.parametrize("name", OWN_SOURCES)
def test_sources_have_the_names_of_specifications(name: str) -> None:
    found = source_of(name)
    assert found.name == name
    assert name in PREPARATIONS
    assert found.bytes_dealt == 0


@pytest.mark.parametrize("name", [HELPER, "dealer", ""])
def test_sources_of_others_are_refused(name: str) -> None:
    with pytest.raises(SpecRefused, match="cot") as refusal:
        source_of(name)
    assert refusal.value.details["field"] == "preparation"


@pytest.mark.parametrize("name", PREPARATIONS)
def test_worker_takes_the_source_that_was_signed_for(name: str, identity: NodeIdentity, tmp_path: Path) -> None:
    address = HelperAddress("node-helper", "127.0.0.1", 9, "d" * 64)
    assert _source(identity, ticket(tmp_path, name, address)).name == name


def test_worker_without_the_helper_of_its_project_makes_nothing(identity: NodeIdentity, tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="wants a helper"):
        _source(identity, ticket(tmp_path, HELPER))
