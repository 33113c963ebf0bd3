"""Loads the translation of every part of the window, and Qt's own for its dialogs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

FOLDER: Final = Path(__file__).parent / "translations"
NAMES: Final = {"en": "English", "zh_CN": "简体中文"}


class Languages:
    """Which translators are installed; :meth:`use` replaces them all."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self._installed: list[QTranslator] = []

    def use(self, language: str) -> None:
        """Every text that is asked for from now on is in this language; what is shown already stays as it is."""
        self.forget()
        QLocale.setDefault(QLocale(language))
        own = sorted(FOLDER.glob(f"*_{language}.qm"))
        for path in own:
            self._install(str(path))
        qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        self._install(f"{qt}/qtbase_{language}.qm")

    def forget(self) -> None:
        """Back to the words of the sources."""
        for translator in self._installed:
            self._application.removeTranslator(translator)
        self._installed.clear()

    def _install(self, path: str) -> None:
        translator = QTranslator(self._application)
        if translator.load(path):
            self._application.installTranslator(translator)
            self._installed.append(translator)
