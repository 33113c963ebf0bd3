"""The page of an OpenAPI document: everything is on it, nothing runs, nothing is loaded, nothing breaks out."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from typing import Any

import pytest

from common.errors import BadInput, NotFound
from common.openapi.describe import USER, describe
from common.openapi.fields import COUNT, Record, choice, listed, nullable, text
from common.openapi.operation import Answer, Operation, Parameter, Raw, Stream
from common.openapi.page import CONTENT_SECURITY_POLICY, render

NASTY = '<script>alert("1")</script>&"\''
VOID = {"meta", "link", "br", "img"}


class Reader(HTMLParser):
    """Tags and text of a page; complains about tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(answer: Answer, **more: Any) -> Reader:
    operation = Operation(
        "things.show", "GET", "/v1/things/{id:[0-9a-f]{4}}", "Show a thing.", USER, "owner", answer=answer, **more
    )
    return Reader(render(describe("A node", "1.2.3", [operation])))


def test_page_shows_what_a_route_takes_and_answers() -> None:
    inner = Record({"word": choice("left", "right")}, optional={"size": COUNT})
    answer = Record({"things": listed(inner, 7), "next": nullable(COUNT)})
    found = page_of(answer, errors=(BadInput, NotFound), query={"after": Parameter(COUNT)})
    shown = " ".join(found.text)
    for wanted in ("A node", "1.2.3", "GET", "/v1/things/{id}", "Show a thing.", "owner", "^(?:[0-9a-f]{4})$", "after",
                   "things", "list, at most 7", '"left"', "size", "optional", "or", "null", "Refused: not-found.",
                   "Refusals: 400, 404"):  # fmt: skip
        assert wanted in shown, wanted


def test_page_shows_raw_answers_and_streams() -> None:
    assert "application/octet-stream" in page_of(Raw("application/octet-stream", "The file.")).text
    stream = page_of(Stream(Record({"number": COUNT}), "A WebSocket of numbers."))
    assert {"Answer 101", "A WebSocket of numbers.", "Messages", "number"} <= set(stream.text)


@pytest.mark.parametrize("nasty", [NASTY, "</style><script>", "\x00\u202e"])
def test_page_nothing_breaks_out_of_its_text(nasty: str) -> None:
    operation = Operation(
        "things.show", "GET", "/v1/things", nasty, "", nasty, answer=Record({nasty: text("a", nasty)}),
        query={nasty: Parameter(text("b", nasty))},
    )  # fmt: skip
    found = Reader(render(describe(nasty, nasty, [operation])))
    assert "script" not in found.tags


def test_page_runs_nothing_and_loads_nothing() -> None:
    found = page_of(Record({"a": COUNT}))
    assert not {"script", "img", "link", "iframe", "form", "object"} & set(found.tags)
    names = {name for name, _ in found.attributes}
    assert not {name for name in names if name.startswith("on")} and not {"style", "src"} & names
    assert all((value or "").startswith(("#", "/")) for name, value in found.attributes if name == "href")


def test_page_policy_names_exactly_its_style() -> None:
    page = render(describe("A node", "1", []))
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
