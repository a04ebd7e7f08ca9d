"""What is given on the command line as id=value: results, and evidence as a link or a file."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from issuer.awards import Evidence

LINKS = ("https://", "http://")


def result(text: str) -> tuple[str, str]:
    """`exam=81`: the result's id and its value."""
    name, found, value = text.partition("=")
    if not found:
        raise typer.BadParameter(f"“{text}” is no result; write it as id=value, like exam=81")
    return name.strip(), value.strip()


def evidence(text: str) -> Evidence:
    """`id=https://…` is a link, `id=./file` a file of which name and SHA-256 are kept; a link alone is for no rule."""
    from issuer.awards import Evidence

    if text.strip().startswith(LINKS):
        return Evidence(url=text.strip())
    rule, found, value = (part.strip() for part in text.partition("="))
    if not found or not rule or not value:
        raise typer.BadParameter(f"“{text}” is no evidence; write it as id=https://… or id=./file")
    if value.startswith(LINKS):
        return Evidence(url=value, rule=rule)
    path = Path(value)
    with path.open("rb") as file:
        return Evidence(name=path.name, sha256=file_digest(file, "sha256").hexdigest(), rule=rule)
