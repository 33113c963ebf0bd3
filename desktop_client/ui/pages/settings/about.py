"""What this program is made of, as text for those who help; nothing secret is in it."""

from __future__ import annotations

import platform

from PySide6.QtCore import QLibraryInfo, QSysInfo
from PySide6.QtWidgets import QFormLayout, QPlainTextEdit

from common.version import program_version
from common.wire.versions import PROTOCOLS
from desktop_client.state.identity.own import Own
from desktop_client.ui.icons import licence
from desktop_client.ui.pages.settings.tab import Tab
from desktop_client.ui.widgets.basics import Card, button, copy_text, label, row

_TEXT_HEIGHT = 180
_LIBRARIES = (
    ("Qt, PySide6", "LGPL-3.0"),
    ("Python", "PSF-2.0"),
    ("pyqtgraph", "MIT"),
    ("aiohttp", "Apache-2.0"),
    ("PyNaCl, libsodium", "Apache-2.0, ISC"),
    ("cryptography", "Apache-2.0 or BSD-3-Clause"),
    ("NumPy", "BSD-3-Clause"),
    ("Pillow", "MIT-CMU"),
    ("pydicom", "MIT"),
    ("Lucide icons", "ISC"),
)


class AboutTab(Tab):
    """Versions, formats and licences."""

    def __init__(self, own: Own) -> None:
        super().__init__(own)
        self.facts = {
            "ImageGuard": program_version(),
            "Qt": QLibraryInfo.version().toString(),
            "Python": platform.python_version(),
            self.tr("System"): f"{QSysInfo.prettyProductName()} ({QSysInfo.currentCpuArchitecture()})",
            self.tr("Formats"): ", ".join(f"{name} {number}" for name, number in PROTOCOLS.items()),
        }
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        for name, value in self.facts.items():
            form.addRow(label(name, "muted"), label(value, "", True))
        self.copy = button(self.tr("Copy for support"), lambda: copy_text(self.text()), "", "copy")
        says = label(self.tr("Versions only: no names, keys, addresses or paths."), "muted", True)
        support = row(self.copy, says)
        support.setStretch(1, 1)
        self.body.addWidget(Card("ImageGuard").add(form, support))
        libraries = QFormLayout()
        libraries.setHorizontalSpacing(24)
        for name, terms in _LIBRARIES:
            libraries.addRow(label(name), label(terms, "muted"))
        shown = QPlainTextEdit(licence(), readOnly=True)
        shown.setAccessibleName(self.tr("Licence of the icons"))
        shown.setFixedHeight(_TEXT_HEIGHT)
        icons = label(self.tr("Licence of the icons"), "strong")
        self.body.addWidget(Card(self.tr("Made with")).add(libraries, icons, shown))
        self.body.addStretch(1)

    def text(self) -> str:
        """What is copied."""
        return "\n".join(f"{name}: {value}" for name, value in self.facts.items())
