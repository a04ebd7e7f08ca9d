"""The command `guildmark`: its sub-commands, and the last door at which every error becomes a sentence."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from portal.cli.terminal import complain

# Name of the command, and where its function (or its group `app`) is. A module is imported when its command is asked
# for, so that `guildmark verify` does not wait for everything that issuing needs.
_COMMANDS = {
    "demo": "demo:demo",
    "init": "init:init",
    "serve": "serve:serve",
    "upgrade": "upgrade:upgrade",
    "program": "programs:app",
    "issue": "issue:issue",
    "resume": "issue:resume",
    "people": "people:app",
    "assign": "assignments:app",
    "due": "due:due",
    "credits": "credits:app",
    "mentors": "mentors:app",
    "endorsement": "endorsements:app",
    "propose": "proposals:propose",
    "assess": "proposals:assess",
    "decide": "proposals:decide",
    "appeal": "proposals:appeal",
    "withdraw": "proposals:withdraw",
    "assign-assessors": "proposals:assign_assessors",
    "proposals": "proposals:app",
    "learning": "learning:app",
    "list": "listing:list_",
    "export": "credentials:export",
    "verify": "verify:verify",
    "bake": "images:bake",
    "unbake": "images:unbake",
    "qr": "images:qr",
    "revoke": "status:revoke",
    "suspend": "status:suspend",
    "reinstate": "status:reinstate",
    "renew": "succession:renew",
    "reissue": "succession:reissue",
    "erase": "erase:erase",
    "doctor": "doctor:doctor",
    "keys": "keys:app",
    "tokens": "tokens:app",
    "audit": "audit:app",
    "worker": "worker:worker",
    "jobs": "jobs:app",
    "bulk": "bulk:app",
    "messages": "messages:app",
}
_NAMES = {"help_option_names": ["-h", "--help"]}


class _Commands(TyperGroup):
    """The sub-commands, in the order of the table."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (the interface of a group)
        """All names."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command of that name, imported now; None if there is none."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found = getattr(import_module(f"portal.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(rich_markup_mode=None, context_settings=_NAMES, add_completion=False)
            single.command(cmd_name)(found)
            found = single
        command = get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="guildmark",
    cls=_Commands,
    help="Issue, verify and export Open Badges 3.0 for a company's certification programs.",
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


def main() -> None:
    """Run the command line; every failure ends with a sentence on standard error and a status that is not zero."""
    try:
        app()
    except KeyboardInterrupt:
        complain("stopped.")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:  # noqa: BLE001  (the last door)
        complain(sentence_of(error))
        sys.exit(1)


def sentence_of(error: Exception) -> str:
    """What to tell a person of an error: its own sentences where it is one of ours, its kind where it is not."""
    from credentials.contexts import ContextDamaged
    from credentials.problems import Unacceptable
    from issuer.errors import IssuerError
    from keys.errors import KeysError
    from portal.cli.installation import NoInstallation
    from portal.settings import SettingsRefused
    from wallet_export.errors import WalletExportError

    if isinstance(error, Unacceptable):
        return "\n".join(f"{problem.detail} {problem.pointer}".rstrip() for problem in error.problems)
    if isinstance(
        error, IssuerError | KeysError | WalletExportError | SettingsRefused | NoInstallation | ContextDamaged
    ):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    return (
        f"this should not happen ({type(error).__name__}: {error}); please report it, with what you did. "
        "Nothing that was acknowledged before is lost."
    )
