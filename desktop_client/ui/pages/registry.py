"""All pages by name. A page is imported when it is first shown: the window is there before the last page is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final

from PySide6.QtCore import QCoreApplication

from desktop_client.state.desk import Desk
from desktop_client.ui.marking import QT_TRANSLATE_NOOP
from desktop_client.ui.page import Page


@dataclass(frozen=True)
class Entry:
    """A page: ``place`` is module and class; ``icon`` is set for those in the side bar."""

    name: str
    title: str
    place: str
    icon: str = ""
    is_for_administrators: bool = False
    belongs_to: str = ""

    def shown_title(self) -> str:
        return QCoreApplication.translate("Pages", self.title)

    def build(self, desk: Desk) -> Page:
        """Import and make the page."""
        module, _, name = self.place.rpartition(".")
        made = getattr(import_module(f"desktop_client.ui.pages.{module}"), name)(desk)
        if not isinstance(made, Page):
            raise TypeError(f"{self.place} is not a page")
        return made


PAGES: Final = (
    Entry("dashboard", QT_TRANSLATE_NOOP("Pages", "Dashboard"), "dashboard.page.DashboardPage", "layout-dashboard"),
    Entry("data", QT_TRANSLATE_NOOP("Pages", "Data"), "data.page.DataPage", "database"),
    Entry("import", QT_TRANSLATE_NOOP("Pages", "Bring in images"), "data.import_page.ImportPage", belongs_to="data"),
    Entry("dataset", QT_TRANSLATE_NOOP("Pages", "Data set"), "data.dataset_page.DatasetPage", belongs_to="data"),
    Entry("projects", QT_TRANSLATE_NOOP("Pages", "Projects"), "projects.page.ProjectsPage", "folder-kanban"),
    Entry(
        "wizard", QT_TRANSLATE_NOOP("Pages", "New project"), "projects.wizard_page.WizardPage", belongs_to="projects"
    ),
    Entry("project", QT_TRANSLATE_NOOP("Pages", "Project"), "project.page.ProjectPage", belongs_to="projects"),
    Entry("models", QT_TRANSLATE_NOOP("Pages", "Models"), "model.list_page.ModelsPage", "brain"),
    Entry("model", QT_TRANSLATE_NOOP("Pages", "Model"), "model.page.ModelPage", belongs_to="models"),
    Entry("approvals", QT_TRANSLATE_NOOP("Pages", "Approvals"), "approvals.page.ApprovalsPage", "inbox"),
    Entry("users", QT_TRANSLATE_NOOP("Pages", "Users"), "users.page.UsersPage", "users", True),
    Entry("audit", QT_TRANSLATE_NOOP("Pages", "Audit"), "audit.page.AuditPage", "scroll-text"),
    Entry("settings", QT_TRANSLATE_NOOP("Pages", "Settings"), "settings.page.SettingsPage", "settings"),
)
BY_NAME: Final = {entry.name: entry for entry in PAGES}
