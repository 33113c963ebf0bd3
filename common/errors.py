"""Every error a user can meet: a stable code, an exit code, an HTTP status and what to do next.

A message says what happened; ``advice`` says what to do. Neither may ever hold a share, key, password or pixel.
"""

from __future__ import annotations

import itertools
import json
from typing import Any, ClassVar, Final

_MAX_TEXT: Final = 2000
_MAX_DETAILS: Final = 16
_MAX_NAME: Final = 64


class AppError(Exception):
    """Base of all named errors. ``details`` holds JSON-safe facts, never a secret."""

    code: ClassVar[str] = "internal-error"
    exit_code: ClassVar[int] = 70
    status: ClassVar[int] = 500
    advice: ClassVar[str] = "Please report this with the log file of the program; it holds no secrets."
    is_temporary: ClassVar[bool] = False
    """Whether the same may go well later without anybody doing anything: what waits for it is tried again."""
    registry: ClassVar[dict[str, type[AppError]]] = {}

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or (self.__doc__ or self.code).strip().splitlines()[0])
        self.details = details

    def __init_subclass__(cls) -> None:
        AppError.registry[cls.code] = cls

    def as_dict(self) -> dict[str, Any]:
        """The form that travels in an HTTP answer or a JSON report."""
        return {"code": self.code, "message": str(self), "advice": self.advice, "details": self.details}


def error_from_dict(value: object) -> AppError:
    """Rebuild the matching subclass from :meth:`AppError.as_dict`; an unknown code gives the base class."""
    if not isinstance(value, dict):
        return AppError("The answer was not an error description.")
    cls = AppError.registry.get(str(value.get("code"))[:_MAX_TEXT], AppError)
    error = cls(str(value.get("message", ""))[:_MAX_TEXT])
    # Set, not passed on: a foreign field may be named like a parameter.
    error.details = _foreign_details(value.get("details"))
    return error


def _foreign_details(details: object) -> dict[str, Any]:
    """At most 16 fields with short names; a long text is cut, and a large list or object left out."""
    if not isinstance(details, dict):
        return {}
    kept: dict[str, Any] = {}
    for name, value in itertools.islice(details.items(), _MAX_DETAILS):
        found = value[:_MAX_TEXT] if isinstance(value, str) else value
        if not isinstance(found, (dict, list)) or _is_short(found):
            kept[str(name)[:_MAX_NAME]] = found
    return kept


def _is_short(value: object) -> bool:
    try:
        return len(json.dumps(value)) <= _MAX_TEXT
    except (ValueError, TypeError, RecursionError):
        return False


class UsageError(AppError):
    """The command was given options that do not fit together."""

    code, exit_code, status = "usage", 2, 400
    advice = "Run the command with --help; it shows an example."


class ConfigError(AppError):
    """A settings file holds something that cannot be used."""

    code, exit_code, status = "config", 3, 500
    advice = "Correct the named line of the settings file; the guide lists every setting."


class BadInput(AppError):
    """The request does not have the form it must have."""

    code, exit_code, status = "bad-input", 4, 400
    advice = "Correct the named field and send it again."


class TooLarge(AppError):
    """The request is larger than this program accepts."""

    code, exit_code, status = "too-large", 5, 413
    advice = "Send smaller pieces, or ask the operator to raise the limit."


class MethodNotAllowed(AppError):
    """This address does not take this method."""

    code, exit_code, status = "method-not-allowed", 6, 405
    advice = "Use a method that the header Allow of the answer names; the node's page at /v1/docs lists all routes."


class BadImage(AppError):
    """This file cannot be used as an image."""

    code, exit_code, status = "bad-image", 10, 400
    advice = "Open the file in an image program and save it again, or leave it out."


class BadBundle(AppError):
    """A share chunk or bundle file does not have the form it must have."""

    code, exit_code, status = "bad-bundle", 11, 400
    advice = "Split the images again; the file was damaged or made by another version."


class BadManifest(AppError):
    """The manifest of a data set does not have the form it must have."""

    code, exit_code, status = "bad-manifest", 12, 400
    advice = "Split the images again; the manifest was damaged or made by another version."


class ShareTampered(AppError):
    """A share chunk is not the one the owner signed for."""

    code, exit_code, status = "share-tampered", 13, 422
    advice = "Upload the chunk again from the original bundle; if it happens again, tell both operators."


