"""What all tabs of the settings are."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from common.errors import AppError
from desktop_client.state.identity.own import Own
from desktop_client.ui.widgets.basics import column


class Tab(QWidget):
    """Fill ``body``; override :meth:`refresh`, and :meth:`takes` where errors have a better place than the page."""

    def __init__(self, own: Own) -> None:
        super().__init__()
        self.own, self.desk = own, own.desk
        self.body = column(spacing=16)
        self.body.setContentsMargins(0, 8, 8, 8)
        self.setLayout(self.body)

    def refresh(self) -> None:
        """The tab is looked at, or something changed meanwhile."""

    def takes(self, what: str, error: AppError) -> bool:
        """Whether this tab tells the person about an error by itself."""
        return False
