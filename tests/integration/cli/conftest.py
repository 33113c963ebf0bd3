"""A deployment of real processes for each file of tests, and its two users, logged in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop_client.poc.deployment import LocalDeployment
from tests.helpers.desktop.local_world import Shell, running_deployment


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    with running_deployment(tmp_path_factory.mktemp("world") / "poc") as local:
        yield local


@pytest.fixture
def alice(local: LocalDeployment) -> Shell:
    return Shell(local, 1).logged_in()


@pytest.fixture
def bob(local: LocalDeployment) -> Shell:
    return Shell(local, 2).logged_in()
