"""What a node that misbehaves leads to: always an error with a name, never bytes that were not put."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from common.errors import AppError, BlobsGone, ConfigError, DiskFull, StoreDamaged
from common.net.endpoint import Endpoint
from server_node.storage.blobs import BlobFiles
from server_node.storage.ipfs import store
from server_node.storage.ipfs.cid import cid_of
from server_node.storage.ipfs.store import IpfsBlobs
from server_node.storage.places import BlobPlaces

Reply = tuple[int, bytes]
CID = cid_of(b"ciphertext")


class Scripted:
    """Answers as it is told to, and remembers what it was asked."""

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.replies, self.asked, self.credentials = replies, list[str](), set[str | None]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = urlsplit(self.path)
                name = parts.path.removeprefix("/api/v0/")
                outer.asked.append(name)
                outer.credentials.add(self.headers.get("Authorization"))
                assert all(len(values) == 1 for values in parse_qs(parts.query).values())
                status, body = outer.replies[name]
                if status == 0:
                    # Half an answer, then silence.
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body) + 1))
                    self.end_headers()
                    self.wfile.write(body)
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False


@contextmanager
def serving(
    folder: Path, replies: dict[str, Reply], user: str = "", password: str = ""
) -> Iterator[tuple[IpfsBlobs, Scripted]]:
    scripted = Scripted(replies)
    thread = threading.Thread(target=scripted.server.serve_forever, args=(0.01,))
    thread.start()
    blobs = IpfsBlobs(folder, Endpoint("ipfs+http", "127.0.0.1", scripted.server.server_port, "", user, password))
    try:
        yield blobs, scripted
    finally:
        blobs.close()
        scripted.server.shutdown()
        scripted.server.server_close()
        thread.join()


def said(**facts: object) -> bytes:
    return json.dumps(facts).encode()


ADDED = (200, said(Name="blob", Hash=CID, Size=10))
PINNED = (200, said(Keys={CID: {"Type": "recursive"}}))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((200, said(Name="blob", Hash=cid_of(b"other"), Size=10)), StoreDamaged),
        ((200, b"no object"), StoreDamaged),
        ((200, b"[]"), StoreDamaged),
        ((500, said(Message="write /blocks: no space left on device", Code=0)), DiskFull),
        ((500, said(Message="context canceled", Code=0)), BlobsGone),
        ((403, b"403 - Forbidden"), BlobsGone),
        ((404, b"\xff\xfe"), BlobsGone),
        ((301, b""), BlobsGone),
        ((0, said(Hash=CID)), BlobsGone),
    ],
)
def test_put_takes_the_right_answer_only(tmp_path: Path, reply: Reply, error: type[AppError]) -> None:
    with serving(tmp_path, {"add": reply}) as (blobs, _):
        with pytest.raises(error):
            blobs.put(b"ciphertext")
        assert [path.name for path in (tmp_path / "doomed").iterdir()] == [CID]
        assert list((tmp_path / "pins").iterdir()) == []


@pytest.mark.parametrize(
    ("pinned", "cat", "error"),
    [
        (PINNED, (200, b"cipherTEXT"), "wrong block"),
        (PINNED, (200, b""), "wrong block"),
        (PINNED, (200, b"ciphertext and more"), "wrong block"),
        (PINNED, (500, said(Message="block was not found locally (offline)")), "lost a block"),
        ((500, said(Message="path 'x' is not pinned")), (200, b"ciphertext"), "does not have"),
        (PINNED, (500, said(Message="too many open files")), "could not do cat: too many open files"),
        ((500, b""), (200, b"ciphertext"), "could not do pin/ls: status 500"),
        (PINNED, (0, b"ciphertex"), "broke"),
    ],
)
def test_get_gives_nothing_else_than_was_put(tmp_path: Path, pinned: Reply, cat: Reply, error: str) -> None:
    with serving(tmp_path, {"pin/ls": pinned, "cat": cat}) as (blobs, _):
        with pytest.raises((StoreDamaged, BlobsGone), match=error):
            blobs.get(CID)


def test_question_whose_connection_broke_is_asked_once_more(tmp_path: Path) -> None:
    with serving(tmp_path, {"add": (0, b"")}) as (blobs, scripted):
        with pytest.raises(BlobsGone, match="broke"):
            blobs.put(b"ciphertext")
        assert scripted.asked == ["add", "add"]


def test_endless_answer_is_read_to_the_limit_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_BLOB", 64)
    replies = {"pin/ls": PINNED, "cat": (200, b"ciphertext" * 100_000), "id": (200, said(ID="peer"))}
    with serving(tmp_path, replies) as (blobs, _):
        with pytest.raises(StoreDamaged, match="wrong block"):
            blobs.get(CID)


def test_password_is_sent_and_never_shown(tmp_path: Path) -> None:
    replies = {"add": (403, said(Message="go away"))}
    with serving(tmp_path, replies, user="node", password="hush") as (blobs, scripted):
        with pytest.raises(BlobsGone) as refused:
            blobs.put(b"ciphertext")
        assert scripted.credentials == {"Basic bm9kZTpodXNo"}
        assert "hush" not in str(refused.value) and "hush" not in repr(vars(blobs))


async def test_node_that_is_none_is_said(tmp_path: Path) -> None:
    with serving(tmp_path, {"id": (200, b"<html>")}) as (blobs, scripted):
        assert await blobs.check() == "The IPFS node could not do id: status 200. Uploads and jobs wait for it."
        scripted.replies["id"] = (200, said(ID="peer"))
        assert await blobs.check() == "ok"


def test_own_disk_keeps_its_reserve(tmp_path: Path) -> None:
    blobs = IpfsBlobs(tmp_path, Endpoint("ipfs+http", "127.0.0.1", 1), reserve_bytes=1 << 60)
    with pytest.raises(DiskFull):
        blobs.put(b"ciphertext")
    assert list((tmp_path / "pins").iterdir()) == []
    blobs.close()


def test_each_blob_is_found_where_its_address_says(tmp_path: Path) -> None:
    files = BlobFiles(tmp_path / "blobs")
    before = BlobPlaces(files)
    old = before.put(b"old")
    with serving(tmp_path / "ipfs", {"add": ADDED, "pin/ls": PINNED, "cat": (200, b"ciphertext")}) as (blobs, _):
        both = BlobPlaces(files, blobs)
        new = both.put(b"ciphertext")
        assert (both.get(old), both.get(new), both.holds(old), both.holds(new)) == (b"old", b"ciphertext", True, True)
        questions: list[Callable[[str], object]] = [before.get, before.holds, before.delete]
        for question in questions:
            with pytest.raises(ConfigError, match="names none"):
                question(new)
        assert both.sweep({old}) == 1 and both.holds(old) and not both.holds(new)
        both.delete(old)
        assert not both.holds(old)
