"""Images, shares, signed documents and files that are not what they should be."""

from __future__ import annotations

from common.errors.base import AppError


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


class StoreDamaged(AppError):
    """A stored file is not what was written."""

    code, exit_code, status = "store-damaged", 51, 500
    advice = "Restore the file from a backup, or delete and upload the data set again."


class LogTampered(AppError):
    """The audit log is not what its signed checkpoint says."""

    code, exit_code, status = "log-tampered", 60, 500
    advice = "Keep a copy of the log as it is, and tell every member: someone changed the record."


class LogFork(AppError):
    """The log server shows different histories to different people."""

    code, exit_code, status = "log-fork", 61, 500
    advice = "Keep both checkpoints and tell every member: the log server cannot be trusted any more."


class BackupDamaged(AppError):
    """This backup is damaged."""

    code, exit_code, status = "backup-damaged", 56, 422
    advice = "Nothing was restored. Copy the file again from where it is kept, or use an older backup."


class BackupLocked(AppError):
    """The password does not open this backup."""

    code, exit_code, status = "backup-locked", 57, 403
    advice = "Try again with the password that was chosen when the backup was made; nobody can reset it."


class MigrationFailed(AppError):
    """The tables of the database could not be brought to the form that this program needs."""

    code, exit_code, status = "migration-failed", 54, 500
    advice = "Keep the database as it is, read the node's log and restore the backup that was made before."


class WrongVersion(AppError):
    """The other side speaks another version of this format."""

    code, exit_code, status = "wrong-version", 45, 409
    advice = "Bring both sides to the same version."
