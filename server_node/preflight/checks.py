"""What can be checked on a node's own machine, whether it runs or not; every check is a line, none changes anything."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from common.config import Settings
from common.crypto.rng import SystemRandom
from common.errors import AppError, Conflict
from common.monitoring.checks import certificate_end, check_disk, grade_certificate
from common.monitoring.health import OK, Finding, Grade
from common.monitoring.lines import Line, line_of
from common.net.files import hold_folder
from common.net.identity import NodeIdentity
from common.net.tls import server_context
from server_node.live.opening import open_live
from server_node.monitor.peer_watch import check_age
from server_node.policy.policy import Policy
from server_node.storage.engine import open_engine
from server_node.storage.location import locate
from server_node.storage.places import open_blobs

_MIB: Final = 1 << 20
_HERE: Final = "node"
_KEY_FILES: Final = ("identity.key", "sealing.key", "storage.key", "tls.key")


def is_running(folder: Path) -> bool:
    """Whether a process of this node holds the folder."""
    try:
        os.close(hold_folder(folder))
    except Conflict:
        return True
    return False


def check_user(folder: Path) -> Line:
    """Whoever looks is whom the folder belongs to; files made by another user would stop the node."""
    if sys.platform != "win32" and folder.stat().st_uid != os.geteuid():
        finding = Finding(Grade.FAIL, f"{folder} belongs to another user.")
        return line_of(_HERE, "user", finding, "Run this as the user the node runs as.")
    return Line(Grade.OK, _HERE, "user", "The folder belongs to whoever looks.")


def check_keys(folder: Path) -> Line:
    """Key files are there and nobody else can read them."""
    keys = folder / "keys"
    missing = [name for name in _KEY_FILES if not (keys / name).is_file()]
    if missing:
        finding = Finding(Grade.FAIL, f"There is no {', '.join(missing)} in {keys}.")
        return line_of(_HERE, "keys", finding, "Restore keys/ from a backup; without them nothing stored can be read.")
    files = [path for path in keys.iterdir() if path.is_file()]
    open_ones = sorted(path.name for path in (keys, *files) if stat.S_IMODE(path.stat().st_mode) & 0o077)
    if open_ones:
        finding = Finding(Grade.FAIL, f"Others on this machine can read {', '.join(open_ones)}.")
        return line_of(_HERE, "keys", finding, f"chmod 700 {keys}; chmod 600 {keys}/*")
    return Line(Grade.OK, _HERE, "keys", "Every key is there, for this user only.")


def check_certificate(identity: NodeIdentity, now: float) -> Line:
    """The certificate is valid, and TLS can be served with it."""
    advice = "Run `imguard-server renew`, send the request, install the kit that comes back."
    try:
        server_context(identity.cert_path, identity.key_path, identity.ca_pem)
        finding = grade_certificate(certificate_end(identity.cert_path), now)
    except (AppError, OSError, ValueError) as error:
        finding = Finding(Grade.FAIL, f"TLS cannot be served: {error}")
    return line_of(_HERE, "certificate", finding, advice)


def check_ports(settings: Settings, identity: NodeIdentity) -> Iterator[Line]:
    """The addresses that a start will listen on are there and free."""
    yield _port("port", settings["listen_host"], settings["listen_port"], "listen_host and listen_port")
    if identity.role == "a":
        first = identity.deployment.node("a").link_port
        for slot in range(settings["running_jobs"]):
            yield _port("link port", settings["link_listen_host"], first + slot, "link_listen_host and running_jobs")


def check_space(folder: Path, settings: Settings) -> Line:
    """There is room on the disk."""
    finding = check_disk(folder, settings["disk_reserve_mib"] * _MIB)
    return line_of(_HERE, "disk", finding, "Free some space, or move the folder to a larger disk.")


def check_clock(identity: NodeIdentity) -> Line:
    """The clock is not from before the deployment; how it agrees with others is seen where they are asked."""
    created = str(identity.deployment.body["created"])
    finding = check_age(created, time.time) or Finding(Grade.OK, time.strftime("%Y-%m-%dT%H:%M:%SZ.", time.gmtime()))
    return line_of(_HERE, "clock", finding, "Set the clock by a time server.")


def check_policy(folder: Path) -> Line:
    """The operator's rules can be read."""
    try:
        Policy.load(folder)
    except AppError as error:
        return line_of(_HERE, "policy", Finding(Grade.FAIL, str(error)), error.advice)
    return Line(Grade.OK, _HERE, "policy", "Its rules can be read.")


async def check_database(folder: Path, settings: Settings) -> Line:
    """The database answers; it is only asked, so a node that runs goes on with it."""
    advice = "See database_url in settings.toml, and whether the database server runs."
    try:
        location = locate(folder, settings)
        if location.path is not None and not location.path.exists():
            return Line(Grade.OK, _HERE, "database", "It is made at the first start.")
        engine = open_engine(location)
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        finally:
            await engine.dispose()
    except AppError as error:
        return line_of(_HERE, "database", Finding(Grade.FAIL, str(error)), error.advice)
    except (SQLAlchemyError, OSError) as error:
        return line_of(_HERE, "database", Finding(Grade.FAIL, f"It cannot be used: {type(error).__name__}."), advice)
    return Line(Grade.OK, _HERE, "database", f"{location} answers.")


async def check_blobs(folder: Path, settings: Settings) -> Line:
    """The place for encrypted shares can be used."""
    try:
        blobs = open_blobs(folder / "shares", folder, settings, SystemRandom())
        try:
            said = await blobs.check()
        finally:
            blobs.close()
    except AppError as error:
        return line_of(_HERE, "blobs", Finding(Grade.FAIL, str(error)), error.advice)
    return _said("blobs", said, "See blobs_url in settings.toml, and whether the IPFS node runs.")


async def check_live(folder: Path, settings: Settings, identity: NodeIdentity) -> Line:
    """The place for counters and wake-ups answers."""
    try:
        async with open_live(folder, settings, identity.storage_key, SystemRandom()) as live:
            said = await live.check()
    except AppError as error:
        return line_of(_HERE, "live state", Finding(Grade.FAIL, str(error)), error.advice)
    return _said("live state", said, "See live_url in settings.toml, and whether Redis runs; a node goes on without.")


def _said(check: str, said: str, advice: str) -> Line:
    if said == OK:
        return Line(Grade.OK, _HERE, check, "It answers.")
    return line_of(_HERE, check, Finding(Grade.WARN, said), advice)


def _port(check: str, host: str, port: int, names: str) -> Line:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            finding = Finding(Grade.FAIL, f"{host}:{port} cannot be listened on: {error.strerror}.")
            return line_of(_HERE, check, finding, f"Stop what uses it, or change {names} in settings.toml.")
    return Line(Grade.OK, _HERE, check, f"{host}:{port} is free.")
