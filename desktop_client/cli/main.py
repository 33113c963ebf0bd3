"""The command `imguard`: finds the command group, runs it, and turns every failure into two lines and an exit code."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import click

from common.errors import AppError, Cancelled, DiskFull, UsageError
from common.net.files import named
from common.system.signals import on_end
from common.version import program_version
from desktop_client.cli.context import Session
from desktop_client.failures import note_failure
from desktop_client.plain import plain
from desktop_client.settings import Profile, default_profile, log_path

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "register": ("desktop_client.cli.identity.account:register_command", "Join a deployment with an invitation."),
    "login": ("desktop_client.cli.identity.account:login_command", "Log in at both servers and the log node."),
    "logout": ("desktop_client.cli.identity.account:logout_command", "End the login, here or on all your devices."),
    "users": ("desktop_client.cli.identity.users:group", "Who is in the deployment; invite, approve, disable, repair."),
    "device": ("desktop_client.cli.identity.device:group", "The machines you log in from."),
    "keys": ("desktop_client.cli.identity.keys:group", "Your keys: fingerprint, password, rotation, other devices."),
    "dataset": ("desktop_client.cli.dataset.commands:group", "Split, upload, share, switch off and delete data sets."),
    "policy": ("desktop_client.cli.dataset.policy:policy_command", "What the operators of both servers allow."),
    "project": ("desktop_client.cli.project.commands:group", "Create, change, show and archive projects."),
    "consent": ("desktop_client.cli.project.consents:group", "Decide what your data sets are used for."),
    "decisions": ("desktop_client.cli.decisions:decisions_command", "What waits for you."),
    "job": ("desktop_client.cli.job:group", "Start, watch, pause, resume and cancel trainings."),
    "watch": ("desktop_client.cli.live.watch:watch_command", "What is new at both servers, live, and their load."),
    "model": ("desktop_client.cli.model.commands:group", "Fetch, test, ask and export trained models."),
    "log": ("desktop_client.cli.audit:group", "Verify the log without trusting the log server."),
    "provision": ("desktop_client.cli.provision:provision_group", "Make the kits of a deployment, let it grow."),
    "deployment": ("desktop_client.cli.provision:deployment_group", "The deployment this profile belongs to."),
    "estimate": ("desktop_client.cli.project.estimate:estimate_command", "What a job would cost, before it starts."),
    "preflight": ("desktop_client.cli.preflight:preflight_command", "Whether everything is well before work begins."),
    "poc": ("desktop_client.cli.deploy:poc_group", "A whole deployment on this machine, for trying things out."),
}
"""Name of a command, where it is defined, and its line in the help. Only the chosen one is imported."""

if importlib.util.find_spec("desktop_client.demo") and importlib.util.find_spec("desktop_client.demo.command"):
    COMMANDS["demo"] = ("desktop_client.demo.command:demo", "The whole way from images to a model, on this machine.")


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name, imported when they are looked up: ``--help`` and small commands stay fast."""

    def __init__(self) -> None:
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            module, _, attribute = COMMANDS[name][0].partition(":")
            self._loaded[name] = getattr(importlib.import_module(module), attribute)
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(click.Group):
    """Prints the list of commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    commands=LazyCommands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--profile", type=click.Path(file_okay=False, path_type=Path), help="Folder with your keys and logins.")
@click.option("--quiet", is_flag=True, help="No progress bars and no remarks.")
@click.version_option(program_version(), prog_name="imguard")
@click.pass_context
def imguard(ctx: click.Context, profile: Path | None, quiet: bool) -> None:
    """Train one model on the images of many owners; every image stays secret-shared between two servers.

    The profile is --profile, else IMGUARD_PROFILE, else the platform's folder for user data. The password is asked
    for, or taken from IMGUARD_PASSWORD.

    \b
    Example:
      imguard poc up                       a deployment on this machine, to try things out
      imguard --profile imguard-poc/client-1 login
    """
    ctx.obj = Session(Profile(profile or default_profile()), quiet)


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. Nothing but the two lines of an error reaches the terminal when it fails."""
    try:
        outcome = imguard.main(list(arguments), prog_name="imguard", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except BaseExceptionGroup as errors:
        return _report(_first(errors))
    except (Exception, KeyboardInterrupt) as error:
        return _report(error)


def main() -> NoReturn:
    """Entry point of the installed program."""
    on_end(_terminated)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    """End like Ctrl-C does, so that everything that was started is cleaned up."""
    raise KeyboardInterrupt


def _report(error: BaseException) -> int:
    named_error = _named(error)
    if named_error is None:
        path = note_failure(log_path(), error)
        where = f" (details in {path})" if path else ""
        click.echo(f"error: the program failed in a way it should not: {type(error).__name__}{where}", err=True)
        click.echo(f"what to do: {AppError.advice}", err=True)
        return AppError.exit_code
    click.echo(f"error: {plain(named_error)}", err=True)
    click.echo(f"what to do: {named_error.advice}", err=True)
    return named_error.exit_code


def _named(error: BaseException) -> AppError | None:
    if isinstance(error, AppError):
        return error
    if isinstance(error, (click.exceptions.Abort, KeyboardInterrupt)):
        return Cancelled()
    if isinstance(error, click.ClickException):
        return UsageError(error.format_message())
    if isinstance(error, OSError):
        found: Any = named(error)
        if isinstance(found, DiskFull):
            return found
        if error.filename is not None:
            return UsageError(f"Cannot use {error.filename}: {error.strerror}.")
    return None


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    flat = [_first(e) if isinstance(e, BaseExceptionGroup) else e for e in errors.exceptions]
    return next((error for error in flat if isinstance(error, AppError)), flat[0])