class BadSignature(AppError):
    """A signature does not fit the document."""

    code, exit_code, status = "bad-signature", 20, 403
    advice = "Do not use this document. Fetch it again from its author."


class BadSeal(AppError):
    """A sealed message cannot be opened with this key."""

    code, exit_code, status = "bad-seal", 21, 422
    advice = "Check that it was sealed for this recipient; if so it was damaged and must be sent again."


class WrongPassword(AppError):
    """The password does not open this key file."""

    code, exit_code, status = "wrong-password", 22, 403
    advice = "Try again. Nobody can reset the password: if it is lost, register again with a new invitation."


class NotLoggedIn(AppError):
    """This needs a login."""

    code, exit_code, status = "not-logged-in", 23, 401
    advice = "Run `imguard login`."


class TokenExpired(AppError):
    """The login has expired."""

    code, exit_code, status = "token-expired", 24, 401
    advice = "Run `imguard login` again."


class Forbidden(AppError):
    """This account may not do that."""

    code, exit_code, status = "forbidden", 25, 403
    advice = "Ask the owner of the data set or project for access."


class NotFound(AppError):
    """There is no such object, or it is not visible to this account."""

    code, exit_code, status = "not-found", 26, 404
    advice = "Check the id with the matching list command."


class Conflict(AppError):
    """This cannot be done in the present state."""

    code, exit_code, status = "conflict", 27, 409
    advice = "Look at the present state with the matching show command, then decide."


class RateLimited(AppError):
    """Too many requests."""

    code, exit_code, status = "rate-limited", 28, 429
    is_temporary = True
    advice = "Wait a minute, then try again."


class ConsentMissing(AppError):
    """A data owner has not consented to this specification."""

    code, exit_code, status = "consent-missing", 29, 409
    advice = "Ask the named owners to run `imguard consent give`; nothing is computed before that."


class SpecRefused(AppError):
    """The project specification cannot be run safely."""

    code, exit_code, status = "spec-refused", 30, 400
    advice = "Change the named value of the specification and create the project again."


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


class WrongVersion(AppError):
    """The other side speaks another version of this format."""

    code, exit_code, status = "wrong-version", 45, 409
    advice = "Bring both sides to the same version."


class DiskFull(AppError):
    """There is no room left on the disk."""

    code, exit_code, status = "disk-full", 50, 507
    is_temporary = True
    advice = "Free some space and repeat the command; what was complete before is still valid."


class StoreDamaged(AppError):
    """A stored file is not what was written."""

    code, exit_code, status = "store-damaged", 51, 500
    advice = "Restore the file from a backup, or delete and upload the data set again."


class CorrelationReused(AppError):
    """A correlation was asked for twice; using it again would reveal secrets, so the job was stopped."""

    code, exit_code, status = "correlation-reused", 52, 500
    advice = "Start the job again; fresh correlations are prepared. Report this with the job log."


class LogTampered(AppError):
    """The audit log is not what its signed checkpoint says."""

    code, exit_code, status = "log-tampered", 60, 500
    advice = "Keep a copy of the log as it is, and tell every member: someone changed the record."


class LogFork(AppError):
    """The log server shows different histories to different people."""

    code, exit_code, status = "log-fork", 61, 500
    advice = "Keep both checkpoints and tell every member: the log server cannot be trusted any more."


class JobFailed(AppError):
    """The job stopped with an error."""

    code, exit_code, status = "job-failed", 62, 500
    advice = "Look at `imguard job status`; after the cause is mended the job can be started again."


class RangeExceeded(AppError):
    """A value left the range that fixed point can hold."""

    code, exit_code, status = "range-exceeded", 63, 500
    advice = "Start the job again with a lower learning rate."


class WorkerDied(AppError):
    """The process that computed a job ended without a word."""

    code, exit_code, status = "worker-died", 48, 503
    is_temporary = True
    advice = "Nothing to do: the job goes on from its last checkpoint. If this repeats, read the worker's log file."


class OutsideHours(AppError):
    """Jobs may not run at this hour."""

    code, exit_code, status = "outside-hours", 58, 503
    is_temporary = True
    advice = "Nothing to do: the job goes on when the operator's hours begin. `imguard policy` shows them."


