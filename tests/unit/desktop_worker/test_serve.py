"""The loop of the child process, in this process: order, lanes, cancelling and what is answered to nonsense."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Generator
from typing import Any

import pytest

from common.errors import BadInput, NotFound
from desktop_client.worker import serve as serving
from desktop_client.worker import table
from desktop_client.worker.channel import Channel, Lines
from desktop_client.worker.serve import Server, serve

WAIT = 5.0


class Gate:
    """An action that holds on until the test lets it go, and notes who came in which order."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, args: dict[str, Any], channel: Channel) -> dict[str, Any]:
        self.order.append(args["name"])
        self.entered.release()
        assert self.go.wait(WAIT)
        channel.check()
        return {"name": args["name"]}


class Sink(io.BytesIO):
    """Collects answers and lets a test wait for a number of them."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = threading.Semaphore(0)

    def flush(self) -> None:
        self.arrived.release()

    def answers(self, count: int) -> dict[int, dict[str, Any]]:
        for _ in range(count):
            assert self.arrived.acquire(timeout=WAIT)
        return {found["id"]: found for found in map(json.loads, self.getvalue().splitlines())}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    found = Gate()
    monkeypatch.setattr(serving, "find_action", lambda name: found if name == "gate" else table.find_action(name))
    return found


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def server(sink: Sink, gate: Gate) -> Generator[Server]:
    found = Server(Lines(io.BytesIO(), sink), threads=1)
    yield found
    gate.go.set()
    found.close(WAIT)


def ask(number: int, name: str, lane: str = "") -> dict[str, Any]:
    return {"id": number, "do": "gate", "args": {"name": name}, "lane": lane}


def test_serve_newest_request_comes_first(server: Server, gate: Gate, sink: Sink) -> None:
    server.feed(ask(1, "running"))
    assert gate.entered.acquire(timeout=WAIT)
    server.feed(ask(2, "older"))
    server.feed(ask(3, "newer"))
    gate.go.set()
    found = sink.answers(3)
    assert gate.order == ["running", "newer", "older"]
    assert [found[number]["result"]["name"] for number in (1, 2, 3)] == ["running", "older", "newer"]


def test_serve_a_lane_holds_one_request(server: Server, gate: Gate, sink: Sink) -> None:
    server.feed(ask(1, "first", "list"))
    assert gate.entered.acquire(timeout=WAIT)
    server.feed(ask(2, "second", "list"))
    server.feed(ask(3, "elsewhere", "other"))
    server.feed(ask(4, "third", "list"))
    gate.go.set()
    found = sink.answers(4)
    assert {n: found[n]["error"]["code"] for n in (1, 2)} == {1: "cancelled", 2: "cancelled"}
    assert (found[3]["result"], found[4]["result"]) == ({"name": "elsewhere"}, {"name": "third"})
    assert gate.order == ["first", "third", "elsewhere"]


def test_serve_gives_up_what_is_cancelled(server: Server, gate: Gate, sink: Sink) -> None:
    server.feed(ask(1, "running"))
    assert gate.entered.acquire(timeout=WAIT)
    server.feed(ask(2, "waiting"))
    server.feed({"cancel": 2})
    server.feed({"cancel": 1})
    server.feed({"cancel": 99})
    gate.go.set()
    found = sink.answers(2)
    assert {number: answer["error"]["code"] for number, answer in found.items()} == {1: "cancelled", 2: "cancelled"}
    assert gate.order == ["running"]


def test_serve_drops_the_oldest_when_too_many_wait(
    server: Server, gate: Gate, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MAX_WAITING", 2)
    server.feed(ask(1, "running"))
    assert gate.entered.acquire(timeout=WAIT)
    for number in (2, 3, 4):
        server.feed(ask(number, str(number)))
    gate.go.set()
    assert sink.answers(4)[2]["error"]["code"] == "cancelled"
    assert gate.order == ["running", "4", "3"]


def test_serve_answers_nonsense_and_goes_on(sink: Sink, gate: Gate) -> None:
    requests = b'nonsense\n{"id":0}\n{"id":5,"do":"echo","args":[]}\n{"id":6,"do":"echo","args":{"a":1}}\n'
    server = Server(Lines(io.BytesIO(), sink), threads=1)
    serve(Lines(io.BytesIO(requests), sink), server)
    found = sink.answers(4)
    server.close(WAIT)
    assert found[0]["error"]["code"] == found[5]["error"]["code"] == "bad-input"
    assert found[6]["result"]["args"] == {"a": 1}


def test_serve_an_unknown_action_is_a_named_error(server: Server, sink: Sink) -> None:
    server.feed({"id": 1, "do": "dance", "args": {}})
    assert sink.answers(1)[1]["error"]["code"] == "not-found"


@pytest.mark.parametrize("request_", [{"id": 1, "args": {}, "lane": 4}, {"id": 1, "args": "x"}, {"cancel": "1"}, {}])
def test_serve_refuses_requests_without_form(server: Server, request_: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        server.feed(request_)


@pytest.mark.parametrize("name", sorted(table.ACTIONS))
def test_serve_every_action_of_the_table_exists(name: str) -> None:
    assert callable(table.find_action(name))


@pytest.mark.parametrize("name", ["", "none", None, ["echo"], 3])
def test_serve_unknown_names_have_no_action(name: object) -> None:
    with pytest.raises(NotFound):
        table.find_action(name)
