"""After provisioning: organisations, a helper and new certificates, each without touching what need not change."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from common.config import load_settings
from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.deployment import HELPER
from common.deployment.kit import read_kit
from common.documents import sign_document
from common.errors import BadInput, BadSignature, ConfigError, Conflict, WrongPassword
from common.net import renewal
from common.net.identity import NodeAddress, create_node_keys, install_kit, load_node_identity
from common.net.renewal import RENEWAL_KIND, create_renewal
from common.net.tls import server_context
from desktop_client.provision.issued import read_issued
from desktop_client.provision.kit import read_request, write_kit
from desktop_client.provision.office import Office
from log_node.settings import SETTINGS as LOG_SETTINGS
from server_node.settings import HELPER_SETTINGS, SETTINGS

RNG = SystemRandom()
ADDRESSES = {
    "a": NodeAddress("https://127.0.0.1:9001", "127.0.0.1", 9101),
    "b": NodeAddress("https://127.0.0.1:9002", "127.0.0.1", 9102),
    "log": NodeAddress("https://127.0.0.1:9003"),
}
ROLES = tuple(ADDRESSES)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three nodes with their kits installed, and the folder of whoever provisioned."""
    for role, address in ADDRESSES.items():
        create_node_keys(tmp_path / role, role, f"node-{role}", address, RNG)
    write_kit(tmp_path / "office", "test", [read_request(tmp_path / r / "join-request.json") for r in ROLES], RNG)
    for role in ROLES:
        install_kit(tmp_path / role, tmp_path / "office" / "kits" / role)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def helper_request(root: Path, name: str = "third") -> Any:
    create_node_keys(root / name, HELPER, name, NodeAddress("", "127.0.0.1", 9201), RNG)
    return read_request(root / name / "join-request.json")


# --- kits --------------------------------------------------------------------------------------------------------


def test_every_node_has_a_kit_of_its_own(root: Path) -> None:
    tables = {"a": SETTINGS, "b": SETTINGS, "log": LOG_SETTINGS}
    for role in ROLES:
        kit = root / "office" / "kits" / role
        manifest = read_kit(kit)
        assert (manifest.recipient, manifest.serial) == (f"node:{role}", 1)
        assert set(manifest.files) == {
            "deployment.json", f"{role}.pem", "settings.example.toml", "fingerprints.txt", "README.md",
        }  # fmt: skip
        assert load_settings(tables[role], kit / "settings.example.toml")["log_format"] == "json"
        steps = (kit / "README.md").read_text(encoding="utf-8")
        assert manifest.deployment.fingerprint in steps and "init --dir DIR --kit" in steps
        assert load_node_identity(root / role).role == role


@pytest.mark.parametrize(
    "change",
    [
        lambda kit: (kit / "a.pem").write_bytes((kit.parent / "b" / "b.pem").read_bytes()),
        lambda kit: (kit / "README.md").write_text("x", encoding="utf-8"),
        lambda kit: (kit / "kit.json").write_text(
            (kit / "kit.json").read_text(encoding="utf-8").replace('"serial": 1', '"serial": 2'), encoding="utf-8"
        ),
        lambda kit: (kit / "kit.json").write_bytes((kit.parent / "b" / "kit.json").read_bytes()),
    ],
)
def test_a_changed_kit_is_refused(root: Path, change: Any) -> None:
    kit = root / "office" / "kits" / "a"
    change(kit)
    before = contents(root / "a")
    with pytest.raises((BadSignature, ConfigError)):
        install_kit(root / "a", kit)
    assert contents(root / "a") == before


def test_a_kit_without_its_list_is_refused(root: Path) -> None:
    kit = root / "office" / "kits" / "a"
    (kit / "kit.json").unlink()
    with pytest.raises(ConfigError, match=r"kit\.json"):
        install_kit(root / "a", kit)


