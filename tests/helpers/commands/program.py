"""The program `imguard` as its users run it: a process of its own, with nothing of the test's environment in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_client.poc.process import find_processes

SECONDS = 240.0


@dataclass(frozen=True)
class Result:
    """What a finished command left."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON value of a command that must have gone well."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    def error(self, code: int) -> str:
        """The first of the two lines of a command that must have failed with this exit code."""
        assert self.code == code, (self.code, self.err)
        assert "Traceback" not in self.err + self.out
        lines = self.err.strip().splitlines()
        assert lines[-2].startswith("error: ") and lines[-1].startswith("what to do: "), self.err
        return lines[-2].removeprefix("error: ")


@dataclass(frozen=True)
class Place:
    """A folder commands run in; temporary files of theirs stay inside, so that what is left over can be seen."""

    root: Path
    settings: tuple[tuple[str, str], ...] = ()

    def with_user(self, profile: Path) -> Place:
        """The same place as somebody whose password lies in their profile."""
        password = (profile / "password").read_text(encoding="ascii").strip()
        return Place(self.root, (("IMGUARD_PROFILE", str(profile)), ("IMGUARD_PASSWORD", password)))

    def with_password(self, password: str) -> Place:
        kept = tuple((name, value) for name, value in self.settings if name != "IMGUARD_PASSWORD")
        return Place(self.root, (*kept, ("IMGUARD_PASSWORD", password)))

    def run(self, *words: str | Path) -> Result:
        """Run a command to its end."""
        with self.started(*words) as process:
            out, err = process.communicate(timeout=SECONDS)
        return Result(process.returncode, out, err)

    @contextmanager
    def started(self, *words: str | Path) -> Iterator[subprocess.Popen[str]]:
        """A running command; whatever happens it has ended afterwards."""
        process = subprocess.Popen(
            [sys.executable, "-m", "desktop_client", *map(str, words)],
            cwd=self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def leftover(self) -> list[int]:
        """Nodes and workers that run for something in this place."""
        return [found.pid for found in find_processes(self.root)]

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    def _environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("IMGUARD", "PYTEST"))}
        self.temporary.mkdir(exist_ok=True)
        home = {"HOME": str(self.root), "TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(self.root / "state")}
        paths = [str(Path(__file__).resolve().parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {**plain, **home, "PYTHONPATH": os.pathsep.join(paths), **dict(self.settings)}


def wait_for_line(process: subprocess.Popen[str], wanted: str) -> str:
    """Everything the process wrote to standard error up to a line that contains ``wanted``."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if wanted in line:
            return seen
    raise AssertionError(f"the program ended before it said {wanted!r}:\n{seen}")
