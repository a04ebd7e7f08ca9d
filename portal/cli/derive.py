"""`guildmark derive`: of a copy with a base proof, what its holder chooses to show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from portal.cli.terminal import say


def derive(
    credential: Annotated[Path, typer.Argument(help="A copy with a base proof: NAME.selective.json.")],
    show: Annotated[
        list[str] | None, typer.Option("--show", help="JSON Pointer to what is shown; several times for several.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
) -> None:
    """Show only some of a credential: choose what, and write a file that anybody can verify.

    Without --show it lists what can be chosen; what the issuer made mandatory is shown always. No key is needed.
    """
    from credentials import strict_json
    from credentials.prepared import written
    from credentials.proofs.selective import ecdsa_sd_2023
    from issuer.selective_copies import choosable

    document: Any = strict_json.parse(credential.read_bytes())
    if not isinstance(document, dict):
        raise typer.BadParameter(f"{credential} holds no credential: it is not a JSON object")
    if not show and output is None:
        hidden = ecdsa_sd_2023.derive(document, [])
        for pointer in choosable(document):
            if not _is_in(hidden, pointer):
                say(f"{pointer}  {_short(document, pointer)}")
        return
    shown = ecdsa_sd_2023.derive(document, show or [])
    target = output or credential.with_name(f"{credential.stem.removesuffix('.selective')}.shown.json")
    target.write_bytes(written(shown))
    say(str(target))


def _at(document: Any, pointer: str) -> Any:
    """What the pointer names, which is there. Raises LookupError, TypeError or ValueError if it is not."""
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def _is_in(document: Any, pointer: str) -> bool:
    try:
        _at(document, pointer)
    except (LookupError, TypeError, ValueError):
        return False
    return True


def _short(document: Any, pointer: str) -> str:
    value = _at(document, pointer)
    if isinstance(value, dict):
        value = ", ".join(f"{name} {one}" for name, one in value.items() if isinstance(one, str) and name != "type")
    return str(value)[:80]
