"""The command `guildmark`: its sub-commands, and the last door at which every error becomes a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from portal.cli.commands import COMMANDS, PURPOSE
from portal.cli.terminal import complain

_NAMES = {"help_option_names": ["-h", "--help"]}
_UNREAD = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""For a command that reads its arguments itself."""


class _Commands(TyperGroup):
    """The sub-commands, in the order of the table. A module is imported when its command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (the interface of a group)
        """All names."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command of that name, imported now; None if there is none."""
        named = COMMANDS.get(cmd_name)
        if named is None:
            return None
        module, _, name = named.place.partition(":")
        found = getattr(import_module(f"portal.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            reads_itself = cmd_name == "verify"
            single = typer.Typer(rich_markup_mode=None, context_settings=_NAMES, add_completion=False)
            if reads_itself:
                single.command(cmd_name, context_settings=_UNREAD)(_passed_on(found))
            else:
                single.command(cmd_name)(found)
            found = single
        command = get_command(found)
        command.name = cmd_name
        return command


def _passed_on(command: Callable[[Sequence[str]], int]) -> Callable[[typer.Context], None]:
    """A command that reads its arguments itself, as typer calls commands."""

    def call(context: typer.Context) -> None:
        raise typer.Exit(command(context.args))

    call.__doc__ = command.__doc__
    return call


app = typer.Typer(
    name="guildmark",
    cls=_Commands,
    help=PURPOSE,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=_NAMES,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guildmark {version('guildmark')}")
        raise typer.Exit


@app.callback()
def options(
    _version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Issue, verify and export Open Badges 3.0 for a company's certification programs."""


def run() -> int:
    """Run the command line; what fails ends with a sentence on standard error and a status that is not zero.

    Raises KeyboardInterrupt and BrokenPipeError, and SystemExit with the status of a command that ends itself.
    """
    try:
        app()
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001  (the last door)
        complain(sentence_of(error))
        return 1
    return 0


def sentence_of(error: Exception) -> str:
    """What to tell a person of an error: its own sentences where it is one of ours, its kind where it is not."""
    from credentials.contexts import ContextDamaged
    from credentials.problems import Unacceptable
    from issuer.errors import IssuerError
    from keys.errors import KeysError
    from portal.backups.manifest import BackupRefused
    from portal.cli.installation import NoInstallation
    from portal.settings import SettingsRefused
    from wallet_export.errors import WalletExportError

    if isinstance(error, Unacceptable):
        return "\n".join(f"{problem.detail} {problem.pointer}".rstrip() for problem in error.problems)
    if isinstance(
        error,
        IssuerError | KeysError | WalletExportError | SettingsRefused | NoInstallation | BackupRefused | ContextDamaged,
    ):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    return (
        f"this should not happen ({type(error).__name__}: {error}); please report it, with what you did. "
        "Nothing that was acknowledged before is lost."
    )
