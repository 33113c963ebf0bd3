"""A deployment's own certificate authority: P-256, signs exactly the certificates of its nodes.

The private key never leaves the kit folder of whoever provisions; nodes keep their own keys and send only requests.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.deployment import HELPER, ROLES
from common.documents import verify_document
from common.errors import BadInput, BadSignature, ConfigError, WrongPassword
from common.net.identity import REQUEST_KIND

VALIDITY = timedelta(days=825)
_SKEW = timedelta(minutes=5)
_MAX_TEXT = 256
_TEXTS = ("role", "name", "url", "link_host", "verify_key", "seal_key", "csr")


@dataclass(frozen=True)
class JoinRequest:
    """A checked request: signed by the node's identity key, with a certificate request for its TLS key."""

    role: str
    name: str
    url: str
    link_host: str
    link_port: int
    verify_key: str
    seal_key: str
    csr: x509.CertificateSigningRequest


class Authority:
    """The authority of one deployment; made once and kept for renewals."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate

    @classmethod
    def create(cls, name: str, now: datetime) -> Authority:
        """A fresh self-signed authority with the deployment's name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ImageGuard {name}"[:64])])
        builder = _builder(subject, subject, now)
        builder = builder.public_key(key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(authority=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return cls(key, builder.sign(key, hashes.SHA256()))

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @classmethod
    def load(cls, key: bytes, certificate: bytes, password: str | None) -> Authority:
        """The authority from its two PEM files.

        Raises:
            WrongPassword: the key is locked, and not by this password.
            ConfigError: damaged, or the key is not that of the certificate.
        """
        if (b"ENCRYPTED" in key) and not password:
            raise WrongPassword("The key of the authority is locked; give its password.")
        try:
            secret = password.encode() if password and b"ENCRYPTED" in key else None
            private = serialization.load_pem_private_key(key, secret)
        except ValueError as error:
            if secret is not None:
                raise WrongPassword("The password does not open the key of the authority.") from error
            raise ConfigError("The key of the authority cannot be read.") from error
        try:
            found = x509.load_pem_x509_certificate(certificate)
        except ValueError as error:
            raise ConfigError("The certificate of the authority cannot be read.") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != found.public_key():
            raise ConfigError("The key of the authority does not belong to its certificate.")
        return cls(private, found)

    def key_pem(self, password: str | None = None) -> bytes:
        """The private key, locked if there is a password; for a file of mode 0600 only."""
        lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)

    def sign(self, message: bytes) -> bytes:
        """An ECDSA signature with SHA-256, in DER; only lists of kits are signed besides certificates."""
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))

    def issue(self, request: JoinRequest, now: datetime) -> str:
        """The node's certificate as PEM: CN is its name, SAN its hosts, for client and server use."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, request.name)])
        builder = _builder(subject, self.certificate.subject, now).public_key(request.csr.public_key())
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(authority=False), critical=True)
        builder = builder.add_extension(uses, critical=False)
        builder = builder.add_extension(authority_key, critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(_hosts(request)), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def check_request(document: object) -> JoinRequest:
    """The request inside a signed document.

    Raises:
        BadSignature: the document or the certificate request was not signed by its own keys.
        BadInput: a field is missing, too long or of the wrong form.
    """
    body = verify_document(document, REQUEST_KIND)
    for name in _TEXTS:
        limit = 8192 if name == "csr" else _MAX_TEXT
        if not isinstance(body.get(name), str) or len(body[name]) > limit:
            raise BadInput(f"The join request has no valid {name!r}.")
    if body["verify_key"] != _signer(document):
        raise BadSignature("The join request was signed by another key than the one it names.")
    if body["role"] not in (*ROLES, HELPER):
        raise BadInput("A node has the role a, b, log or helper.")
    port = body.get("link_port", 0)
    if type(port) is not int or not 0 <= port < 65536:
        raise BadInput("The join request has no valid link port.")
    _check_address(body, port)
    return JoinRequest(**{name: body[name] for name in _TEXTS if name != "csr"}, link_port=port, csr=parse_csr(body))


def _check_address(body: dict[str, Any], port: int) -> None:
    if body["role"] == HELPER:
        if body["url"] or not body["link_host"] or not port:
            raise BadInput("The address of a helper is a host and a port, without a URL.")
    elif not urlsplit(body["url"]).hostname or not body["url"].startswith("https://"):
        raise BadInput("The address of a node is an https URL with a host.")


def parse_csr(body: dict[str, Any]) -> x509.CertificateSigningRequest:
    """The certificate request in the field ``csr``.

    Raises:
        BadInput: unreadable, or not for a P-256 key. BadSignature: not signed by its own key.
    """
    try:
        csr = x509.load_pem_x509_csr(body["csr"].encode())
        key, algorithm = csr.public_key(), csr.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput("The certificate request cannot be read.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1) or algorithm is None:
        raise BadInput("The certificate request must hold a P-256 key.")
    try:
        # The library's own yes-or-no property takes everything for a no, Ctrl-C included.
        key.verify(csr.signature, csr.tbs_certrequest_bytes, ec.ECDSA(algorithm))
    except InvalidSignature as error:
        raise BadSignature("The certificate request is not signed by its own key.") from error
    return csr


def _signer(document: object) -> str:
    return str(document["signer"]) if isinstance(document, dict) else ""


def _hosts(request: JoinRequest) -> list[x509.GeneralName]:
    names = {urlsplit(request.url).hostname or ""}
    if request.role != "log":
        names.add(request.link_host)
    return [_general_name(name) for name in sorted(names) if name]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError as error:
        raise BadInput(f"{host!r} is neither a host name nor an address.") from error


def _builder(subject: x509.Name, issuer: x509.Name, now: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - _SKEW).not_valid_after(now + VALIDITY)


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
