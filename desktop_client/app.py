"""`imguard-desktop`: builds every object once, then starts Qt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo
from PySide6.QtWidgets import QApplication

from common.version import program_version
from desktop_client.failures import note_everything
from desktop_client.jobs import entry
from desktop_client.jobs.bridge import Bridge
from desktop_client.jobs.office import Office
from desktop_client.settings import Profile, default_profile, log_path
from desktop_client.state.desk import Desk
from desktop_client.state.preferences import LANGUAGES, Appearance, Preferences
from desktop_client.state.session import Session
from desktop_client.state.tidying import Tidying
from desktop_client.ui import theme
from desktop_client.ui.language import Languages
from desktop_client.ui.main_window import MainWindow


class Program:
    """Everything that lives as long as the program; the window is made anew when the language changes."""

    def __init__(self, application: QApplication, profile: Profile) -> None:
        self.application = application
        self.bridge = Bridge()
        self.preferences = Preferences(profile.root / "window.ini")
        self.desk = Desk(self.bridge, Office(profile), self.preferences)
        self.session = Session(self.desk)
        self._tidying: Tidying | None = None
        self._languages = Languages(application)
        self._languages.use(self.preferences.language)
        theme.apply(application, self.preferences.appearance)
        self.window = MainWindow(self.desk, self.session)
        self.preferences.changed.connect(self._preference_changed)
        application.styleHints().colorSchemeChanged.connect(lambda: self._preference_changed("appearance"))

    def start(self, kit: Path | None = None) -> None:
        """Show the window, and come back with the login that this device remembers."""
        self.window.show()
        self._tidying = Tidying()
        self.window.door.start(kit)

    def close(self) -> None:
        """End what runs in the background; tasks that were cut off go on the next time."""
        self.session.leave()
        self._languages.forget()
        self.bridge.close()
        if self._tidying is not None:
            self._tidying.end()
        if not self.preferences.remembers_login:
            entry.forget_login(self.desk.office)

    def _preference_changed(self, name: str) -> None:
        if name == "appearance":
            theme.apply(self.application, self.preferences.appearance)
        elif name == "language":
            self._languages.use(self.preferences.language)
            old, where = self.window, self.window.shell.current if self.window.shell else ("", "")
            self.window = MainWindow(self.desk, self.session)
            self.window.show()
            if self.window.shell is not None and where[0]:
                self.window.shell.go(*where)
            old.retire()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; the number to exit with."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["--worker"]:
        # A frozen program has no other interpreter to run the worker with; the window's libraries stay unused.
        from desktop_client.worker.serve import main as work

        work()
        return 0
    chosen = _parser().parse_args(given)
    note_everything(log_path())
    application = QApplication([sys.argv[0]])
    application.setApplicationName("ImageGuard")
    application.setApplicationVersion(program_version())
    application.setDesktopFileName("imguard-desktop")
    program = Program(application, Profile(chosen.profile or default_profile()))
    if chosen.language:
        program.preferences.set_language(chosen.language)
    if chosen.appearance:
        program.preferences.set_appearance(Appearance(chosen.appearance))
    program.start(chosen.kit)
    code = application.exec()
    program.close()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("imguard-desktop", description="Train models on images that stay secret.")
    parser.add_argument("kit", nargs="?", type=Path, help="a deployment.json or kit folder to connect to")
    parser.add_argument("--profile", type=Path, help="folder of keys and settings (default: that of the platform)")
    parser.add_argument("--language", choices=LANGUAGES, help="language of the window from now on")
    parser.add_argument("--appearance", choices=[one.value for one in Appearance], help="light, dark or the desktop's")
    qt = QLibraryInfo.version().toString()
    parser.add_argument("--version", action="version", version=f"ImageGuard {program_version()} (Qt {qt})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
