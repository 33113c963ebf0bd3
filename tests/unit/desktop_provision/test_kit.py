"""The kit: three honest requests give working certificates, anything else gives nothing."""

from __future__ import annotations

import copy
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.crypto.rng import SystemRandom
from common.crypto.signing import SigningKey
from common.deployment import HELPER, Deployment
from common.documents import sign_document
from common.errors import AppError, BadInput, BadSignature, ConfigError, Conflict
from common.net.identity import NodeAddress, create_node_keys, install_kit, load_node_identity
from desktop_client.provision.authority import Authority, check_request
from desktop_client.provision.kit import read_request, write_kit

ADDRESSES = {
    "a": NodeAddress("https://127.0.0.1:9001", "10.0.0.1", 9101),
    "b": NodeAddress("https://b.example.org:9001", "b.example.org", 9101),
    "log": NodeAddress("https://[::1]:9003"),
}


@pytest.fixture
def nodes(tmp_path: Path) -> dict[str, Path]:
    for role, address in ADDRESSES.items():
        create_node_keys(tmp_path / role, role, f"node-{role}", address, SystemRandom())
    return {role: tmp_path / role for role in ADDRESSES}


def _requests(nodes: dict[str, Path]) -> list[Any]:
    return [read_request(folder / "join-request.json") for folder in nodes.values()]


def test_kit_installs_at_every_node(nodes: dict[str, Path], tmp_path: Path) -> None:
    kit = write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom())
    for role, folder in nodes.items():
        assert install_kit(folder, tmp_path / "kit").fingerprint == kit.deployment.fingerprint
        assert load_node_identity(folder).role == role
    assert kit.deployment.node("a").link_port == 9101
    assert kit.deployment.node("log").seal_key == ""


def test_kit_keeps_its_secrets_private(nodes: dict[str, Path], tmp_path: Path) -> None:
    kit = write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom())
    assert stat.S_IMODE((tmp_path / "kit" / "ca" / "ca.key").stat().st_mode) == 0o600
    public = (tmp_path / "kit" / "deployment.json").read_text(encoding="utf-8")
    assert "PRIVATE" not in public and json.loads(public) == kit.deployment.body
    assert (
        set(kit.deployment.body) == {"version", "name", "created", "ca", "nodes"}
        and kit.deployment.body["version"] == 2
    )


def test_description_of_the_first_version_is_read_and_its_code_opens_nothing(
    nodes: dict[str, Path], tmp_path: Path
) -> None:
    body = write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom()).deployment.body
    earlier = Deployment.from_json({**body, "version": 1, "registration_code_hash": "ab" * 32})
    assert earlier.node("a") == Deployment.from_json(body).node("a")
    for version in (0, 3, "2", True, None):
        with pytest.raises(ConfigError, match="version 2"):
            Deployment.from_json({**body, "version": version})


def test_kit_certificates_say_what_they_are_for(nodes: dict[str, Path], tmp_path: Path) -> None:
    write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom())
    hosts = {"a": {"127.0.0.1", "10.0.0.1"}, "b": {"b.example.org"}, "log": {"::1"}}
    authority = x509.load_pem_x509_certificate((tmp_path / "kit" / "ca" / "ca.pem").read_bytes())
    for role, expected in hosts.items():
        found = x509.load_pem_x509_certificate((tmp_path / "kit" / f"{role}.pem").read_bytes())
        found.verify_directly_issued_by(authority)
        assert found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == f"node-{role}"
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert {str(name.value) for name in names} == expected
        uses = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert set(uses) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
        assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert found.not_valid_after_utc - datetime.now(UTC) < timedelta(days=826)


def test_kit_never_overwrites(nodes: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    with pytest.raises(Conflict):
        write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom())
    assert list((tmp_path / "kit").iterdir()) == []


