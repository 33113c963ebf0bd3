"""The window's texts, icons and pages are whole, in every language."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from common.errors import AppError
from desktop_client.ui.error_words import WORDS
from desktop_client.ui.pages.registry import PAGES, Entry
from tests.contract.repository import ROOT

UI = ROOT / "desktop_client" / "ui"
ICONS = UI / "resources" / "icons"
SETTERS = {
    "setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setAccessibleDescription",
    "setTitle", "setTabText", "addTab", "addAction", "addRow", "setStatusTip", "setWhatsThis", "label", "button",
    "confirm", "Card", "Empty", "Figure", "Column", "QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox",
    "QAction", "say", "show_state",
}  # fmt: skip
NAMES = {"ImageGuard"}


def test_every_sentence_is_translated_and_compiled() -> None:
    command = [sys.executable, "installers/dev/translations.py", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_error_has_words_for_people() -> None:
    assert set(WORDS) == {
        code for code, error in AppError.registry.items() if error.__module__.startswith("common.")
    } | {AppError.code}


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_page_can_be_imported(entry: Entry) -> None:
    module, _, name = entry.place.rpartition(".")
    assert hasattr(import_module(f"desktop_client.ui.pages.{module}"), name)


def test_icons_that_are_named_are_there_and_free() -> None:
    named = {entry.icon for entry in PAGES if entry.icon}
    for path in UI.rglob("*.py"):
        named |= set(
            re.findall(r'(?:icons\.(?:icon|pixmap)\(|icon=|Empty\(\s*)"([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
        )
    assert sorted(name for name in named if not (ICONS / f"{name}.svg").exists()) == []
    assert "ISC License" in (ICONS / "LICENSE").read_text(encoding="utf-8")


def _bare(path: Path) -> list[str]:
    """Sentences that are handed to a widget as they stand, without translation."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in SETTERS:
            continue
        for argument in node.args[:2]:
            parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
            words = " ".join(str(p.value) for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))
            if re.search(r"[A-Z][a-z]+|[a-z]{2,} [a-z]{2,}|[\u4e00-\u9fff]", words) and words not in NAMES:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {words!r}")
    return found


def test_no_widget_is_given_an_untranslated_sentence() -> None:
    assert [fault for path in UI.rglob("*.py") for fault in _bare(path)] == []
