"""Documents cannot rot: what the programs have stands in the pages, and what the pages name is there."""

from __future__ import annotations

import importlib
import re
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from common.config import Setting
from common.pipeline import Stage
from tests.contract.repository import FOLDERS, PACKAGES, ROOT, files, name_of

GUIDE = ROOT / "docs" / "guide"
SPECS = ROOT / "docs" / "specs"
PAGES = ("README.md", "ARCHITECTURE.md", "THREAT_MODEL.md", "CHANGELOG.md")
# The page of the person who uses the command.
COMMANDS = {
    "imguard": ("desktop_client.cli.main", "engineer.md"),
    "imguard-server": ("server_node.cli", "operator.md"),
    "imguard-log": ("log_node.cli", "operator.md"),
}
SPEC_NAME = re.compile(r"\b([a-z][a-z0-9-]*-v\d+)\.md\b")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND_LINE = re.compile(r"\b(imguard(?:-server|-log)?)((?: +[a-z][a-z-]*)+)")


@cache
def _text(path: Path) -> str:
    assert path.is_file(), f"{name_of(path)} is missing"
    return path.read_text(encoding="utf-8")


def _markdown() -> list[Path]:
    return [*ROOT.glob("*.md"), *(path for path in files("docs", "installers", "tests") if path.suffix == ".md")]


def _guide() -> str:
    pages = sorted(GUIDE.glob("*.md"))
    assert pages, "docs/guide holds no page"
    return "\n".join(_text(page) for page in pages)


# --- settings ----------------------------------------------------------------------------------------------------


def _settings(package: str) -> Iterator[Setting]:
    for table in vars(importlib.import_module(f"{package}.settings")).values():
        if isinstance(table, tuple):
            yield from (setting for setting in table if isinstance(setting, Setting))


@pytest.mark.parametrize("package", ["desktop_client", "server_node", "log_node"])
def test_docs_name_every_setting(package: str) -> None:
    settings = list(_settings(package))
    assert settings
    assert all(setting.help.endswith(".") for setting in settings), "the help of a setting is a sentence"
    text = _guide()
    missing = [setting.name for setting in settings if not re.search(rf"\b{re.escape(setting.name)}\b", text)]
    assert not missing, f"no page of docs/guide names {missing}"


# --- commands ----------------------------------------------------------------------------------------------------


def _group(module: types.ModuleType) -> click.Group:
    """The command group that ``main`` is or runs: the one that is no other group's child."""
    groups = [value for value in vars(module).values() if isinstance(value, click.Group)]
    children = {id(child) for group in groups for child in group.commands.values()}
    tops = list({id(group): group for group in groups if id(group) not in children}.values())
    assert len(tops) == 1, f"{module.__name__} must hold one top command group, found {[top.name for top in tops]}"
    return tops[0]


def _commands(program: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _commands(f"{program} {name}", child)
    elif not command.hidden:
        yield program


@cache
def _program(program: str) -> click.Group:
    return _group(importlib.import_module(COMMANDS[program][0]))


@pytest.mark.parametrize("program", COMMANDS)
def test_docs_show_every_command(program: str) -> None:
    page = GUIDE / COMMANDS[program][1]
    text = " ".join(_text(page).split())
    commands = _commands(program, _program(program))
    missing = [command for command in commands if not re.search(rf"\b{command}\b", text)]
    assert not missing, f"{name_of(page)} does not show {missing}"


def _exists(program: str, words: list[str]) -> bool:
    """Whether the words lead to a command or a group of commands; what follows a command are its arguments."""
    command: click.Command = _program(program)
    for word in words:
        if not isinstance(command, click.Group):
            break
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


def test_docs_show_no_command_that_does_not_exist() -> None:
    unknown: list[str] = []
    for path in _markdown():
        for block in FENCE.findall(_text(path)):
            for program, words in COMMAND_LINE.findall(block):
                if not _exists(program, words.split()):
                    unknown.append(f"{name_of(path)}: {program}{words}")
    assert not unknown, "\n".join(unknown)


# --- architecture ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_docs_page_exists(page: str) -> None:
    assert len(_text(ROOT / page).splitlines()) >= 5


def test_docs_architecture_names_every_top_folder() -> None:
    text = _text(ROOT / "ARCHITECTURE.md")
    missing = [folder for folder in FOLDERS if f"{folder}/" not in text]
    assert not missing


def test_docs_architecture_names_every_stage() -> None:
    text = _text(ROOT / "ARCHITECTURE.md").lower()
    missing = [stage.value for stage in Stage if not re.search(rf"\b{stage.value}\b", text)]
    assert not missing


def test_docs_architecture_names_every_source_folder() -> None:
    text = _text(ROOT / "ARCHITECTURE.md")
    folders = {path.parent.name for package in PACKAGES for path in (ROOT / package).glob("*/__init__.py")}
    missing = [folder for folder in sorted(folders) if f"{folder}/" not in text]
    assert not missing


# --- links -------------------------------------------------------------------------------------------------------


def test_docs_every_spec_they_name_exists() -> None:
    named = {(name_of(path), name) for path in _markdown() for name in SPEC_NAME.findall(_text(path))}
    missing = [f"{page}: {name}.md" for page, name in sorted(named) if not (SPECS / f"{name}.md").is_file()]
    assert not missing, "\n".join(missing)


def test_docs_specs_are_named_in_architecture() -> None:
    text = _text(ROOT / "ARCHITECTURE.md")
    specs = sorted(SPECS.glob("*.md"))
    assert specs, "docs/specs holds no spec"
    assert not [spec.name for spec in specs if spec.stem not in text]


def test_docs_links_lead_somewhere() -> None:
    broken = [
        f"{name_of(path)}: {target}"
        for path in _markdown()
        for target in LINK.findall(FENCE.sub("", _text(path)))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)
