"""TLS in memory over a real socket: any cut of the bytes; a peer that refuses, is silent, does not read, or leaves."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial

import pytest

from common.net import stream
from common.net.stream import TlsStream
from common.net.tls import client_context, common_name, server_context
from tests.helpers.two_party.tls import HOST, Identities, at_once, make_identities

Pair = tuple[TlsStream, TlsStream]
QUICKLY = 5.0


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return make_identities(tmp_path_factory.mktemp("deployment"))


def sockets(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    with socket.create_server((HOST, 0)) as listener:
        near = stack.enter_context(socket.create_connection(listener.getsockname()))
        return near, stack.enter_context(listener.accept()[0])


def joined(client: socket.socket, server: socket.socket, identities: Identities) -> Pair:
    """Both ends over two sockets, before the handshake."""
    first, second = identities
    accepting = server_context(first.cert_path, first.key_path, first.ca_pem, require_client=True)
    accepting.num_tickets = 0
    dialling = client_context(second.ca_pem, second.cert_path, second.key_path)
    ends = TlsStream(dialling, client, HOST), TlsStream(accepting, server, None)
    for end in ends:
        end.set_timeout(10.0)
    return ends


@pytest.fixture
def pair(identities: Identities) -> Iterator[Pair]:
    """Client and server after the handshake."""
    with ExitStack() as stack:
        ends = joined(*sockets(stack), identities)
        assert at_once(*(end.handshake for end in ends)) == [None, None]
        yield ends


def read(end: TlsStream, size: int) -> bytes:
    out = bytearray(size)
    end.read_into(memoryview(out))
    return bytes(out)


def test_stream_both_see_the_other_s_certificate(pair: Pair) -> None:
    assert [common_name(end.certificate()) for end in pair] == ["node-a", "node-b"]


@pytest.mark.parametrize("reads", [1, 7, 16_384, 20_000])
def test_stream_is_read_in_other_pieces_than_it_was_written(pair: Pair, reads: int) -> None:
    pieces: list[bytes | memoryview] = [b"", b"x", os.urandom(17_000), memoryview(os.urandom(2_999))]
    pair[0].write(pieces)
    found = b"".join(read(pair[1], min(reads, 20_000 - start)) for start in range(0, 20_000, reads))
    assert found == b"".join(pieces)
    assert not pair[1].unread


def test_stream_knows_what_was_not_asked_for_yet(pair: Pair) -> None:
    pair[0].write([b"ab"])
    assert not pair[1].unread
    assert read(pair[1], 1) == b"a"
    assert pair[1].unread
    assert read(pair[1], 1) == b"b"
    assert not pair[1].unread


@pytest.mark.parametrize("piece", [1, 100, 20_000])
def test_stream_may_arrive_in_any_pieces(identities: Identities, piece: int) -> None:
    data = os.urandom(30 * piece + 500)
    with ExitStack() as stack:
        client, relay_near = sockets(stack)
        relay_far, server = sockets(stack)
        ends = joined(client, server, identities)

        def pump(source: socket.socket, target: socket.socket) -> None:
            while part := source.recv(piece):
                target.sendall(part)

        def write() -> None:
            ends[0].handshake()
            ends[0].write([data])
            ends[0].end_writing()

        def answer() -> bytes:
            ends[1].handshake()
            found = read(ends[1], len(data))
            ends[1].end_writing()
            return found

        pumps = partial(pump, relay_near, relay_far), partial(pump, relay_far, relay_near)

        def forth() -> None:
            pumps[0]()
            relay_far.shutdown(socket.SHUT_WR)

        assert at_once(answer, write, forth, pumps[1]) == [data, None, None, None]


def test_stream_what_could_not_be_written_at_once_comes_first_later(pair: Pair) -> None:
    parts = [bytes([number]) * 300_000 for number in range(40)]
    tried = 0
    while pair[0].try_write(parts[tried]):
        tried += 1
    written = b"".join(parts[: tried + 1]) + b"end"
    assert at_once(lambda: pair[0].write([b"end"]), lambda: read(pair[1], len(written))) == [None, written]


@pytest.mark.parametrize("refusing", [0, 1])
def test_stream_refused_certificate_is_an_error_for_both(
    identities: Identities, tmp_path_factory: pytest.TempPathFactory, refusing: int
) -> None:
    """With TLS 1.3 the client may learn of it when it first reads."""
    other = make_identities(tmp_path_factory.mktemp("other"))
    mixed = (other[0], identities[1]) if refusing == 0 else (identities[0], other[1])
    with ExitStack() as stack:
        ends = joined(*sockets(stack), mixed)

        def greet(end: TlsStream) -> None:
            end.handshake()
            read(end, 1)

        found = at_once(*(partial(greet, end) for end in ends))
        assert all(isinstance(error, ssl.SSLError) for error in found)


def test_stream_with_a_silent_peer_is_given_up(pair: Pair) -> None:
    pair[0].set_timeout(0.05)
    began = time.monotonic()
    with pytest.raises(OSError):
        read(pair[0], 1)
    assert 0.04 < time.monotonic() - began < QUICKLY


def test_stream_to_a_peer_that_does_not_read_is_given_up(pair: Pair) -> None:
    pair[0].set_timeout(0.05)
    with pytest.raises(OSError):
        pair[0].write([bytes(64 << 20)])


def test_stream_silent_in_the_handshake_is_given_up(identities: Identities) -> None:
    with ExitStack() as stack:
        client, server = sockets(stack)
        end = TlsStream(client_context(identities[1].ca_pem), client, HOST)
        end.set_timeout(0.05)
        with pytest.raises(OSError):
            end.handshake()


@contextlib.contextmanager
def trickling(send: Callable[[], object]) -> Iterator[None]:
    """A peer that never falls silent: ``send`` again and again."""
    done = threading.Event()

    def trickle() -> None:
        with contextlib.suppress(OSError):
            while not done.wait(0.01):
                send()

    peer = threading.Thread(target=trickle)
    peer.start()
    yield
    done.set()
    peer.join()


def test_stream_handshake_byte_by_byte_is_given_up_at_the_deadline(identities: Identities) -> None:
    first = identities[0]
    with ExitStack() as stack:
        client, server = sockets(stack)
        end = TlsStream(server_context(first.cert_path, first.key_path, first.ca_pem), server, None)
        end.set_deadline(0.08)
        client.sendall(b"\x16\x03\x01\x20\x00")
        began = time.monotonic()
        with trickling(lambda: client.sendall(b"\x01")), pytest.raises(OSError):
            end.handshake()
        assert 0.07 < time.monotonic() - began < QUICKLY


def test_stream_deadline_holds_for_what_follows_the_handshake(pair: Pair) -> None:
    pair[0].set_deadline(0.08)
    began = time.monotonic()
    with trickling(lambda: pair[1].write([b"x"])), pytest.raises(OSError):
        read(pair[0], 10_000)
    assert 0.07 < time.monotonic() - began < QUICKLY


def test_stream_timeout_ends_the_deadline(pair: Pair) -> None:
    pair[1].write([b"x"])
    pair[0].set_deadline(0.0)
    with pytest.raises(TimeoutError, match="too long"):
        read(pair[0], 1)
    pair[0].set_timeout(10.0)
    assert read(pair[0], 1) == b"x"


def test_stream_that_cannot_be_made_closes_the_socket(identities: Identities) -> None:
    with ExitStack() as stack:
        client, _ = sockets(stack)
        with pytest.raises(ValueError):
            TlsStream(client_context(identities[1].ca_pem), client, ".node")
        assert client.fileno() == -1


@pytest.mark.parametrize("sent", [0, 10, stream._CHUNK + 5])
def test_stream_that_ends_early_is_an_error(pair: Pair, sent: int) -> None:
    pair[0].write([bytes(sent)])
    pair[0].end_writing()
    with pytest.raises(ConnectionResetError):
        read(pair[1], sent + 1)


def test_stream_with_a_proper_goodbye_ends_early_too(identities: Identities) -> None:
    first, second = identities
    with ExitStack() as stack:
        client, server = sockets(stack)
        context = server_context(first.cert_path, first.key_path, first.ca_pem)
        context.num_tickets = 0
        end = TlsStream(client_context(second.ca_pem), client, HOST)

        def leave() -> None:
            with context.wrap_socket(server, server_side=True) as secured:
                secured.sendall(b"bye")
                secured.settimeout(0.05)
                with contextlib.suppress(OSError):
                    secured.unwrap()

        def listen() -> None:
            end.handshake()
            assert read(end, 3) == b"bye"
            read(end, 1)

        found = at_once(leave, listen)
    assert found[0] is None
    assert isinstance(found[1], ConnectionResetError)


def test_stream_that_is_cut_wakes_a_reader(pair: Pair) -> None:
    with closing(pair[0]):
        found = at_once(lambda: read(pair[0], 1), pair[0].cut)
    assert isinstance(found[0], OSError)
    assert found[1] is None
