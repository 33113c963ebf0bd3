"""Checks that every program of a deployment makes: room on the disk, the certificate, the clock."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from common.errors import ConfigError
from common.monitoring.health import Finding, Grade

RENEW_DAYS: Final = 30
"""A certificate that ends sooner should be renewed now."""
SKEW_WARN: Final = 5.0
SKEW_FAIL: Final = 60.0
_GIB: Final = 1 << 30
_MANY: Final = 4


def free_bytes(folder: Path) -> int:
    """Room on the disk of a folder."""
    return shutil.disk_usage(folder).free


def check_disk(folder: Path, reserve: int) -> Finding:
    """Fails below the reserve, warns below four times as much (and at least a GiB)."""
    free = free_bytes(folder)
    says = f"{free / _GIB:.1f} GiB free, {reserve / _GIB:.1f} GiB are kept in reserve"
    if free < reserve:
        return Finding(Grade.FAIL, f"{says}: uploads are refused; free some space.")
    if free < max(_MANY * reserve, _GIB):
        return Finding(Grade.WARN, f"{says}; free some space soon.")
    return Finding(Grade.OK, f"{says}.")


def certificate_end(path: Path) -> datetime:
    """When the certificate in a PEM file ends.

    Raises:
        ConfigError: the file is no certificate.
    """
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read the certificate {path}.") from error


def days_left(end: datetime, now: float) -> int:
    """Whole days until ``end``; negative afterwards."""
    return (end - datetime.fromtimestamp(now, UTC)).days


def grade_certificate(end: datetime, now: float) -> Finding:
    """Fails after the end, warns in the last thirty days."""
    left = days_left(end, now)
    if left < 0:
        return Finding(Grade.FAIL, f"The certificate ended on {end:%Y-%m-%d}; have it renewed.")
    if left < RENEW_DAYS:
        return Finding(Grade.WARN, f"The certificate ends in {left} days, on {end:%Y-%m-%d}; have it renewed.")
    return Finding(Grade.OK, f"The certificate is valid for {left} days.")


def grade_skew(seconds: float, whose: str) -> Finding:
    """Judges the difference to another clock."""
    says = f"The clock differs by {abs(seconds):.0f} s from that of {whose}"
    if abs(seconds) > SKEW_FAIL:
        return Finding(Grade.FAIL, f"{says}; set it by a time server.")
    if abs(seconds) > SKEW_WARN:
        return Finding(Grade.WARN, f"{says}; check its time server.")
    return Finding(Grade.OK, f"{says}.")


class OwnChecks:
    """The checks of a program's own folder and certificate, ready to be components."""

    def __init__(self, folder: Path, certificate: Path, reserve: int, clock: Callable[[], float]) -> None:
        self._folder, self._certificate, self._reserve, self._clock = folder, certificate, reserve, clock

    async def disk(self) -> Finding:
        return await asyncio.to_thread(check_disk, self._folder, self._reserve)

    async def certificate(self) -> Finding:
        return grade_certificate(await asyncio.to_thread(certificate_end, self._certificate), self._clock())