def test_kit_needs_each_role_once(nodes: dict[str, Path], tmp_path: Path) -> None:
    requests = _requests(nodes)
    for wrong in (requests[:2], [*requests, requests[0]], [requests[0], requests[0], requests[2]]):
        with pytest.raises(BadInput):
            write_kit(tmp_path / "kit", "test", wrong, SystemRandom())
    assert not (tmp_path / "kit").exists()


def test_kit_with_a_helper_installs_at_it(nodes: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / HELPER
    create_node_keys(folder, HELPER, "third", NodeAddress("", "helper.example.org", 9201), SystemRandom())
    kit = write_kit(tmp_path / "kit", "test", _requests({**nodes, HELPER: folder}), SystemRandom())
    assert install_kit(folder, tmp_path / "kit") == kit.deployment
    node = kit.deployment.node(HELPER)
    assert (node.name, node.link_host, node.link_port) == ("third", "helper.example.org", 9201)
    assert (node.url, node.seal_key, node.verify_key) == ("", "", load_node_identity(folder).signing.verify_key)
    certificate = x509.load_pem_x509_certificate((folder / "tls.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["helper.example.org"]


def test_kit_takes_one_helper_at_most(nodes: dict[str, Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        create_node_keys(tmp_path / name, HELPER, name, NodeAddress("", "127.0.0.1", 9201), SystemRandom())
    with pytest.raises(BadInput, match="may have one for a helper"):
        write_kit(
            tmp_path / "kit", "test", _requests({**nodes, "c": tmp_path / "one", "d": tmp_path / "two"}), SystemRandom()
        )


@pytest.mark.parametrize(
    "address",
    [NodeAddress("https://127.0.0.1:1", "127.0.0.1", 1), NodeAddress("", "", 1), NodeAddress("", "127.0.0.1", 0)],
)
def test_request_of_a_helper_names_a_host_and_a_port_and_no_url(tmp_path: Path, address: NodeAddress) -> None:
    create_node_keys(tmp_path / HELPER, HELPER, "third", address, SystemRandom())
    with pytest.raises(BadInput, match="host and a port"):
        read_request(tmp_path / HELPER / "join-request.json")


@pytest.mark.parametrize("change", [{"link_port": None}, {"link_host": ""}, {"verify_key": "ab"}, {"name": ""}])
def test_deployment_with_half_a_helper_is_refused(
    nodes: dict[str, Path], tmp_path: Path, change: dict[str, Any]
) -> None:
    body = write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom()).deployment.body
    helper = {"name": "third", "verify_key": "ab" * 32, "link_host": "127.0.0.1", "link_port": 9201}
    assert Deployment.from_json({**body, "nodes": {**body["nodes"], HELPER: helper}}).roles == ("a", "b", "log", HELPER)
    with pytest.raises(ConfigError):
        Deployment.from_json({**body, "nodes": {**body["nodes"], HELPER: {**helper, **change}}})


def test_kit_two_nodes_with_one_name_are_refused(nodes: dict[str, Path], tmp_path: Path) -> None:
    create_node_keys(tmp_path / "twin", "b", "node-a", ADDRESSES["b"], SystemRandom())
    requests = _requests({**nodes, "b": tmp_path / "twin"})
    with pytest.raises(BadInput, match="same name"):
        write_kit(tmp_path / "kit", "test", requests, SystemRandom())


@pytest.mark.parametrize("field", ["name", "verify_key"])
@pytest.mark.parametrize("twin", ["b", "log", HELPER])
def test_deployment_of_nodes_that_cannot_be_told_apart_is_refused(
    nodes: dict[str, Path], tmp_path: Path, twin: str, field: str
) -> None:
    body = write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom()).deployment.body
    helper = {"name": "third", "verify_key": "ab" * 32, "link_host": "127.0.0.1", "link_port": 9201}
    body = {**body, "nodes": {**body["nodes"], HELPER: helper}}
    assert len({entry[field] for entry in Deployment.from_json(body).body["nodes"].values()}) == 4
    body["nodes"][twin] = {**body["nodes"][twin], field: body["nodes"]["a"][field]}
    with pytest.raises(ConfigError, match="same name or the same key"):
        Deployment.from_json(body)


def test_kit_of_other_keys_is_not_installed(nodes: dict[str, Path], tmp_path: Path) -> None:
    write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom())
    create_node_keys(tmp_path / "other", "a", "node-a", ADDRESSES["a"], SystemRandom())
    with pytest.raises(ConfigError):
        install_kit(tmp_path / "other", tmp_path / "kit")


def test_kit_cut_off_leaves_nothing(nodes: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Authority, password: str | None) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(Authority, "key_pem", fail)
    with pytest.raises(KeyboardInterrupt):
        write_kit(tmp_path / "kit", "test", _requests(nodes), SystemRandom())
    assert not list(tmp_path.glob("kit*"))


def _document(nodes: dict[str, Path]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((nodes["a"] / "join-request.json").read_text(encoding="utf-8"))
    return document


def test_request_changed_after_signing_is_refused(nodes: dict[str, Path]) -> None:
    for field, value in (
        ("url", "https://evil.example.org"),
        ("name", "other"),
        ("csr", "x"),
        ("verify_key", "00" * 32),
    ):
        document = copy.deepcopy(_document(nodes))
        document["body"][field] = value
        with pytest.raises(BadSignature):
            check_request(document)


def test_request_signed_by_another_key_is_refused(nodes: dict[str, Path]) -> None:
    body = _document(nodes)["body"]
    with pytest.raises(BadSignature):
        check_request(sign_document("join-request", body, SigningKey.generate(SystemRandom())))


@pytest.mark.parametrize(
    "change",
    [
        {"role": "c"},
        {"url": "http://127.0.0.1:1"},
        {"url": "https://"},
        {"link_port": 70000},
        {"link_port": "1"},
        {"name": 7},
        {"name": "n" * 300},
        {"csr": "no request"},
    ],
)
def test_request_with_a_bad_field_is_a_named_error(change: dict[str, Any]) -> None:
    key = SigningKey.generate(SystemRandom())
    body = {
        "role": "a", "name": "n", "url": "https://127.0.0.1:1", "link_host": "127.0.0.1", "link_port": 1,
        "verify_key": key.verify_key, "seal_key": "00" * 32, "csr": _csr(ec.generate_private_key(ec.SECP256R1())),
    }  # fmt: skip
    assert check_request(sign_document("join-request", body, key)).name == "n"
    with pytest.raises(AppError):
        check_request(sign_document("join-request", {**body, **change}, key))


def test_request_with_another_kind_of_key_is_refused() -> None:
    key = SigningKey.generate(SystemRandom())
    body = {
        "role": "a", "name": "n", "url": "https://127.0.0.1:1", "link_host": "127.0.0.1", "link_port": 1,
        "verify_key": key.verify_key, "seal_key": "00" * 32, "csr": _csr(rsa.generate_private_key(65537, 2048)),
    }  # fmt: skip
    with pytest.raises(BadInput, match="P-256"):
        check_request(sign_document("join-request", body, key))


def test_request_unreadable_file_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{", encoding="utf-8")
    for name in ("r.json", "missing.json"):
        with pytest.raises(BadInput):
            read_request(tmp_path / name)


def test_authority_host_that_is_no_name_is_refused(nodes: dict[str, Path]) -> None:
    create_node_keys(nodes["a"].parent / "odd", "a", "odd", NodeAddress("https://h\u00f6st/", "1"), SystemRandom())
    request = read_request(nodes["a"].parent / "odd" / "join-request.json")
    with pytest.raises(BadInput):
        Authority.create("t", datetime.now(UTC)).issue(request, datetime.now(UTC))


def test_authority_may_only_sign_certificates() -> None:
    authority = Authority.create("t", datetime.now(UTC))
    usage = authority.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign and not usage.digital_signature
    limits = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (limits.ca, limits.path_length) == (True, 0)


def _csr(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return csr.public_bytes(serialization.Encoding.PEM).decode()
