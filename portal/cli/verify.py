"""`guildmark verify`: judge files, addresses and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, NoInstallation, exists, opened
from portal.cli.terminal import complain, out


def verify(
    files: Annotated[
        list[str], typer.Argument(help="Credentials: JSON, JWT, baked PNG or SVG; an address; - for stdin.")
    ],
    recipient: Annotated[str | None, typer.Option(help="E-mail address that the credential must be for.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Fetch nothing; what needs the network is incomplete.")
    ] = False,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="Origin that may be fetched from although it is not public https.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Verify credentials: exit status 0 all valid, 1 one is not valid, 2 one could not be checked."""
    if offline or not exists(home):
        from verifier.__main__ import main as verify_alone

        raise typer.Exit(verify_alone(list(_arguments(files, recipient, offline, allow_origin, as_json))))
    from credentials.identity import EMAIL_ADDRESS
    from issuer.errors import IssuerError
    from keys.errors import KeysError
    from portal.settings import SettingsRefused
    from verifier.answers import NOT_CHECKED, answer_all
    from verifier.policy import ORDINARY

    policy = replace(ORDINARY, recipient=(EMAIL_ADDRESS, recipient) if recipient else None)
    try:
        with opened(home, more_origins=tuple(allow_origin or ())) as service:
            code = answer_all(
                files,
                lambda document: service.verify(document, policy=policy),
                as_json=as_json,
                coloured=out.is_terminal and not out.no_color,
            )
    except (SettingsRefused, NoInstallation, IssuerError, KeysError) as error:
        complain(str(error))
        raise typer.Exit(NOT_CHECKED) from None
    raise typer.Exit(code)


def _arguments(
    files: list[str], recipient: str | None, offline: bool, allow_origin: list[str] | None, as_json: bool
) -> Iterator[str]:
    """The same wish in the words of `python -m verifier`."""
    if recipient:
        yield f"--recipient={recipient}"
    if offline:
        yield "--offline"
    if as_json:
        yield "--json"
    for origin in allow_origin or ():
        yield f"--allow-origin={origin}"
    yield "--"
    yield from files
