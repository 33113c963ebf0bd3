"""Colours and the style sheet, light and dark; everything that is drawn asks here for its colours."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from desktop_client.state.preferences import Appearance

_RESOURCES: Final = Path(__file__).parent / "resources"
_FAMILIES: Final = (
    "Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "Microsoft YaHei UI", "PingFang SC",
    "Noto Sans CJK SC", "WenQuanYi Zen Hei", "DejaVu Sans",
)  # fmt: skip
_FONT_POINTS: Final = 10.0
_TOKEN: Final = re.compile(r"@([a-z_]+)@")


@dataclass(frozen=True)
class Colours:
    """Tokens of one appearance, ``#rrggbb``; ``series`` are lines of charts, told apart by the colour-blind too."""

    name: str
    window: str
    surface: str
    raised: str
    sunken: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    series: tuple[str, ...]


LIGHT: Final = Colours(
    name="light", window="#f4f6f9", surface="#ffffff", raised="#ffffff", sunken="#eef1f5", border="#dde2ea",
    text="#18212f", muted="#5c6878", accent="#1f5fbf", accent_hover="#194f9f", accent_soft="#e3edfb",
    on_accent="#ffffff", good="#177245", good_soft="#e0f3e8", warn="#8f5b00", warn_soft="#fdf0d5", bad="#b3261e",
    bad_soft="#fbe4e2", series=("#1f5fbf", "#d9720f", "#1d8a5f", "#b23a8e", "#6a58c8", "#8a6d1d"),
)  # fmt: skip
DARK: Final = Colours(
    name="dark", window="#12161d", surface="#1a202a", raised="#222a36", sunken="#151a22", border="#303947",
    text="#e6ebf2", muted="#9aa7b8", accent="#5b9bf3", accent_hover="#7db1f7", accent_soft="#1d314f",
    on_accent="#0c1420", good="#5cc48d", good_soft="#173627", warn="#e5b254", warn_soft="#3b2e12", bad="#f0867e",
    bad_soft="#44211f", series=("#5b9bf3", "#f2a154", "#4fc297", "#e07dc4", "#a99bf0", "#d2b55c"),
)  # fmt: skip

_current: Colours = LIGHT


def colours() -> Colours:
    """Those of the appearance that is shown now."""
    return _current


def apply(application: QApplication, appearance: Appearance) -> Colours:
    """Give the whole program an appearance; widgets that paint for themselves are told by a palette change."""
    global _current
    is_dark = appearance is Appearance.DARK
    if appearance is Appearance.SYSTEM:
        is_dark = application.styleHints().colorScheme() is Qt.ColorScheme.Dark
    _current = DARK if is_dark else LIGHT
    application.setStyle("Fusion")
    application.setFont(_font())
    application.setPalette(_palette(_current))
    application.setStyleSheet(style_sheet(_current))
    return _current


def style_sheet(shown: Colours) -> str:
    """The style sheet with the tokens of an appearance in it."""
    source = (_RESOURCES / "style.qss").read_text(encoding="utf-8")
    values = asdict(shown) | {"icons": (_RESOURCES / "icons").as_posix()}
    return _TOKEN.sub(lambda found: str(values[found[1]]), source)


def _font() -> QFont:
    font = QFont()
    font.setFamilies(list(_FAMILIES))
    font.setPointSizeF(_FONT_POINTS)
    return font


def _palette(shown: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: shown.window,
        QPalette.ColorRole.WindowText: shown.text,
        QPalette.ColorRole.Base: shown.surface,
        QPalette.ColorRole.AlternateBase: shown.sunken,
        QPalette.ColorRole.Text: shown.text,
        QPalette.ColorRole.Button: shown.raised,
        QPalette.ColorRole.ButtonText: shown.text,
        QPalette.ColorRole.ToolTipBase: shown.raised,
        QPalette.ColorRole.ToolTipText: shown.text,
        QPalette.ColorRole.Highlight: shown.accent,
        QPalette.ColorRole.HighlightedText: shown.on_accent,
        QPalette.ColorRole.PlaceholderText: shown.muted,
        QPalette.ColorRole.Link: shown.accent,
        QPalette.ColorRole.Mid: shown.border,
    }
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(shown.muted))
    return palette
