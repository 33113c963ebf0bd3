"""Trainings that are followed: begun once, gone on with whatever page is shown, until they end or the person leaves."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal

from common.errors import AppError
from desktop_client.jobs.bridge import Handle
from desktop_client.jobs.trainings.course import Course, follow_course
from desktop_client.jobs.trainings.rows import Training
from desktop_client.state.desk import Desk

MAX_COURSES: Final = 16


class LiveTrainings(QObject):
    """One for the program (``desk.lasting``). ``changed(job)`` a few times a second at most for each of them."""

    changed = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._courses: OrderedDict[str, Course] = OrderedDict()
        self._handles: dict[str, Handle] = {}
        desk.gone.connect(self.forget)

    @property
    def courses(self) -> dict[str, Course]:
        """Those that are known, by job."""
        return dict(self._courses)

    def course(self, job: str) -> Course | None:
        """What is known of a job; None before anybody wanted to follow it."""
        return self._courses.get(job)

    def is_followed(self, job: str) -> bool:
        """Whether its events come in now."""
        return job in self._handles

    def follow(self, training: Training) -> None:
        """Follow from its first event on, unless that happens already or all of it is known.

        One that broke off here, or was retried since it ended, is followed anew.
        """
        job = training.job
        known = self._courses.get(job)
        if known is not None:
            self._courses.move_to_end(job)
        is_whole = known is not None and known.is_over and known.state is training.state
        if job in self._handles or is_whole:
            return
        self._make_room()
        self._courses[job] = known or Course(job)
        handle = self._desk.bridge.run(
            lambda: follow_course(
                self._desk.office, job, lambda course: self._desk.bridge.post(partial(self._told, course))
            ),
            self._ended,
            partial(self._broke, job),
        )
        self._handles[job] = handle

    def forget(self) -> None:
        """Stop everything; nothing that was seen stays."""
        for handle in self._handles.values():
            handle.drop()
        self._handles.clear()
        self._courses.clear()

    def _make_room(self) -> None:
        while len(self._courses) >= MAX_COURSES:
            oldest = next(iter(self._courses))
            del self._courses[oldest]
            handle = self._handles.pop(oldest, None)
            if handle is not None:
                handle.drop()

    def _told(self, course: Course) -> None:
        # What was posted before it was forgotten, or before it ended, comes too late.
        if course.job in self._handles:
            self._courses[course.job] = course
            self.changed.emit(course.job)

    def _ended(self, course: Course) -> None:
        self._handles.pop(course.job, None)
        self._courses[course.job] = course
        self.changed.emit(course.job)

    def _broke(self, job: str, error: AppError) -> None:
        self._ended(Course(job, trouble=error))
