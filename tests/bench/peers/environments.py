"""Makes the environment of each peer: its own interpreter and pinned packages, outside of the checkout."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import platformdirs

from tests.bench.peers.failures import PeerFailed

DEFAULT_FOLDER: Final = platformdirs.user_cache_path("imageguard-peers")
PYTHON: Final = (3, 11)
# What the packages take on disk while they are being installed, and a little more.
NEEDED_BYTES: Final = {"crypten": 8 << 30, "spu": 2 << 30}
STAMP: Final = "installed.sha256"


def python_of(peer: str, folder: Path) -> Path:
    """The interpreter of the peer's environment in ``folder``, installed first if its pinned packages are not there.

    Raises:
        PeerFailed: wrong Python, disk full, or pip could not install.
    """
    requirements = Path(__file__).with_name(f"requirements-{peer}.txt")
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    environment = folder / peer
    stamp, python = environment / STAMP, environment / "bin" / "python"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest and python.exists():
        return python
    _check_place(peer, folder)
    sys.stderr.write(f"Installing {peer} into {environment}; this is done once and takes minutes.\n")
    shutil.rmtree(environment, ignore_errors=True)
    _call([sys.executable, "-m", "venv", str(environment)])
    # Gigabytes that are needed once: not in pip's cache as well.
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--disable-pip-version-check"]
    _call([str(python), "-m", "pip", "install", *options, "-r", str(requirements)])
    stamp.write_text(digest, encoding="utf-8")
    return python


def _check_place(peer: str, folder: Path) -> None:
    if sys.version_info[:2] != PYTHON:
        raise PeerFailed(f"{peer} is pinned for Python {PYTHON[0]}.{PYTHON[1]}; run the bench with that.")
    folder.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(folder).free, NEEDED_BYTES[peer]
    if free < needed:
        raise PeerFailed(
            f"{peer} needs {needed >> 30} GiB in {folder}, {free >> 30} are free; give another place by --environments."
        )


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerFailed(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
