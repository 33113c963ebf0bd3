"""`upload`: bundles to both servers, from the first chunk that one of them lacks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

from common.crypto.signing import SigningKey
from common.errors import BadBundle, BadInput, Cancelled
from common.ids import Party
from desktop_client.settings import Profile
from desktop_client.upload.client import open_nodes
from desktop_client.upload.identity.account import sign_in_with
from desktop_client.upload.identity.client import IdentityClient
from desktop_client.upload.plan import Standing
from desktop_client.upload.transfer import LocalDataset, Uploaded, open_dataset
from desktop_client.upload.transfer import upload as upload_dataset
from desktop_client.worker.arguments import path_of, profile_of, text_of
from desktop_client.worker.channel import Channel

_LOOK_SECONDS: Final = 0.2
_T = TypeVar("_T")


def describe(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, folder}``: what a folder of bundles holds, wherever it was split; every check but that of the bytes.

    The result is ``{"dataset", "name", "count", "shape", "bits", "classes", "bytes": {"a", "b"}, "created"}``.
    """
    channel.check()
    found = _open(args)
    manifest, about = found.manifest, found.manifest.about
    sizes = {party.letter: manifest.total_bytes(party) for party in Party}
    for role in sizes:
        if not found.bundle_path(role).is_file():
            raise BadBundle(f"{found.bundle_path(role).name} is missing beside the manifest.")
    return {
        "dataset": found.id,
        "name": about.name,
        "count": manifest.count,
        "shape": list(about.shape),
        "bits": about.bits,
        "classes": list(about.classes),
        "bytes": sizes,
        "created": about.created,
    }


def upload(args: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """``{profile, folder, login?}``: send what the servers lack; the logins are those of the profile.

    ``login`` is the key that renews a login that runs out meanwhile. Progress has the stage ``upload`` with ``done``
    and ``total`` bytes, and ``a_done a_total a_chunks a_all`` (and ``b_...``) for each server. The result is
    ``{"dataset", "states": [a, b], "bytes": {"a", "b"}, "chunks"}``.
    """
    profile, dataset = profile_of(args), _open(args)

    def watch(a: Standing, b: Standing) -> None:
        channel.progress("upload", a[0] + b[0], a[1] + b[1], **_numbers("a", a), **_numbers("b", b))

    async def work() -> Uploaded:
        async with open_nodes(profile) as nodes:
            for node in nodes.everyone:
                node.relogin = _renewal(profile, args)
            return await upload_dataset(nodes, profile, dataset, watch=watch)

    done = asyncio.run(_while_wanted(work(), channel))
    sizes = {name: receipt.bytes for name, receipt in zip("ab", done.receipts, strict=True)}
    return {"dataset": done.dataset, "states": list(done.states), "bytes": sizes, "chunks": done.receipts[0].chunks}


def _open(args: dict[str, Any]) -> LocalDataset:
    profile, folder = profile_of(args), path_of(args, "folder")
    deployment = profile.deployment()
    return open_dataset(folder, profile.user(), (deployment.node("a").seal_key, deployment.node("b").seal_key))


async def _while_wanted(work: Coroutine[Any, Any, _T], channel: Channel) -> _T:
    """Do the work until nobody wants it any more; what a server has by then it keeps.

    Raises:
        Cancelled: nobody wants it.
    """
    task = asyncio.create_task(work)
    while not task.done():
        await asyncio.wait([task], timeout=_LOOK_SECONDS)
        if channel.is_cancelled and not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            raise Cancelled()
    return task.result()


def _renewal(profile: Profile, args: dict[str, Any]) -> Callable[[IdentityClient], Awaitable[None]] | None:
    given = text_of(args, "login", "")
    if not given:
        return None
    try:
        login = SigningKey.from_bytes(bytes.fromhex(given))
    except ValueError as error:
        raise BadInput("The request has no valid 'login'.", field="login") from error

    async def renew(node: IdentityClient) -> None:
        token = await sign_in_with(node, profile.user().name, login)
        profile.save_tokens({**profile.tokens(), node.node.role: token})

    return renew


def _numbers(role: str, standing: Standing) -> dict[str, int]:
    names = (f"{role}_done", f"{role}_total", f"{role}_chunks", f"{role}_all")
    return dict(zip(names, standing, strict=True))