def test_a_kit_of_another_authority_replaces_nothing(root: Path) -> None:
    write_kit(root / "other", "test", [read_request(root / r / "join-request.json") for r in ROLES], RNG)
    with pytest.raises(ConfigError, match="another deployment"):
        install_kit(root / "a", root / "other")


# --- the authority -----------------------------------------------------------------------------------------------


def test_a_locked_authority_needs_its_password(root: Path) -> None:
    requests = [read_request(root / r / "join-request.json") for r in ROLES]
    write_kit(root / "locked", "test", requests, RNG, "correct horse")
    key = (root / "locked" / "ca" / "ca.key").read_bytes()
    assert b"ENCRYPTED" in key
    for wrong in (None, "", "incorrect"):
        with pytest.raises(WrongPassword):
            Office.open(root / "locked", wrong)
    Office.open(root / "locked", "correct horse").add_organisation("North Hospital")


def test_another_folder_is_no_office(root: Path) -> None:
    with pytest.raises(ConfigError):
        Office.open(root / "a")


# --- organisations -----------------------------------------------------------------------------------------------


def test_an_organisation_gets_a_kit_and_no_other_changes(root: Path) -> None:
    before = contents(root / "office" / "kits")
    kit = Office.open(root / "office").add_organisation("St. Mary's Hospital (North)")
    manifest = read_kit(kit)
    assert kit.name == "organisation-st-mary-s-hospital-north"
    assert manifest.recipient == "organisation:St. Mary's Hospital (North)"
    assert set(manifest.files) == {"deployment.json", "fingerprints.txt", "README.md"}
    after = contents(root / "office" / "kits")
    assert {name: after[name] for name in before} == before
    again = Office.open(root / "office").add_organisation("St. Mary's Hospital (North)")
    assert again == kit and contents(root / "office" / "kits") == after


@pytest.mark.parametrize("name", ["", " x", "x ", "a/../b\n", "-", "x" * 101, "../up"])
def test_a_name_that_is_none_is_refused(root: Path, name: str) -> None:
    with pytest.raises(BadInput):
        Office.open(root / "office").add_organisation(name)


def test_names_that_would_share_a_folder_are_refused(root: Path) -> None:
    Office.open(root / "office").add_organisation("North Bank")
    with pytest.raises(BadInput, match="North Bank"):
        Office.open(root / "office").add_organisation("north-bank")


# --- a helper ----------------------------------------------------------------------------------------------------


def test_a_helper_joins_later(root: Path) -> None:
    deployment = Office.open(root / "office").add_helper(helper_request(root))
    for role, folder in (*((r, r) for r in ROLES), (HELPER, "third")):
        kit = root / "office" / "kits" / role
        assert read_kit(kit).serial == 2
        assert install_kit(root / folder, kit).fingerprint == deployment.fingerprint
        assert load_node_identity(root / folder).deployment.has_helper
    template = root / "office" / "kits" / HELPER / "settings.example.toml"
    assert load_settings(HELPER_SETTINGS, template)["listen_port"] == 9201
    with pytest.raises(Conflict):
        Office.open(root / "office").add_helper(helper_request(root, "fourth"))


def test_a_helper_must_differ_from_the_nodes(root: Path) -> None:
    with pytest.raises(BadInput):
        Office.open(root / "office").add_helper(helper_request(root, "node-a"))
    with pytest.raises(BadInput):
        Office.open(root / "office").add_helper(read_request(root / "a" / "join-request.json"))


def test_an_older_kit_does_not_come_back(root: Path) -> None:
    shutil.copytree(root / "office" / "kits" / "a", root / "old")
    Office.open(root / "office").add_helper(helper_request(root))
    install_kit(root / "a", root / "office" / "kits" / "a")
    with pytest.raises(Conflict, match="older"):
        install_kit(root / "a", root / "old")


# --- renewal -----------------------------------------------------------------------------------------------------


