"""Accounts for people and for programs: rows, histories, requests, and what differs between the nodes."""

from __future__ import annotations

from typing import Any, Final, Protocol

from common.accounts.forms import ACCOUNT
from common.accounts.model import fingerprint
from common.errors import AppError
from desktop_client.cli.context import Session, table
from desktop_client.upload.identity.outcomes import LABELS, Outcomes, at
from desktop_client.upload.identity.repair import Repaired
from desktop_client.upload.identity.rows import Details
from desktop_client.upload.identity.survey import Compared, Survey
from desktop_client.upload.identity.users import Pending

REQUEST_HEAD: Final = ("NAME", "ORGANISATION", "SINCE", "WHAT", "FINGERPRINT")


class _MayFail(Protocol):
    @property
    def failed(self) -> dict[str, AppError]: ...


def say_failed(session: Session, found: _MayFail) -> None:
    """A remark for each node that did not answer."""
    for role, error in found.failed.items():
        session.say(f"{LABELS[role]}: {error}")


def row_value(one: Compared) -> dict[str, Any]:
    """One account, from the node that knows most about it."""
    row = one.newest
    return {
        "user": row.user,
        "organisation": row.organisation,
        "role": row.role,
        "state": row.state,
        "verify_key": row.verify_key,
        "seal_key": row.seal_key,
        "fingerprint": row.fingerprint,
        "version": row.version,
        "created": row.created,
        "last_login": max((found.last_login or "" for found in one.known.values()), default="") or None,
        "nodes": {role: found.version if found else None for role, found in one.rows.items()},
        "status": one.status(),
    }


def users_text(found: Survey) -> str:
    rows = []
    for one in found.accounts.values():
        value = row_value(one)
        rows.append([value[name] or "-" for name in ("user", "organisation", "role", "state", "last_login", "status")])
    return table(("NAME", "ORGANISATION", "ROLE", "STATE", "LAST LOGIN", "NODES"), rows)


def details_value(outcomes: Outcomes[Details | None], compared: Compared) -> dict[str, Any]:
    best = _best(outcomes)
    devices = [vars(device) for device in best.devices]
    history = [
        {**document["body"], "kind": document["kind"], "signer": document["signer"]} for document in best.documents
    ]
    request = request_value(compared) if compared.waits else None
    return {**row_value(compared), "devices": devices, "history": history, "request": request}


def details_text(outcomes: Outcomes[Details | None], compared: Compared) -> str:
    value = details_value(outcomes, compared)
    names = ("user", "organisation", "role", "state", "fingerprint", "verify_key", "seal_key", "created", "status")
    lines = [f"{name.replace('_', ' '):<13} {value[name]}" for name in names]
    lines += [
        f"{LABELS[role]:<13} {'does not know this account' if version is None else f'version {version}'}"
        for role, version in value["nodes"].items()
    ]
    lines += [f"device        {one['name']}  {one['key'][:16]}  {one['state']}" for one in value["devices"]]
    lines += [_history_line(entry) for entry in value["history"]]
    if value["request"]:
        lines.append(
            f"waits for an administrator, fingerprint {', '.join(set(value['request']['fingerprints'].values()))}"
        )
    return "\n".join(lines)


def request_value(one: Compared) -> dict[str, Any]:
    """A request at each node that has it, with the fingerprint computed here."""
    waiting = {role: row.waiting for role, row in one.known.items() if row.waiting is not None}
    marks = {role: fingerprint(one.user, found.verify_key, found.seal_key) for role, found in waiting.items()}
    first = next(iter(waiting.values()))
    return {
        "user": one.user,
        "organisation": one.newest.organisation,
        "role": one.newest.role,
        "since": first.created,
        "is_replacement": one.newest.version > 0,
        "fingerprints": marks,
        "agree": len(set(marks.values())) == 1,
    }


def request_row(one: Compared) -> tuple[str, ...]:
    value = request_value(one)
    kind = "new keys for an account" if value["is_replacement"] else f"new {value['role']}"
    mark = next(iter(value["fingerprints"].values())) if value["agree"] else "DIFFERS BETWEEN NODES: approve nothing"
    return one.user, value["organisation"], value["since"], kind, mark


def pending_text(found: Pending) -> str:
    """What an administrator has to see before signing."""
    row = found.row
    lines = [
        f"{row.user} of {row.organisation}, role {row.role}"
        + (
            ": NEW KEYS for an account that exists; its old keys and devices stop working"
            if found.is_replacement
            else ""
        ),
        f"fingerprint   {found.fingerprint}",
    ]
    if found.lacking:
        lines.append(f"{at(found.lacking)} did not get the request and will take the account from your approval")
    return "\n".join(lines)


def status_value(found: Survey) -> dict[str, Any]:
    return {
        "accounts": len(found.accounts),
        "away": {role: str(error) for role, error in found.failed.items()},
        "unsettled": [
            {"user": one.user, "status": one.status(), "nodes": row_value(one)["nodes"]} for one in found.unsettled
        ],
    }


def status_text(found: Survey) -> str:
    lines = [f"{LABELS[role]} does not take part: {error}" for role, error in found.failed.items()]
    lines += [f"{one.user}: {one.status()}" for one in found.unsettled]
    if not lines:
        return f"the three nodes say the same about all {len(found.accounts)} accounts"
    return "\n".join([*lines, "Carry over what is missing with: imguard users repair"])


def repaired_value(done: Repaired, after: Survey) -> dict[str, Any]:
    return {"carried": [vars(one) for one in done.carried], "stuck": done.stuck, "after": status_value(after)}


def repaired_text(done: Repaired, after: Survey) -> str:
    lines = [
        f"{LABELS[one.node]} has version {one.version} of {one.user} now"
        + (" (signed anew by you)" if one.is_signed_anew else "")
        for one in done.carried
    ]
    return "\n".join([*lines, *done.stuck, status_text(after) if after.failed or after.unsettled else "all in step"])


def _best(outcomes: Outcomes[Details | None]) -> Details:
    """From the node that knows most about the account."""
    return max((one for one in outcomes.found.values() if one), key=lambda one: one.row.version)


def _history_line(entry: dict[str, Any]) -> str:
    what = f"{entry['role']}, {entry['state']}" if entry["kind"] == ACCOUNT else "new keys, by the user"
    reason = f" ({entry['reason']})" if entry.get("reason") else ""
    mark = fingerprint(entry["user"], entry["verify_key"], entry["seal_key"])
    return f"version {entry['version']:<5} {entry['time']}  {what}{reason}  {mark}  signed by {entry['signer'][:16]}"
