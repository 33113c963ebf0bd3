"""Domain tags: no two alike, none ever changed, and one derived key pinned for each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from common.crypto import domains
from tests.vectors.generate import crypto_v1 as generate
from tests.vectors.verify import crypto_v1 as verify

FORM = re.compile(r"imguard/[a-z0-9-]+/v(\d+)")


def load() -> dict[str, Any]:
    value = json.loads(verify.VECTORS.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def test_domains_all_differ() -> None:
    tags = generate.tags()
    assert len(set(tags.values())) == len(tags)


@pytest.mark.parametrize("name", generate.tags())
def test_domains_name_and_tag_tell_the_same_version(name: str) -> None:
    found = FORM.fullmatch(getattr(domains, name))
    assert found, f"{name} does not look like imguard/purpose/v1"
    assert name.endswith(f"_V{found[1]}")


def test_domains_none_changed_and_each_is_pinned() -> None:
    """A new tag needs ``make vectors``; a changed one breaks data that exists and needs a new name instead."""
    pinned = load()["domains"]
    assert {name: case["tag"] for name, case in pinned.items()} == generate.tags()


def test_crypto_vectors_are_what_the_product_makes() -> None:
    assert load() == generate.vectors()


def test_crypto_vectors_second_implementation_agrees() -> None:
    for check in verify.CHECKS:
        check(load())
