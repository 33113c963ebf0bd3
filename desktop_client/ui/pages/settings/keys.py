"""The own keys and the devices that may log in."""

from __future__ import annotations

from common.errors import AppError, Cancelled
from desktop_client.jobs.own.keys import DeviceRow, card
from desktop_client.state.identity.own import Own
from desktop_client.state.table import Column, RowTable
from desktop_client.ui.pages.settings.dialogs import ChangePassword, ExportKeys, KeyDialog, RotateKeys
from desktop_client.ui.pages.settings.tab import Tab
from desktop_client.ui.widgets.basics import Card, Empty, button, copy_text, label, row, selectable
from desktop_client.ui.widgets.dialogs import confirm
from desktop_client.ui.widgets.table import DataTable, ToneRole
from desktop_client.ui.words import moment, short_id

_HEIGHT = 260
_WIDTHS = (260, 120, 140, 200)


class KeysTab(Tab):
    """Fingerprint, password, export, rotation; devices and logins."""

    def __init__(self, own: Own) -> None:
        super().__init__(own)
        self._open: KeyDialog | None = None
        self.who, self.mark = label("", "strong"), selectable("", "heading")
        self.mark.setAccessibleName(self.tr("Your fingerprint"))
        self.copy = button(self.tr("Copy"), lambda: copy_text(self.mark.text()), "flat", "copy")
        self.password = button(self.tr("Change password…"), self._change_password, "", "key")
        self.export = button(self.tr("Export keys…"), self._export, "", "download")
        self.rotate = button(self.tr("Replace keys…"), self._rotate, "danger", "key-round")
        says = label(self.tr("These numbers stand for your name and your public keys."), "muted", True)
        head = row(self.mark, self.copy, None)
        actions = row(self.password, self.export, self.rotate, None)
        self.body.addWidget(Card(self.tr("Your keys")).add(self.who, head, says, actions))
        self.devices: RowTable[DeviceRow] = RowTable(self._columns(), self)
        nothing = Empty("monitor", self.tr("No devices are listed")).wait(self.tr("Asking the nodes…"))
        self.table = DataTable(self.devices, nothing, "devices", self.desk.preferences)
        self.table.setMinimumHeight(_HEIGHT)
        self.table.set_widths(_WIDTHS)
        self.revoke = button(self.tr("Revoke…"), self._revoke, "danger", "ban")
        self.everywhere = button(self.tr("Log out everywhere…"), self._log_out, "danger", "log-out")
        self.revoke.setEnabled(False)
        self.table.selected.connect(lambda found: self.revoke.setEnabled(bool(found and found.may_log_in)))
        self.table.tools.addWidget(self.revoke)
        self.table.tools.addWidget(self.everywhere)
        self.away = label("", "bad", True)
        self.away.hide()
        self.body.addWidget(Card(self.tr("Devices")).add(self.away, self.table))
        self.body.addStretch(1)
        own.devices_seen.connect(self._seen)
        own.done.connect(self._finished)

    def refresh(self) -> None:
        try:
            found = card(self.desk.office)
        except AppError as error:
            self.who.setText(str(error))
            return
        self.who.setText(f"{found.name} · {found.organisation}" if found.organisation else found.name)
        self.mark.setText(found.fingerprint)
        self.own.list_devices()

    def takes(self, what: str, error: AppError) -> bool:
        if self._open is None or what not in ("password", "export", "rotate"):
            return isinstance(error, Cancelled)
        self._open.refuse(error)
        return True

    def _seen(self, rows: list[DeviceRow], away: dict[str, AppError]) -> None:
        self.table.nothing.ready()
        if tuple(rows) != tuple(self.devices.rows):
            self.devices.replace(rows)
            self.revoke.setEnabled(False)
        names = {"a": self.tr("server A"), "b": self.tr("server B"), "log": self.tr("the log node")}
        text = self.tr("No answer from: %1").replace("%1", ", ".join(names[role] for role in away))
        self.away.setText(text)
        self.away.setVisible(bool(away))

    def _finished(self, what: str) -> None:
        if self._open is not None and what in ("password", "export", "rotate"):
            self._open.accept()
            self.refresh()

    def _change_password(self) -> None:
        self._show(ChangePassword(self, self.own.change_password))

    def _export(self) -> None:
        name = card(self.desk.office).name
        self.desk.with_keys(lambda: self._show(ExportKeys(self, name, self.own.export)))

    def _rotate(self) -> None:
        self._show(RotateKeys(self, self.own.rotate))

    def _show(self, dialog: KeyDialog) -> None:
        self._open = dialog
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self) -> None:
        self._open = None

    def _revoke(self) -> None:
        found: DeviceRow = self.table.current
        heading = self.tr("Revoke %1?").replace("%1", found.device.name)
        text = self.tr("It is refused for ever and its logins end at once. If it was lost, replace your keys as well.")
        if found.is_this:
            text = self.tr("This is THIS device: you cannot log in here any more. %1").replace("%1", text)
        confirm(self, heading, text, self.tr("Revoke"), lambda: self.own.revoke(found.device), is_danger=True)

    def _log_out(self) -> None:
        text = self.tr("The logins of all your devices end now, this one too. Tasks that run here are stopped.")
        heading = self.tr("Log out everywhere?")
        confirm(self, heading, text, self.tr("Log out everywhere"), self.own.log_out_everywhere, is_danger=True)

    def _columns(self) -> tuple[Column[DeviceRow], ...]:
        states = {
            "active": (self.tr("may log in"), "good"),
            "revoked": (self.tr("revoked"), "neutral"),
            "partly": (self.tr("differs between nodes"), "warn"),
        }

        def tone(role: int, found: DeviceRow) -> str | None:
            return states[found.state][1] if role == ToneRole else None

        this = self.tr("%1 (this device)")
        return (
            Column(
                self.tr("Device"),
                lambda found: this.replace("%1", found.device.name) if found.is_this else found.device.name,
            ),
            Column(self.tr("Key"), lambda found: short_id(found.device.key), tip=lambda found: found.device.key),
            Column(self.tr("State"), lambda found: states[found.state][0], extra=tone),
            Column(
                self.tr("Last login"),
                lambda found: moment(found.last_login) if found.last_login else "–",
                lambda found: found.last_login,
            ),
        )
