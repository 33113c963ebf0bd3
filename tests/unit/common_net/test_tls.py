"""TLS contexts: 1.3 only, the deployment's own authority only, and nothing that is out of date."""

from __future__ import annotations

import json
import socket
import ssl
from asyncio import sslproto
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from common.crypto.rng import SystemRandom
from common.net.identity import NodeAddress, create_node_keys
from common.net.tls import client_context, common_name, server_context, use_small_buffers
from desktop_client.provision.authority import VALIDITY, Authority, check_request
from tests.helpers.two_party.tls import HOST, Identities, at_once, make_identities

Outcome = str | None


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return make_identities(tmp_path_factory.mktemp("deployment"))


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str = HOST) -> list[Outcome | BaseException]:
    """The peer's common name as server and client see it, or the error of each."""
    near, far = socket.socketpair()
    for end in (near, far):
        end.settimeout(10.0)

    def play(context: ssl.SSLContext, raw: socket.socket, name: str | None) -> Outcome:
        with raw, context.wrap_socket(raw, server_side=name is None, server_hostname=name) as secured:
            secured.sendall(b"x")
            if secured.recv(1) != b"x":
                raise ssl.SSLError("closed")
            certificate = secured.getpeercert()
            return common_name(dict(certificate)) if certificate else None

    return at_once(partial(play, server, near, None), partial(play, client, far, host))


def contexts(identities: Identities, require_client: bool = True) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    first, second = identities
    return (
        server_context(first.cert_path, first.key_path, first.ca_pem, require_client=require_client),
        client_context(second.ca_pem, second.cert_path, second.key_path),
    )


def test_tls_both_sides_see_each_other_s_name(identities: Identities) -> None:
    assert handshake(*contexts(identities)) == ["node-b", "node-a"]


def test_tls_contexts_verify_and_speak_1_3_only(identities: Identities) -> None:
    server, client = contexts(identities)
    assert {server.minimum_version, client.minimum_version} == {ssl.TLSVersion.TLSv1_3}
    assert {server.verify_mode, client.verify_mode} == {ssl.CERT_REQUIRED}
    assert client.check_hostname
    assert contexts(identities, require_client=False)[0].verify_mode == ssl.CERT_OPTIONAL


def test_tls_trusts_no_authority_of_the_system(identities: Identities) -> None:
    for context in contexts(identities):
        assert context.cert_store_stats()["x509_ca"] == 1


def test_tls_client_without_certificate_is_taken_where_it_is_optional(identities: Identities) -> None:
    server, _ = contexts(identities, require_client=False)
    assert handshake(server, client_context(identities[1].ca_pem)) == [None, "node-a"]


def test_tls_client_without_certificate_is_refused_where_it_is_required(identities: Identities) -> None:
    server, _ = contexts(identities)
    found = handshake(server, client_context(identities[1].ca_pem))
    assert isinstance(found[0], ssl.SSLError)
    assert isinstance(found[1], OSError)


def test_tls_1_2_client_is_refused(identities: Identities) -> None:
    server, client = contexts(identities)
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    found = handshake(server, client)
    assert all(isinstance(error, OSError) for error in found)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "example.org"])
def test_tls_server_at_another_host_is_refused(identities: Identities, host: str) -> None:
    found = handshake(*contexts(identities), host)
    assert isinstance(found[1], ssl.SSLCertVerificationError)


def test_tls_server_of_another_authority_is_refused(
    identities: Identities, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = make_identities(tmp_path_factory.mktemp("other"))
    server, _ = contexts(identities)
    found = handshake(server, contexts(other)[1])
    assert isinstance(found[1], ssl.SSLCertVerificationError)


@pytest.mark.parametrize("age", [VALIDITY + timedelta(days=1), -timedelta(days=1)], ids=["expired", "not yet valid"])
def test_tls_certificate_out_of_its_time_is_refused(identities: Identities, tmp_path: Path, age: timedelta) -> None:
    now = datetime.now(UTC)
    authority = Authority.create("test", now)
    address = NodeAddress(f"https://{HOST}:1", HOST, 1)
    request = check_request(create_node_keys(tmp_path / "a", "a", "node-a", address, SystemRandom()))
    (tmp_path / "tls.pem").write_text(authority.issue(request, now - age))
    server = server_context(tmp_path / "tls.pem", tmp_path / "a" / "keys" / "tls.key", authority.pem)
    found = handshake(server, client_context(authority.pem))
    assert isinstance(found[1], ssl.SSLCertVerificationError)


@pytest.mark.parametrize("certificate", [{}, {"subject": ()}, {"subject": "node"}, {"subject": ((("country", "x"),),)}])
def test_common_name_of_a_certificate_without_one_is_none(certificate: dict[str, object]) -> None:
    assert common_name(certificate) is None


def test_common_name_is_found_among_other_names() -> None:
    subject = ((("countryName", "DE"),), (("commonName", "node-a"),))
    assert common_name({"subject": subject}) == "node-a"


def test_join_request_holds_no_private_key(tmp_path: Path) -> None:
    address = NodeAddress(f"https://{HOST}:1", HOST, 1)
    request = create_node_keys(tmp_path / "a", "a", "node-a", address, SystemRandom())
    text = json.dumps(request)
    for path in (tmp_path / "a" / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_bytes().hex() not in text
        assert path.read_bytes().decode("latin-1") not in text


def test_buffers_of_connections_can_be_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sslproto.SSLProtocol, "max_size", 1 << 18)
    use_small_buffers()
    assert sslproto.SSLProtocol.max_size == 1 << 16
