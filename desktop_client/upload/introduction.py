"""The description of a deployment from the address of one of its nodes and the fingerprint that an operator told.

Before the description is here nobody can check the certificate of the node, so this one request checks none: it carries
nothing, and what comes back is used only if its fingerprint is the one that was told on another way. From then on every
connection is checked against the authority in the description.
"""

from __future__ import annotations

import hmac
import json
import re
import ssl
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from common.config import Settings
from common.deployment import MAX_BYTES, Deployment
from common.errors import BadFrame, BadInput, ConfigError, NodeUnreachable, UnknownCertificate

_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_PATH: Final = "/v1/deployment"
_ADVICE: Final = "Is this the address of a node of ImageGuard? Ask its operator."


async def fetch_deployment(address: str, fingerprint: str, settings: Settings) -> Deployment:
    """The description that the node at ``address`` shows, if it has this fingerprint.

    Raises:
        BadInput: the address or the fingerprint does not have the form of one.
        NodeUnreachable: nothing answers there.
        BadFrame: what answers is no node, or an old one that does not show its description.
        UnknownCertificate: it is another deployment, or somebody stands in between.
    """
    expected, url = parse_fingerprint(fingerprint), parse_address(address)
    raw = await _fetch(url, settings)
    try:
        found = Deployment.from_json(json.loads(raw))
        shown = found.fingerprint
    except (ValueError, RecursionError, ConfigError) as error:
        raise BadFrame(f"What answers at {url} shows no description of a deployment. {_ADVICE}") from error
    if not hmac.compare_digest(shown.encode(), expected.encode()):
        raise UnknownCertificate("The fingerprint of the deployment that answers is another one than you entered.")
    return found


def parse_fingerprint(given: str) -> str:
    """64 small hexadecimal digits from text that may have spaces, colons and dashes between them.

    Raises:
        BadInput: it is none.
    """
    found = re.sub(r"[\s:-]", "", given).lower()
    if not _FINGERPRINT.fullmatch(found):
        raise BadInput("The fingerprint of a deployment has 64 digits from 0 to 9 and a to f.")
    return found


def parse_address(given: str) -> str:
    """``https://host:port`` from an address with or without the beginning.

    Raises:
        BadInput: it is none, or asks for a connection without TLS.
    """
    text = given.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme != "https" or parts.username is not None or parts.query or parts.path.strip("/"):
        raise BadInput("The address of a node looks like a.hospital.example:9001.")
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}:{port}" if port else f"https://{shown}"


async def _fetch(url: str, settings: Settings) -> bytes:
    timeout = aiohttp.ClientTimeout(total=2 * settings["connect_seconds"], sock_connect=settings["connect_seconds"])
    connector = aiohttp.TCPConnector(ssl=_unchecked(), limit=1)
    try:
        # Nothing is unpacked: what is small on its way could be large here before anybody can count it.
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, headers={"Accept-Encoding": "identity"}, auto_decompress=False
        ) as session:
            async with session.get(url + _PATH, allow_redirects=False) as response:
                if response.status != 200:
                    raise BadFrame(f"What answers at {url} shows no description of a deployment. {_ADVICE}")
                return await _read(response)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NodeUnreachable(f"No node can be reached at {url}.", url=url) from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """At most as much as a description has."""
    found = bytearray()
    async for piece in response.content.iter_chunked(16 * 1024):
        found += piece
        if len(found) > MAX_BYTES:
            raise BadFrame("What answers sends more than a description of a deployment has.")
    return bytes(found)


def _unchecked() -> ssl.SSLContext:
    """TLS 1.3 with whoever answers; only for what is believed by its fingerprint alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
