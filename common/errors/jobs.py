"""Projects and jobs."""

from __future__ import annotations

from common.errors.base import AppError


class ConsentMissing(AppError):
    """A data owner has not consented to this specification."""

    code, exit_code, status = "consent-missing", 29, 409
    advice = "Ask the named owners to run `imguard consent give`; nothing is computed before that."


class SpecRefused(AppError):
    """The project specification cannot be run safely."""

    code, exit_code, status = "spec-refused", 30, 400
    advice = "Change the named value of the specification and create the project again."


class CorrelationReused(AppError):
    """A correlation was asked for twice; using it again would reveal secrets, so the job was stopped."""

    code, exit_code, status = "correlation-reused", 52, 500
    advice = "Start the job again; fresh correlations are prepared. Report this with the job log."


class JobFailed(AppError):
    """The job stopped with an error."""

    code, exit_code, status = "job-failed", 62, 500
    advice = "Mend the cause, of which `imguard job log` may say more; `imguard job retry` then goes on where it was."


class RangeExceeded(AppError):
    """A value left the range that fixed point can hold."""

    code, exit_code, status = "range-exceeded", 63, 500
    advice = "Start the job again with a lower learning rate."


class WorkerDied(AppError):
    """The process that computed a job ended without a word."""

    code, exit_code, status = "worker-died", 48, 503
    is_temporary = True
    advice = "Nothing to do: the job goes on from its last checkpoint. If this repeats, read the worker's log file."


class OutsideHours(AppError):
    """Jobs may not run at this hour."""

    code, exit_code, status = "outside-hours", 58, 503
    is_temporary = True
    advice = "Nothing to do: the job goes on when the operator's hours begin. `imguard policy` shows them."


class JobPaused(AppError):
    """The job was paused."""

    code, exit_code, status = "job-paused", 49, 409
    advice = "Resume it when you are ready; it goes on from its last checkpoint."


class WorkerGone(AppError):
    """The helper process of the desktop program ended without an answer."""

    code, exit_code, status = "worker-gone", 65, 503
    is_temporary = True
    advice = "Try it again; nothing that was complete is lost. If this repeats, close other programs to free memory."


class EstimateFailed(AppError):
    """The server could not work out what this would cost."""

    code, exit_code, status = "estimate-failed", 67, 503
    is_temporary = True
    advice = "Try it again later, or go on without an estimate: a job can be started all the same."
