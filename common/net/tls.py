"""TLS 1.3 contexts for every connection between nodes and with users. There is no way to switch verification off."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from pathlib import Path


def client_context(ca_pem: str, cert: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """Trusts the deployment's own authority and nothing else; presents a certificate if one is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=ca_pem)
    if cert is not None:
        context.load_cert_chain(cert, key)
    return context


def server_context(cert: Path, key: Path, ca_pem: str, *, require_client: bool = False) -> ssl.SSLContext:
    """Checks client certificates against the deployment's authority; demands one with ``require_client``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(cert, key)
    context.load_verify_locations(cadata=ca_pem)
    context.verify_mode = ssl.CERT_REQUIRED if require_client else ssl.CERT_OPTIONAL
    return context


def use_small_buffers(size: int = 64 * 1024) -> None:
    """Have connections that are made from now on read so much at a time.

    Each of hundreds of connections keeps two buffers of this size, which asyncio makes 256 KiB large.
    """
    sslproto.SSLProtocol.max_size = size


def peer_name(transport: asyncio.BaseTransport | None) -> str | None:
    """Common name of the verified client certificate of an asyncio connection, or None without one."""
    certificate = transport.get_extra_info("peercert") if transport else None
    return common_name(certificate) if certificate else None


def common_name(certificate: dict[str, object]) -> str | None:
    """Common name in the dictionary form of :meth:`ssl.SSLSocket.getpeercert`."""
    subject = certificate.get("subject")
    if isinstance(subject, tuple):
        for part in subject:
            for name, value in part:
                if name == "commonName":
                    return str(value)
    return None
