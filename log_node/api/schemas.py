"""What a request may look like: exact keys, bounded numbers, bounded sizes; checked before anything is touched."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.deployment import NodeEntry
from common.errors import AppError, BadInput, BadSignature, TooLarge
from common.merkle.entry import MAX_ENTRY_BYTES, Event, check_event

MAX_DOCUMENTS: Final = 256
MAX_PAGE: Final = 1000
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
MAX_BODY: Final = MAX_DOCUMENTS * (MAX_ENTRY_BYTES + 64) + 1024
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_LEAF = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class InclusionQuery:
    """Either ``index`` or ``leaf`` is given."""

    index: int | None
    leaf: bytes | None
    size: int | None


def parse_documents(raw: bytes) -> list[Any]:
    """``{"documents": [...]}`` with 1 to 256 items.

    Raises:
        BadInput: another form.
        TooLarge: too many items.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON.") from error
    if not isinstance(body, dict) or set(body) != {"documents"} or not isinstance(body["documents"], list):
        raise BadInput('The body must be {"documents": [...]}.', field="documents")
    if not body["documents"]:
        raise BadInput("There are no documents.", field="documents")
    if len(body["documents"]) > MAX_DOCUMENTS:
        raise TooLarge(f"One request takes at most {MAX_DOCUMENTS} documents.", limit=MAX_DOCUMENTS)
    return body["documents"]


def check_documents(documents: list[Any], writer: NodeEntry) -> list[Event]:
    """Every document as an event that this node signed and that says so.

    Raises:
        BadInput, BadSignature, TooLarge: names the first bad document as ``position``; none may be taken in.
    """
    events = []
    for position, document in enumerate(documents):
        try:
            event = check_event(document)
            if event.signer != writer.verify_key:
                raise BadSignature("The event was not signed by the node that sent it.")
            actor = str(event.body["actor"])
            if actor.startswith("node:") and actor != f"node:{writer.role}":
                raise BadInput("A node may not speak for another node.", field="actor")
        except AppError as error:
            error.details = {**error.details, "position": position}
            raise
        events.append(event)
    return events


def parse_page(query: Mapping[str, str], size: int) -> tuple[int, int]:
    """``from`` and ``to`` (exclusive), at most 1000 apart, inside a log of ``size`` entries.

    Raises:
        BadInput: another form or range.
    """
    _exact(query, {"from", "to"})
    first, end = _number(query, "from"), _number(query, "to")
    if not first < end <= size:
        raise BadInput(f"The log has entries 0 to {size - 1}, not {first} to {end - 1}.", field="to", size=size)
    if end - first > MAX_PAGE:
        raise BadInput(f"One request gives at most {MAX_PAGE} entries.", field="to", limit=MAX_PAGE)
    return first, end


def parse_inclusion(query: Mapping[str, str]) -> InclusionQuery:
    """``index`` or ``leaf``, and maybe ``size``.

    Raises:
        BadInput: another form.
    """
    by = "leaf" if "leaf" in query else "index"
    _exact(query, {by} | ({"size"} & set(query)))
    size = _number(query, "size") if "size" in query else None
    if by == "index":
        return InclusionQuery(_number(query, "index"), None, size)
    if not _LEAF.fullmatch(query["leaf"]):
        raise BadInput("A leaf hash has 64 lower-case hexadecimal characters.", field="leaf")
    return InclusionQuery(None, bytes.fromhex(query["leaf"]), size)


def parse_consistency(query: Mapping[str, str]) -> tuple[int, int]:
    """``first`` and ``second``.

    Raises:
        BadInput: another form.
    """
    _exact(query, {"first", "second"})
    return _number(query, "first"), _number(query, "second")


def known_size(asked: int | None, size: int) -> int:
    """A size the log has had and signed for; the present one if none was asked for.

    Raises:
        BadInput: larger than the log is.
    """
    if asked is not None and asked > size:
        raise BadInput(f"The log has {size} entries, not {asked}.", size=size)
    return size if asked is None else asked


def _exact(query: Mapping[str, str], names: set[str]) -> None:
    if set(query) != names or len(query) != len(names):
        raise BadInput(f"The query takes exactly: {', '.join(sorted(names))}.")


def _number(query: Mapping[str, str], name: str) -> int:
    if not _NUMBER.fullmatch(query[name]):
        raise BadInput(f"{name!r} must be a whole number.", field=name)
    return int(query[name])
