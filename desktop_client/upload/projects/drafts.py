"""Drafts of projects at both servers. They bind nobody: what counts is the specification that is made of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from common.documents import sign_document, verify_document
from common.errors import BadFrame, NotFound
from desktop_client.keystore import UserKeys
from desktop_client.upload.answers import document, text
from desktop_client.upload.client import NodeClient, Nodes
from desktop_client.upload.projects.options import Outline, content_of, outline_of_content

DRAFT_KIND: Final = "project-draft"


@dataclass(frozen=True)
class FoundDraft:
    """The newest version of a draft that a server has."""

    id: str
    version: int
    author: str
    outline: Outline


async def fetch_draft(nodes: Nodes, draft: str) -> FoundDraft:
    """The newer of what the servers have; one that is behind gets it with the next change.

    Raises:
        NotFound: neither has it.
        BadFrame, BadSignature: a server shows something that is no draft.
        BadInput: it was written by a program that knows other fields.
    """
    found = [draft for draft in await nodes.each(lambda node: _at(node, draft)) if draft is not None]
    if not found:
        raise NotFound("Neither server has this draft, or it does not name you.")
    return max(found, key=lambda one: one.version)


async def save_draft(nodes: Nodes, draft: str, version: int, keys: UserKeys, outline: Outline) -> None:
    """Sign a version of a draft and hand it to both servers.

    Raises:
        Conflict: somebody else has changed it meanwhile.
        TooLarge: a draft has at most 64 KiB of content.
    """
    body = {
        "id": draft,
        "version": version,
        "name": outline.name,
        "members": [{"user": user, "role": role} for user, role in sorted(outline.members.items())],
        "content": content_of(outline),
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    signed = sign_document(DRAFT_KIND, body, keys.signing)
    await nodes.both(lambda node: node.save_draft(draft, signed))


async def remove_draft(nodes: Nodes, draft: str) -> None:
    """Throw a draft away at both servers.

    Raises:
        NotFound: neither has it.
    """

    async def at(node: NodeClient) -> bool:
        try:
            await node.remove_draft(draft)
        except NotFound:
            return False
        return True

    if not any(await nodes.each(at)):
        raise NotFound("Neither server has this draft, or it does not name you.")


async def _at(node: NodeClient, draft: str) -> FoundDraft | None:
    try:
        answer = await node.draft(draft)
    except NotFound:
        return None
    body = verify_document(document(answer, "document"), DRAFT_KIND)
    try:
        members: dict[str, Any] = {str(member["user"]): str(member["role"]) for member in body["members"]}
        outline = outline_of_content(str(body["name"]), members, document(body, "content"))
        version = int(body["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadFrame("A node shows something else than a draft.") from error
    if body["id"] != draft:
        raise BadFrame("A node shows another draft than the one that was asked for.")
    return FoundDraft(draft, version, text(answer, "author"), outline)
