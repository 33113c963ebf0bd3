"""What a desktop runs exists on Linux, macOS and Windows: differences stand in ``common/system`` and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.repository import ROOT

HOME = ROOT / "common" / "system"
MODULES = {
    "crypt", "curses", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource",
    "spwd", "syslog", "termios", "tty", "winreg", "winsound",
}  # fmt: skip
IN_OS = {
    "chown", "chroot", "ctermid", "fchmod", "fchown", "fork", "forkpty", "geteuid", "getgid", "getloadavg", "getpgid",
    "getuid", "initgroups", "kill", "killpg", "lchown", "memfd_create", "mkfifo", "mknod", "name", "nice", "openpty",
    "pidfd_open", "posix_fadvise", "posix_spawn", "pread", "pwrite", "sched_getaffinity", "sched_setaffinity",
    "sendfile", "setgid", "setpgid", "setsid", "setuid", "startfile", "statvfs", "uname", "wait", "waitid", "waitpid",
    "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_BINARY",
}  # fmt: skip
IN_SIGNAL = {"SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGBREAK", "SIGCHLD", "SIGALRM", "alarm", "pidfd_send_signal",
             "pthread_sigmask", "setitimer"}  # fmt: skip
ANYWHERE = {"add_signal_handler", "create_unix_connection", "create_unix_server", "open_unix_connection", "AF_UNIX"}
ARGUMENTS = {"start_new_session", "preexec_fn", "creationflags", "process_group", "pass_fds"}
PLACES = ("/proc", "/dev/", "/tmp", "/etc/", "/var/", "/usr/", "/home/", "C:\\")


def _sources() -> list[Path]:
    found = [path for package in ("common", "desktop_client") for path in (ROOT / package).rglob("*.py")]
    return [path for path in found if HOME not in path.parents]


def _faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {one.name}" for one in node.names if one.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield f"from {node.module} import …"
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node)
        elif isinstance(node, ast.keyword) and node.arg in ARGUMENTS:
            yield f"{node.arg}="
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(PLACES):
            yield repr(node.value)


def _attribute(node: ast.Attribute) -> Iterator[str]:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    banned = {"os": IN_OS, "signal": IN_SIGNAL, "sys": {"platform", "getwindowsversion"}}.get(owner, set())
    if node.attr in banned | ANYWHERE:
        yield f"{owner}.{node.attr}"


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_source_uses_nothing_that_one_system_alone_has(path: Path) -> None:
    assert list(_faults(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("name", ["permissions", "signals"])
def test_home_of_differences_has_a_branch_for_each_system(name: str) -> None:
    source = (HOME / f"{name}.py").read_text(encoding="utf-8")
    assert 'sys.platform == "win32"' in source or 'sys.platform != "win32"' in source


@pytest.mark.parametrize(
    "source",
    ["import fcntl", "from pwd import getpwnam", "os.fork()", "x = os.name", "signal.SIGKILL", "sys.platform",
     "loop.add_signal_handler(1)", "Popen([], start_new_session=True)", "open('/proc/1/stat')"],
)  # fmt: skip
def test_fault_is_seen(source: str) -> None:
    assert len(list(_faults(ast.parse(source)))) == 1
