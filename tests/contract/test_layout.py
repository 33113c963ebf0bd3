"""The tree cannot drift: sizes, folders, names and words that have no place here."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.repository import FOLDERS, PACKAGES, ROOT, files, name_of, python_files, syntax_tree, top_folders

MAX_LINES = 400
MAX_TEST_LINES = 500
MAX_FILES = 10
TEXT_SUFFIXES = {"", ".cfg", ".html", ".json", ".md", ".py", ".service", ".sh", ".sql", ".toml", ".txt", ".yml"}

# Written in pieces, so that this file does not hold what it looks for.
MACHINE = ["/wo" + "rk/", "/tm" + "p/", "/ro" + "ot/", "/op" + "t/pypi"]
HOSTS = ["py" + "pi.org", "python" + "hosted", "npm" + "js", "package " + "registr"]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "no" + "qa", "xfa" + "il"]
EVASIONS = ["NotImplemented" + "Error", "type: " + "ignore", "pragma: " + "no cover"]


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _top_files() -> list[Path]:
    """The project's own files at the top: a report that somebody wrote there is not one of them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return [path for path in ROOT.iterdir() if path.is_file()]
    return [ROOT / name for name in listed.stdout.split("\0") if name and "/" not in name and (ROOT / name).is_file()]


def _text_files() -> list[Path]:
    top = _top_files()
    everything = [*top, *files(*FOLDERS, ".ci")]
    return [path for path in everything if path.suffix in TEXT_SUFFIXES and not path.name.startswith(".cover")]


def _hits(words: list[str], paths: list[Path], boundary: str = "") -> list[str]:
    wanted = re.compile("|".join(boundary + re.escape(word) + boundary for word in words), re.IGNORECASE)
    found: list[str] = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            hit = wanted.search(line)
            if hit:
                found.append(f"{name_of(path)}:{number}: {hit.group()}")
    return found


def test_layout_source_files_are_short() -> None:
    limits = {folder: MAX_LINES for folder in PACKAGES} | {"installers": MAX_LINES, "tests": MAX_TEST_LINES}
    long = [
        f"{name_of(path)}: {_lines(path)} lines, at most {limit}"
        for folder, limit in limits.items()
        for path in python_files(folder)
        if _lines(path) > limit
    ]
    assert not long, "\n".join(long)


def test_layout_init_files_hold_no_logic() -> None:
    """A docstring, and imports that gather what a package offers, maybe with ``__all__``."""
    strays = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files(*PACKAGES)
        if path.name == "__init__.py"
        for node in syntax_tree(path).body
        if not _gathers(node)
    ]
    assert not strays, strays


def _gathers(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)] == ["__all__"]
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.Import, ast.ImportFrom))


def test_layout_folders_are_small() -> None:
    count = Counter(path.parent for path in python_files(*PACKAGES, "tests") if path.name != "__init__.py")
    crowded = {name_of(folder): number for folder, number in count.items() if number > MAX_FILES}
    assert not crowded, f"at most {MAX_FILES} Python files in a folder: {crowded}"


def test_layout_top_folders_are_fixed() -> None:
    assert top_folders() == set(FOLDERS)


def test_layout_every_source_folder_is_a_package() -> None:
    folders = {path.parent for path in python_files(*PACKAGES)}
    bare = [name_of(folder) for folder in folders if not (folder / "__init__.py").is_file()]
    assert not bare, f"an __init__.py is missing in {bare}"


@pytest.mark.parametrize("package", PACKAGES)
def test_layout_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_layout_no_module_is_named_like_the_standard_library() -> None:
    names = {path: path.stem for path in python_files(*PACKAGES)}
    names |= {path.parent: path.parent.name for path in python_files(*PACKAGES)}
    clashes = [
        name_of(path) for path, name in names.items() if name in sys.stdlib_module_names and name != "__main__"
    ]
    assert not clashes, f"rename {clashes}"


def test_layout_nothing_names_the_machine_it_was_made_on() -> None:
    found = _hits(MACHINE + HOSTS, _text_files())
    assert not found, "\n".join(found)


def test_layout_nothing_is_left_unfinished() -> None:
    found = _hits(UNFINISHED + EVASIONS, python_files(*PACKAGES, "installers", "tests"), boundary=r"\b")
    assert not found, "\n".join(found)
