"""Settings: the window, the nodes, keys and devices, the folder on disk, and what this program is."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget

from common.errors import AppError
from desktop_client.state.desk import Desk
from desktop_client.state.identity.own import Own
from desktop_client.ui.page import Page, scrolled
from desktop_client.ui.pages.settings.about import AboutTab
from desktop_client.ui.pages.settings.keys import KeysTab
from desktop_client.ui.pages.settings.nodes import NodesTab
from desktop_client.ui.pages.settings.storage import StorageTab
from desktop_client.ui.pages.settings.tab import Tab
from desktop_client.ui.pages.settings.window import WindowTab


class SettingsPage(Page):
    """A tab is asked to refresh when it is looked at; ``open("nodes")`` goes to one by its name."""

    def __init__(self, desk: Desk) -> None:
        text = self.tr("What is changed here is saved at once.")
        super().__init__(desk, self.tr("Settings"), text, is_scrolled=False)
        self.own = Own(desk, self)
        self.tabs = QTabWidget()
        self.parts: dict[str, Tab] = {
            "window": WindowTab(self.own),
            "nodes": NodesTab(self.own),
            "keys": KeysTab(self.own),
            "storage": StorageTab(self.own),
            "about": AboutTab(self.own),
        }
        names = (
            self.tr("Window"), self.tr("Nodes"), self.tr("Keys and devices"), self.tr("Storage"), self.tr("About"),
        )  # fmt: skip
        for part, name in zip(self.parts.values(), names, strict=True):
            self.tabs.addTab(scrolled(part), name)
        self.tabs.currentChanged.connect(lambda: self.refresh())
        self.add(self.tabs, stretch=1)
        self.own.failed.connect(self._failed)
        self.own.done.connect(self._done)

    def open(self, subject: str) -> None:
        wanted = list(self.parts).index(subject) if subject in self.parts else self.tabs.currentIndex()
        if wanted == self.tabs.currentIndex():
            self.refresh()
        self.tabs.setCurrentIndex(wanted)

    def refresh(self) -> None:
        list(self.parts.values())[self.tabs.currentIndex()].refresh()

    def _failed(self, what: str, error: AppError) -> None:
        if not self.parts["keys"].takes(what, error):
            self.show_error(error)

    def _done(self, what: str) -> None:
        says = {
            "password": self.tr("The password is changed. Old copies of the key file keep the old one."),
            "export": self.tr("Your keys are in the file, locked by its own password."),
            "rotate": self.tr("You have new keys at all three nodes."),
            "revoke": self.tr("The device is revoked at all nodes."),
            "clean": self.tr("Deleted."),
        }
        self.banner.hide()
        if what in says:
            self.desk.say(says[what])