class JobPaused(AppError):
    """The job was paused."""

    code, exit_code, status = "job-paused", 49, 409
    advice = "Resume it when you are ready; it goes on from its last checkpoint."


class Cancelled(AppError):
    """This was cancelled."""

    code, exit_code, status = "cancelled", 130, 409
    advice = "Start it again when you are ready; nothing that was complete is lost."


class NotReady(AppError):
    """The node cannot work now: a part that it needs is out of order."""

    code, exit_code, status = "not-ready", 55, 503
    advice = "Ask the node's operator, who sees which part it is; then try again."
    is_temporary = True


class NodeStartFailed(AppError):
    """A node process did not start."""

    code, exit_code, status = "node-start-failed", 46, 500
    advice = "Read the last lines of the named log file, mend the cause and start again."


class NotRegistered(AppError):
    """Nobody has registered in this profile yet."""

    code, exit_code, status = "not-registered", 31, 401
    advice = "Run `imguard register` with the deployment description you were given, or choose another --profile."


class HelperGone(AppError):
    """The helper that deals the correlations of this job cannot be reached, or went away."""

    code, exit_code, status = "helper-gone", 47, 503
    is_temporary = True
    advice = "Ask whoever runs the helper to start it, and check that both servers reach its port; then start again."


class NotApproved(AppError):
    """An administrator has not approved this account yet."""

    code, exit_code, status = "not-approved", 32, 403
    advice = "Tell an administrator the fingerprint of your keys; once they have approved it, run `imguard login`."


class AccountDisabled(AppError):
    """This account was disabled."""

    code, exit_code, status = "account-disabled", 33, 403
    advice = "Ask an administrator of the deployment why, and to enable it again."


class LastAdministrator(AppError):
    """This is the last active administrator, without whom nobody could approve anybody any more."""

    code, exit_code, status = "last-administrator", 34, 409
    advice = "Make somebody else an administrator first."


class DatabaseGone(AppError):
    """The node's database does not answer."""

    code, exit_code, status = "database-gone", 53, 503
    is_temporary = True
    advice = "Try again in a minute. The operator should look whether the database server of this node runs."


class MigrationFailed(AppError):
    """The tables of the database could not be brought to the form that this program needs."""

    code, exit_code, status = "migration-failed", 54, 500
    advice = "Keep the database as it is, read the node's log and restore the backup that was made before."


class BlobsGone(AppError):
    """The store of the encrypted shares does not answer."""

    code, exit_code, status = "blobs-gone", 59, 503
    is_temporary = True
    advice = "Nothing is lost: uploads and jobs go on once it answers. If it stays away, ask the operator of this server."


class KeysDiffer(AppError):
    """The nodes show different keys for the same account."""

    code, exit_code, status = "keys-differ", 35, 409
    advice = "Do not go on, and approve nothing. Tell all operators: a node shows keys that are not this person's."


class NodeBehind(AppError):
    """A node lacks what the others know about an account."""

    code, exit_code, status = "node-behind", 37, 409
    advice = "Run `imguard users repair`, or ask an administrator to: it carries the missing documents over."


class DeviceUnknown(AppError):
    """No node takes a login of this device."""

    code, exit_code, status = "device-unknown", 38, 401
    advice = "Run `imguard device add` if this device is new; with lost keys, ask an administrator for a new invitation."


class KeysReplaced(AppError):
    """The account has other keys now than those on this device."""

    code, exit_code, status = "keys-replaced", 39, 409
    advice = "Run `imguard keys export` on the device that has the new keys, then `imguard keys import` here."


class PolicyRefused(AppError):
    """The operator of a server does not allow this there."""

    code, exit_code, status = "policy-refused", 36, 403
    advice = "See `imguard policy` for the rules of both servers; ask the operator, or stay within the named limit."


class BackupDamaged(AppError):
    """This backup is damaged."""

    code, exit_code, status = "backup-damaged", 56, 422
    advice = "Nothing was restored. Copy the file again from where it is kept, or use an older backup."


class BackupLocked(AppError):
    """The password does not open this backup."""

    code, exit_code, status = "backup-locked", 57, 403
    advice = "Try again with the password that was chosen when the backup was made; nobody can reset it."
