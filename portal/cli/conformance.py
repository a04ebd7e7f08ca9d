"""`guildmark conformance`: what the W3C's suite for VC-JOSE-COSE calls (docs/conformance-envelopes.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from portal.cli.terminal import complain, say
from portal.enveloping import Answer, Feature, Result
from portal.enveloping import issue as issue_enveloped
from portal.enveloping import verify as verify_enveloped

app = typer.Typer(
    help="Sign or verify one file with one given key, as conformance suites ask; no installation is needed.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Input = Annotated[Path, typer.Option("--input", help="File to sign or to verify.", dir_okay=False, exists=True)]
Key = Annotated[
    Path,
    typer.Option("--key", help="Verification method or JWK, as JSON, with its secret.", dir_okay=False, exists=True),
]
What = Annotated[Feature, typer.Option("--feature", help="What it is, and how it is secured.")]
Output = Annotated[Path, typer.Option("--output", help="File to write the result to, as JSON.")]

_EXIT_CODES = {Result.SUCCESS: 0, Result.FAILURE: 1, Result.INDETERMINATE: 2}


@app.command()
def issue(
    input_: Input,
    key: Key,
    feature: What,
    output: Output,
    sd: Annotated[str, typer.Option("--sd", help="JSON array of paths to conceal (SD-JWT).")] = "",
) -> None:
    """Sign a credential or presentation. Never use a key of an installation for it."""
    _finish(
        issue_enveloped(input_.read_bytes(), key.read_bytes(), feature, concealed=sd, randomness=os.urandom), output
    )


@app.command()
def verify(input_: Input, key: Key, feature: What, output: Output) -> None:
    """Verify a credential or presentation with the key that is given; its dates and status are not judged."""
    _finish(verify_enveloped(input_.read_bytes(), key.read_bytes(), feature), output)


def _finish(answer: Answer, output: Path) -> None:
    output.write_text(answer.as_json() + "\n", encoding="utf-8")
    if answer.result is Result.SUCCESS:
        say(f"{output}  {answer.result}")
    else:
        complain(f"{answer.result}: {answer.data}")
    raise typer.Exit(_EXIT_CODES[answer.result])