def test_a_certificate_is_renewed_by_a_new_key(root: Path) -> None:
    old_key = (root / "a" / "keys" / "tls.key").read_bytes()
    others = {role: contents(root / "office" / "kits" / role) for role in ("b", "log")}
    document = create_renewal(root / "a")
    assert load_node_identity(root / "a").name == "node-a"
    assert (root / "a" / "keys" / "tls.key").read_bytes() == old_key
    kit = Office.open(root / "office").renew(json.loads(json.dumps(document)))
    assert {role: contents(root / "office" / "kits" / role) for role in ("b", "log")} == others
    install_kit(root / "a", kit)
    install_kit(root / "a", kit)
    identity = load_node_identity(root / "a")
    assert identity.key_path.read_bytes() != old_key and not (root / "a" / "keys" / "tls.key.next").exists()
    server_context(identity.cert_path, identity.key_path, identity.ca_pem)
    assert not (root / "a" / "renewal-request.json").exists()


def test_a_renewal_that_was_cut_off_is_finished_at_the_start(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Office.open(root / "office").renew(create_renewal(root / "a"))

    def cut(*paths: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("common.net.identity.settle_tls_key", cut)
        with pytest.raises(KeyboardInterrupt):
            install_kit(root / "a", kit)
    identity = load_node_identity(root / "a")
    server_context(identity.cert_path, identity.key_path, identity.ca_pem)
    install_kit(root / "a", kit)


def test_a_renewal_of_somebody_else_is_refused(root: Path) -> None:
    office = Office.open(root / "office")
    document = create_renewal(root / "a")
    stranger = SigningKey.generate(RNG)
    now = datetime.now(UTC)
    changes: list[tuple[type[Exception], dict[str, Any]]] = [
        (BadInput, {"role": "c"}),
        (BadInput, {"name": "node-b"}),
        (BadSignature, {"role": "b"}),
        (BadInput, {"time": (now - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")}),
        (BadInput, {"time": (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")}),
        (BadInput, {"time": "soon"}),
        (BadInput, {"csr": "x"}),
    ]
    key = SigningKey.from_bytes((root / "a" / "keys" / "identity.key").read_bytes())
    for error, change in changes:
        with pytest.raises(error):
            office.renew(sign_document(RENEWAL_KIND, {**document["body"], **change}, key))
    with pytest.raises(BadSignature):
        office.renew(sign_document(RENEWAL_KIND, document["body"], stranger))
    assert read_issued(root / "office").serial == 1


# --- interruptions -----------------------------------------------------------------------------------------------


class Cut:
    """Lets so many renames and atomic replacements pass, then stops everything."""

    def __init__(self, passes: int) -> None:
        self.left = passes
        self._replace = os.replace

    def replace(self, *paths: Any) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self._replace(*paths)


@pytest.fixture
def before_each_step() -> Iterator[range]:
    yield range(0, 30, 3)


def test_whatever_cuts_a_change_off_the_next_command_completes_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, before_each_step: range
) -> None:
    document = create_renewal(root / "a")
    for number, passes in enumerate(before_each_step):
        cut = Cut(passes)
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", cut.replace)
            try:
                Office.open(root / "office").renew(document)
            except KeyboardInterrupt:
                pass
        Office.open(root / "office").add_organisation(f"Member {number}")
        office = Office.open(root / "office")
        for folder in (*(root / "office" / "kits" / role for role in ROLES), root / "office"):
            assert read_kit(folder).deployment.fingerprint == office.issued.deployment.fingerprint
        pem = (root / "office" / "kits" / "a" / "a.pem").read_text(encoding="ascii")
        assert pem == office.issued.certificates["a"]


def test_the_next_key_alone_changes_nothing(root: Path) -> None:
    create_renewal(root / "a")
    renewal.settle_tls_key(root / "a")
    assert (root / "a" / "keys" / "tls.key.next").exists()
    certificate = x509.load_pem_x509_certificate((root / "a" / "tls.pem").read_bytes())
    assert "node-a" in certificate.subject.rfc4514_string()
