"""Why a peer could not be measured."""

from __future__ import annotations


class PeerFailed(Exception):
    """A peer could not be installed, did not start, or stopped in the middle of its work."""
