"""The card of the model: what it is, how it was trained and tested, and what is proved; to read, save and print."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QComboBox, QFileDialog, QTextBrowser, QWidget

from desktop_client.jobs.models.catalogue import ModelView
from desktop_client.state.desk import Desk
from desktop_client.state.models.control import ModelControl
from desktop_client.ui.widgets.basics import Empty, button, column, label, row
from desktop_client.ui.words import file_name, fill

_LANGUAGES: Final = (("en", "English"), ("zh", "中文"))


class CardTab(QWidget):
    """Made anew whenever the tab is shown: a test or a check may have been added."""

    def __init__(self, desk: Desk, control: ModelControl) -> None:
        super().__init__()
        self._desk, self._control = desk, control
        self._html, self._is_here = "", False
        self.language = QComboBox()
        for code, name in _LANGUAGES:
            self.language.addItem(name, code)
        usual = "zh" if desk.preferences.language.startswith("zh") else "en"
        self.language.setCurrentIndex(self.language.findData(usual))
        self.language.setAccessibleName(self.tr("Language of the card"))
        self.html = button(self.tr("Save as HTML"), self._save_html, "", "file-text")
        self.pdf = button(self.tr("Save as PDF"), self._save_pdf, "", "printer")
        self.view = QTextBrowser(openLinks=False)
        self.view.setAccessibleName(self.tr("Model card"))
        # The card is a page of paper: dark letters on white, whatever the window looks like.
        self.view.setStyleSheet("QTextBrowser { background: #ffffff; color: #1f2937; }")
        self.nothing = Empty(
            "file-text", self.tr("There is no card yet"), self.tr("Fetch the model; its card is made on this device.")
        )
        tools = row(label(self.tr("Language of the card")), self.language, None, self.html, self.pdf)
        self.setLayout(column(tools, self.nothing, self.view, spacing=12))
        self.language.activated.connect(self.look)
        control.card.connect(self._made)
        control.printed.connect(lambda out: desk.say(fill(self.tr("Written: %1"), out)))
        self._enable()

    def show_view(self, view: ModelView) -> None:
        """Another model, or the same again."""
        if (view.file is not None) != self._is_here:
            self._is_here, self._html = view.file is not None, ""
            self.view.clear()
        self._enable()

    def look(self) -> None:
        """The tab is shown."""
        if self._is_here:
            self._control.make_card(str(self.language.currentData()))

    def _enable(self) -> None:
        for one in (self.html, self.pdf):
            one.setEnabled(bool(self._html))
        self.view.setVisible(bool(self._html))
        self.nothing.setVisible(not self._is_here)

    def _made(self, html: str, out: str) -> None:
        if html != self._html:
            place = self.view.verticalScrollBar().value()
            self._html = html
            self.view.setHtml(html)
            self.view.verticalScrollBar().setValue(place)
        self._enable()
        if out:
            self._desk.say(fill(self.tr("Written: %1"), out))

    def _save_html(self) -> None:
        out = self._ask("HTML", ".html")
        if out is not None:
            self._control.make_card(str(self.language.currentData()), out)

    def _save_pdf(self) -> None:
        out = self._ask("PDF", ".pdf")
        if out is not None:
            self._control.print_card(self._html, out)

    def _ask(self, name: str, ending: str) -> Path | None:
        view = self._control.view
        folder = self._desk.preferences.text("export-folder", str(Path.home()))
        start = Path(folder) / f"{file_name(view.name if view else '', 'model')}-card{ending}"
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save the card"), str(start), f"{name} (*{ending})")
        if not chosen:
            return None
        out = Path(chosen if chosen.endswith(ending) else chosen + ending)
        self._desk.preferences.set_text("export-folder", str(out.parent))
        return out
