"""The buttons that steer a training: each is enabled only when it can be done, and says why when not."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtWidgets import QPushButton, QWidget

from desktop_client.jobs.trainings.actions import Action, Hindrance
from desktop_client.state.project.control import ProjectControl
from desktop_client.ui.pages.project.words import action_name, action_tip, hindrance_text, preparation
from desktop_client.ui.widgets.basics import button, label, row, selectable
from desktop_client.ui.widgets.dialogs import Question, confirm
from desktop_client.ui.words import fill, short_id

_LOOKS: Final = {
    Action.START: ("primary", "play"),
    Action.PAUSE: ("", "pause"),
    Action.PAUSE_NOW: ("", "circle-stop"),
    Action.RESUME: ("", "play"),
    Action.RETRY: ("", "rotate-ccw"),
    Action.STOP: ("danger", "square"),
}


class Controls(QWidget):
    """Starting and stopping ask first; the rest is undone by its opposite."""

    def __init__(self, control: ProjectControl) -> None:
        super().__init__()
        self._control = control
        self.dialog: Question | None = None
        self.buttons: dict[Action, QPushButton] = {}
        for action, (kind, icon) in _LOOKS.items():
            self.buttons[action] = button(action_name(action), partial(self._press, action), kind, icon)
        self.setLayout(row(*self.buttons.values(), None))
        control.busy_changed.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Enable what can be done now, and say of the rest why not."""
        for action, one in self.buttons.items():
            why = self._control.hindrance(action)
            one.setEnabled(why is None)
            text = action_tip(action) if why is None else hindrance_text(why)
            one.setToolTip(text)
            one.setAccessibleDescription(text)
        # A button that never makes sense in this state only takes room.
        for action, nothing in ((Action.RESUME, Hindrance.NOT_PAUSED), (Action.RETRY, Hindrance.NOT_FAILED)):
            self.buttons[action].setVisible(self._control.hindrance(action) not in (nothing, Hindrance.NO_JOB))

    def _press(self, action: Action) -> None:
        if action is Action.START:
            self._ask_start()
        elif action is Action.STOP:
            self._ask_stop()
        else:
            self._control.act(action)

    def _ask_start(self) -> None:
        view = self._control.view
        if view is None:
            return
        spec = view.specification
        text = self.tr(
            "You sign the start of revision %1 with your key. Both servers check every consent, then they compute: "
            "%2 epochs on %3 data sets."
        )
        if any(not one.state.is_final for one in view.trainings):
            text = self.tr("Another training of this project has not ended yet.") + " " + text
        filled = fill(text, spec.revision, spec.training.epochs, len(spec.dataset_ids))
        self.dialog = confirm(
            # The revision that is shown here, whatever the page shows by the time of the answer.
            self,
            self.tr("Start a training?"),
            filled,
            action_name(Action.START),
            partial(self._control.start, spec),
        )
        name, trust = preparation(spec.preparation)
        self.dialog.body.addWidget(label(fill(self.tr("Preparation: %1. %2"), name, trust), "muted", True))
        self.dialog.body.addWidget(selectable(fill(self.tr("Hash: %1"), spec.hash), "small"))

    def _ask_stop(self) -> None:
        training = self._control.training
        if training is None:
            return
        text = self.tr("Both servers delete what they computed so far. To go on later, pause it instead.")
        heading = fill(self.tr("Stop training %1 for good?"), short_id(training.job))
        self.dialog = confirm(
            self, heading, text, self.tr("Stop it"), partial(self._control.stop, training.job), is_danger=True
        )
