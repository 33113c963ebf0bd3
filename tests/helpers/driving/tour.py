"""From images to a tested model in the real window, with pictures of every page in both languages and looks.

``python -m tests.helpers.driving.tour DEPLOYMENT OUT [--first-tabs]`` wants a running local deployment with users of
``imguard poc``, and a screen: that of ``xvfb-run``, or none with ``QT_QPA_PLATFORM=offscreen``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from common.crypto.rng import SystemRandom
from desktop_client.demo.pictures import deal, write_digits
from desktop_client.settings import Profile
from desktop_client.state.preferences import Appearance
from tests.helpers.driving import story
from tests.helpers.driving.driver import Driver, application

PAGES = ("dashboard", "data", "import", "projects", "models", "approvals", "users", "audit", "settings")
WITH_TABS = ("project", "model")
LANGUAGES = ("en", "zh_CN")
LOOKS = (Appearance.LIGHT, Appearance.DARK)
PROJECT = "Digits of two houses"
IMAGES, TESTS = 250, 100


class Tour:
    """Two people of one deployment, one after the other at the same screen."""

    def __init__(self, deployment: Path, out: Path) -> None:
        self.deployment, self.out = deployment, out
        owners = deployment / "owners"
        deal(write_digits(deployment / "digits"), owners, IMAGES, TESTS, SystemRandom())
        self.images, self.tests = (owners / "owner-1", owners / "owner-2"), owners / "test"

    def person(self, number: int, name: str) -> Person:
        return Person(self.deployment / f"client-{number}", name, self.out / "steps")


class Person:
    """Somebody at the window; a context that closes it."""

    def __init__(self, profile: Path, name: str, shots: Path) -> None:
        self.name, self.profile = name, profile
        self.password = (profile / "password").read_text(encoding="utf-8").strip()
        self.driver = Driver(application(), profile, shots)

    def __enter__(self) -> Person:
        Profile(self.profile).forget_tokens()
        self.driver.start()
        story.log_in(self.driver, self.password)
        return self

    def __exit__(self, *error: object) -> None:
        self.driver.close()


def main(deployment: Path, out: Path, is_whole: bool = True) -> None:
    tour = Tour(deployment, out)
    with tour.person(2, "bob") as bob:
        story.bring_in(bob.driver, bob.password, tour.images[1], "digits-bob", shared_with="alice")
    with tour.person(1, "alice") as alice:
        story.bring_in(alice.driver, alice.password, tour.images[0], "digits-alice", "import")
        story.create_project(alice.driver, alice.password, PROJECT, ["digits-alice", "digits-bob"], "wizard")
    with tour.person(2, "bob") as bob:
        story.consent(bob.driver, bob.password, PROJECT, "consent")
    with tour.person(1, "alice") as alice:
        story.train(alice.driver, alice.password, PROJECT, "train")
        story.fetch_and_test(alice.driver, alice.password, PROJECT, tour.tests, "model")
        story.check_log(alice.driver)
        alice.driver.page("data")
        alice.driver.row("digits-alice")
        alice.driver.wait(lambda: alice.driver.here() == "dataset", "the page of the data set")
        _every_page(alice.driver, out, is_whole)
    _the_door(tour, out)


def _every_page(driver: Driver, out: Path, is_whole: bool) -> None:
    """Pages of the side bar, one data set, and the tabs of one project and of one model: all of them, or the first."""
    subjects = story.subjects(driver)
    for language in LANGUAGES:
        driver.program.preferences.set_language(language)
        for look in LOOKS:
            driver.program.preferences.set_appearance(look)
            driver.shots = out / language / look.value
            driver.shots.mkdir(parents=True, exist_ok=True)
            for page in PAGES:
                driver.page(page)
                driver.settle()
                driver.shoot(page)
            for page, subject in subjects.items():
                driver.page(page, subject)
                if page in WITH_TABS:
                    driver.wait(lambda: driver.tabs(), f"the tabs of {page}")
                driver.settle()
                titles = driver.tabs() if is_whole else driver.tabs()[:1]
                for number, _ in enumerate(titles or [""]):
                    driver.tab_number(number)
                    driver.settle()
                    driver.shoot(f"{page}-{number + 1}" if titles else page)


def _the_door(tour: Tour, out: Path) -> None:
    """What stands before a login: on a new device, and on one that knows its user."""
    profile = tour.deployment / "client-1"
    Profile(profile).forget_tokens()
    for folder, name in ((tour.deployment / "nobody", "first-start"), (profile, "login")):
        for language in LANGUAGES:
            for look in LOOKS:
                driver = Driver(application(), folder, out / language / look.value)
                driver.start()
                driver.program.preferences.set_language(language)
                driver.program.preferences.set_appearance(look)
                driver.settle()
                driver.shoot(name)
                driver.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), is_whole=sys.argv[3:] != ["--first-tabs"])
