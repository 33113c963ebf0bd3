"""`compose`: the specification of a project that is being written, with what both servers say about its data sets."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from common.specification import MAX_REVISION, Specification
from desktop_client.upload.client import open_nodes
from desktop_client.upload.projects.options import outline_of_content
from desktop_client.upload.projects.publish import Writer, compose_checked
from desktop_client.worker.arguments import number_of, object_of, profile_of, text_of
from desktop_client.worker.channel import Channel

_FIRST: Final = 1


def compose(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, name, members, content, project, revision}``: compose what a draft says; the logins are those of the
    profile. The result is ``{"specification"}``, its body, checked as the servers will check it.
    """
    profile = profile_of(args)
    members = {name: str(role) for name, role in object_of(args, "members").items()}
    outline = outline_of_content(text_of(args, "name"), members, object_of(args, "content"))
    revision = number_of(args, "revision", _FIRST, MAX_REVISION) or _FIRST
    writer = Writer(profile.deployment(), profile.user())

    async def work() -> Specification:
        async with open_nodes(profile) as nodes:
            return await compose_checked(nodes, writer, outline, text_of(args, "project"), revision)

    channel.check()
    return {"specification": asyncio.run(work()).body}
