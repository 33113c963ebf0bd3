"""Passwords, logins, accounts and their keys."""

from __future__ import annotations

from common.errors.base import AppError


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


class NotRegistered(AppError):
    """Nobody has registered in this profile yet."""

    code, exit_code, status = "not-registered", 31, 401
    advice = "Run `imguard register` with the deployment description you were given, or choose another --profile."


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
    advice = "Run `imguard device add` on a new device; with lost keys, ask an administrator for a new invitation."


class KeysReplaced(AppError):
    """The account has other keys now than those on this device."""

    code, exit_code, status = "keys-replaced", 39, 409
    advice = "Run `imguard keys export` on the device that has the new keys, then `imguard keys import` here."


class KeysLocked(AppError):
    """Your keys are locked."""

    code, exit_code, status = "keys-locked", 64, 403
    advice = "Enter your password; the keys are opened on this machine only."
