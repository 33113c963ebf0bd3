"""Nodes, their storage and the connections between them."""

from __future__ import annotations

from common.errors.base import AppError


class UnknownCertificate(AppError):
    """The other side's certificate was not issued for this deployment."""

    code, exit_code, status = "unknown-certificate", 40, 495
    advice = "Do not continue. Compare the deployment fingerprint with the operator; someone may stand in between."


class NodeUnreachable(AppError):
    """The node does not answer."""

    code, exit_code, status = "node-unreachable", 41, 503
    is_temporary = True
    advice = "Check that the node runs and that its address and port can be reached from here; then try again."


class PeerGone(AppError):
    """The other server went away during the computation."""

    code, exit_code, status = "peer-gone", 42, 503
    is_temporary = True
    advice = "Check the other server; the job goes on from its last checkpoint when both are there again."


class PeerMismatch(AppError):
    """The two servers do not agree on what to compute."""

    code, exit_code, status = "peer-mismatch", 43, 409
    advice = "Both operators should compare versions and settings; the job was stopped before any value was opened."


class BadFrame(AppError):
    """A message from the other server does not have the form it must have."""

    code, exit_code, status = "bad-frame", 44, 502
    advice = "The connection was closed. Both operators should compare versions; if they agree, check the network."


class DiskFull(AppError):
    """There is no room left on the disk."""

    code, exit_code, status = "disk-full", 50, 507
    is_temporary = True
    advice = "Free some space and repeat the command; what was complete before is still valid."


class DatabaseGone(AppError):
    """The node's database does not answer."""

    code, exit_code, status = "database-gone", 53, 503
    is_temporary = True
    advice = "Try again in a minute. The operator should look whether the database server of this node runs."


class BlobsGone(AppError):
    """The store of the encrypted shares does not answer."""

    code, exit_code, status = "blobs-gone", 59, 503
    is_temporary = True
    advice = "Nothing is lost: uploads and jobs go on once it answers. If it stays away, ask the operator."


class NotReady(AppError):
    """The node cannot work now: a part that it needs is out of order."""

    code, exit_code, status = "not-ready", 55, 503
    advice = "Ask the node's operator, who sees which part it is; then try again."
    is_temporary = True


class NodeStartFailed(AppError):
    """A node process did not start."""

    code, exit_code, status = "node-start-failed", 46, 500
    advice = "Read the last lines of the named log file, mend the cause and start again."


class HelperGone(AppError):
    """The helper that deals the correlations of this job cannot be reached, or went away."""

    code, exit_code, status = "helper-gone", 47, 503
    is_temporary = True
    advice = "Ask whoever runs the helper to start it; both servers must reach its port. Jobs go on by themselves then."
