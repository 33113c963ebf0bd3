"""What the window remembers of itself: language, appearance, layout. Nothing secret, in the platform's own place."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QLocale, QObject, QSettings, Signal

LANGUAGES: Final = ("en", "zh_CN")
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class Appearance(StrEnum):
    """Light, dark, or as the desktop is."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Preferences(QObject):
    """Saved at once; ``changed`` names what was changed."""

    changed = Signal(str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        with suppress(OSError):
            # Before Qt makes both readable by everybody: it knows the folders that images were taken from.
            path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
            path.touch(mode=_FILE_MODE)
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def language(self) -> str:
        """One of :data:`LANGUAGES`; at first that of the desktop."""
        usual = "zh_CN" if QLocale.system().language() is QLocale.Language.Chinese else "en"
        found = str(self._store.value("language", usual))
        return found if found in LANGUAGES else "en"

    def set_language(self, language: str) -> None:
        self._set("language", language)

    @property
    def appearance(self) -> Appearance:
        found = str(self._store.value("appearance", Appearance.SYSTEM.value))
        return Appearance(found) if found in set(Appearance) else Appearance.SYSTEM

    def set_appearance(self, appearance: Appearance) -> None:
        self._set("appearance", appearance.value)

    @property
    def lock_minutes(self) -> int:
        """After how many minutes without a signature keys are locked again; 0: when the program ends."""
        found = str(self._store.value("lock_minutes", "30"))
        return int(found) if found.isdecimal() and int(found) <= 1440 else 30

    def set_lock_minutes(self, minutes: int) -> None:
        self._set("lock_minutes", str(minutes))

    @property
    def remembers_login(self) -> bool:
        """Whether a login stays on this device when the program ends."""
        return str(self._store.value("remember_login", "yes")) == "yes"

    def set_remembers_login(self, is_wanted: bool) -> None:
        self._set("remember_login", "yes" if is_wanted else "no")

    def text(self, name: str, usual: str = "") -> str:
        """A small thing that a page remembers, such as the folder that was opened last."""
        return str(self._store.value(f"page/{name}", usual))

    def set_text(self, name: str, value: str) -> None:
        self._store.setValue(f"page/{name}", value)

    def layout(self, name: str) -> QByteArray:
        """Geometry of a window, or widths of the columns of a table; empty if there is none yet."""
        found = self._store.value(f"layout/{name}")
        return found if isinstance(found, QByteArray) else QByteArray()

    def set_layout(self, name: str, value: QByteArray) -> None:
        self._store.setValue(f"layout/{name}", value)

    def forget_layouts(self) -> None:
        """Windows and columns as they were at first."""
        self._store.remove("layout")

    def save(self) -> None:
        """Write what was not written yet."""
        self._store.sync()

    def _set(self, name: str, value: str) -> None:
        if self._store.value(name) != value:
            self._store.setValue(name, value)
            self._store.sync()
            self.changed.emit(name)
