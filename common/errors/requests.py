"""What somebody asked that cannot be done."""

from __future__ import annotations

from common.errors.base import AppError


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


class Cancelled(AppError):
    """This was cancelled."""

    code, exit_code, status = "cancelled", 130, 409
    advice = "Start it again when you are ready; nothing that was complete is lost."


class PolicyRefused(AppError):
    """The operator of a server does not allow this there."""

    code, exit_code, status = "policy-refused", 36, 403
    advice = "See `imguard policy` for the rules of both servers; ask the operator, or stay within the named limit."


class LibraryMissing(AppError):
    """This needs a library that is not installed with this program."""

    code, exit_code, status = "library-missing", 66, 501
    advice = "Install it beside ImageGuard with `pip install imageguard[client]`, or choose another format."
