"""What the contract tests look at: the files of this project, without caches, environments and build output."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("common", "desktop_client", "server_node", "log_node")
FOLDERS = (*PACKAGES, "docs", "installers", "tests")
GENERATED = {"__pycache__", "build", "dist", "htmlcov", "out", "imguard-demo", "imguard-poc"}


def top_folders() -> set[str]:
    """Names of the visible folders at the top, but for what tools and programs leave there."""
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    return {name for name in found if name not in GENERATED and not name.endswith(".egg-info")}


def files(*folders: str) -> Iterator[Path]:
    """Every file under these top-level folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not GENERATED & set(path.relative_to(ROOT).parts):
                yield path


def python_files(*folders: str) -> list[Path]:
    return [path for path in files(*folders) if path.suffix == ".py"]


def name_of(path: Path) -> str:
    """The path as it is written in documents: from the top, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def syntax_tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted_name(node: ast.AST) -> str:
    """``a.b.c`` for a chain of names, with ``?`` for whatever the chain starts from if that is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value)}.{node.attr}"
    return "?"
