"""The words of the dashboard for codes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from common.pipeline import JobState
from desktop_client.jobs.overview.summary import Event
from desktop_client.ui.words import fill, short_id

translate = QCoreApplication.translate


def job_state(state: JobState) -> tuple[str, str]:
    """The word and the tone for the state of a training that has not ended."""
    words = {
        JobState.QUEUED: (translate("DashboardWords", "Waiting"), "warn"),
        JobState.PREPARING: (translate("DashboardWords", "Preparing"), "info"),
        JobState.HIDING: (translate("DashboardWords", "Hiding"), "info"),
        JobState.TRAINING: (translate("DashboardWords", "Training"), "info"),
        JobState.PAUSED: (translate("DashboardWords", "Paused"), "warn"),
    }
    return words.get(state, (state.value, "neutral"))


def happening(event: Event) -> str:
    """A whole sentence: who did what in which project."""
    one = event.happening
    sentences = {
        "created": translate("DashboardWords", "%1 created the project %2"),
        "revised": translate("DashboardWords", "%1 published revision %3 of %2"),
        "granted": translate("DashboardWords", "%1 consented to %2"),
        "declined": translate("DashboardWords", "%1 declined to take part in %2"),
        "withdrawn": translate("DashboardWords", "%1 took back the consent to %2"),
        "started": translate("DashboardWords", "%1 started training %3 of %2"),
        "finished": translate("DashboardWords", "Training %3 of %2 is finished"),
        "failed": translate("DashboardWords", "Training %3 of %2 failed"),
        "cancelled": translate("DashboardWords", "Training %3 of %2 was stopped"),
        "brought": translate("DashboardWords", "%1 brought in the data set %3"),
    }
    is_name = one.kind in ("brought", "revised")
    subject = one.subject if is_name else short_id(one.subject)
    return fill(sentences.get(one.kind, one.kind), one.who, event.name, subject)
