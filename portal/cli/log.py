"""`guildmark log`: the transparency log, ours and anybody's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, clock, credential_id, keyring_of, opened
from portal.cli.terminal import complain, print_json, say

if TYPE_CHECKING:
    from credentials.log.checkpoints import Checkpoint
    from verifier.extract import Extracted
    from verifier.log_reader import LogReader

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="The transparency log: what was signed, where nothing can be taken back; ours and anybody’s.",
)
_MOST_FILE_BYTES = 16 * 1024 * 1024
_MOST_PROOF_BYTES = 512 * 1024


@app.command()
def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Say how our log stands, and the key by which others check it."""
    from issuer import audit
    from issuer.log.reading import log_state

    with opened(home) as service:
        state, head = log_state(service.database), audit.head(service.database)
        address = f"{service.base_url}/log"
    if state is None:
        complain("there is no log yet: a worker begins it within a minute, or `guildmark log grow` does now")
        raise typer.Exit(1)
    if as_json:
        said = {"address": address, "key": state.key.text, "size": state.size, "checkpoint": state.checkpoint}
        print_json({**said, "behind": head.sequence - state.trail})
        return
    say(f"{state.key.name}: {state.size} entries, signed {state.signed_at:%Y-%m-%d %H:%M:%S} UTC")
    say(f"address  {address}")
    say(f"key      {state.key.text}")
    say(state.checkpoint)
    if head.sequence > state.trail:
        say(f"{head.sequence - state.trail} events of the audit trail are not in it yet; that takes about a minute.")


@app.command()
def grow(home: Home = DEFAULT_HOME) -> None:
    """Take in now what a worker would take in within a minute."""
    import secrets

    from issuer.log.growing import grow

    with opened(home) as service:
        grown = grow(service.database, keyring_of(service), now=clock(), randomness=secrets.token_bytes)
    say(f"{grown.added} entries added; the log has {grown.size}.")


@app.command()
def prove(
    credential: Annotated[str, typer.Argument(help="The credential: its id or address.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it there, as *.tlog-proof.")] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Give the proof that a credential of ours is in the log, to be kept beside it."""
    from issuer.log.reading import proof_of

    with opened(home) as service:
        text = proof_of(service.database, credential_id(service, credential)).text
    if output is None:
        say(text.rstrip("\n"))
    else:
        output.write_text(text, encoding="utf-8")
        say(f"{output}: keep it with the badge; `guildmark log check BADGE --proof {output} --key KEY` reads it.")


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Badges to look for: JSON, JWT, baked pictures, PDF.", metavar="[FILE]…")
    ] = None,
    key: Annotated[str, typer.Option(help="The log’s key, NAME+ID+KEY, from where you trust.", envvar="LOG_KEY")] = "",
    log: Annotated[str | None, typer.Option(help="The log’s address, as https://badges.example.com/log.")] = None,
    proof: Annotated[Path | None, typer.Option(help="A proof kept earlier; then nothing is asked of the log.")] = None,
    remember: Annotated[
        Path | None, typer.Option(help="A file with the checkpoint seen last: compared, then replaced by the new one.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Read the whole log for all that it says of each badge.")
    ] = False,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="Also fetch from here, such as http://badges.internal:8080.")
    ] = None,
) -> None:
    """Check badges against a log, ours or a stranger’s, without trusting its server.

    The exit status is 0 if all is in order, 1 if something is not, and 2 if that could not be found out.
    """
    from credentials.log.errors import LogError
    from verifier.fetcher import FetchError

    if (log is None) == (proof is None) or not key:
        raise typer.BadParameter("give --key, and either --log (the log’s address) or --proof (a file kept earlier)")
    try:
        sound = _check(files or [], key, log, proof, remember, history, tuple(allow_origin or ()))
    except LogError as error:
        complain(f"this does not hold: {error}")
        raise typer.Exit(1) from None
    except (FetchError, OSError) as error:
        complain(f"this could not be checked: {error}")
        raise typer.Exit(2) from None
    raise typer.Exit(0 if sound else 1)


def _check(
    files: list[Path],
    key_text: str,
    address: str | None,
    proof: Path | None,
    remember: Path | None,
    history: bool,
    origins: tuple[str, ...],
) -> bool:
    from credentials.log.checkpoints import LogProof
    from credentials.log.notes import NoteKey
    from verifier.__main__ import network
    from verifier.log_reader import LogReader, check_logged

    key = NoteKey.of(key_text)
    if proof is not None:
        kept = LogProof.of(_read(proof).decode(errors="replace"))
        for file in files:
            checkpoint, entry = check_logged(kept, key, _badge(file).text)
            say(f"{file}: entry {kept.index} of {checkpoint.origin}, {entry.event} {entry.at}")
        return True
    reader = LogReader(address or "", key, network(origins, seconds=10))
    checkpoint, note = reader.checkpoint()
    say(f"{checkpoint.origin}: {checkpoint.size} entries, signed by the key that you trust")
    if remember is not None:
        _compare(reader, checkpoint, remember)
        remember.write_text(note, encoding="utf-8")
    sound = True
    for file in files:
        sound &= _look_for(reader, checkpoint, file, history)
    return sound


def _compare(reader: LogReader, checkpoint: Checkpoint, remember: Path) -> None:
    from credentials.log.checkpoints import Checkpoint

    if not remember.exists():
        say(f"{remember}: written for the first time; what comes later is compared with it")
        return
    old = Checkpoint.of(_read(remember).decode(errors="replace"), reader.key)
    reader.check_grown(old, checkpoint)
    say(f"{remember}: nothing of its {old.size} entries was changed or taken back")


def _look_for(reader: LogReader, checkpoint: Checkpoint, file: Path, history: bool) -> bool:
    from credentials.log.checkpoints import LogProof
    from verifier.log_reader import check_logged, history_of

    badge = _badge(file)
    identifier = str(badge.document.get("id", ""))
    fetched = reader.fetcher.fetch(f"{identifier}/log-proof", accept="text/plain", max_bytes=_MOST_PROOF_BYTES)
    proof = LogProof.of(fetched.body.decode(errors="replace"))
    proven, entry = check_logged(proof, reader.key, badge.text)
    old, new = sorted((proven, checkpoint), key=lambda one: one.size)
    reader.check_grown(old, new)
    say(f"{file}: entry {proof.index}, {entry.event} {entry.at}")
    if not history:
        return True
    told = history_of(reader, checkpoint, identifier)
    for index, one in told.found:
        say(f"  entry {index}: {one.event} {one.at}")
    for sentence in told.unlike:
        complain(sentence)
    return not told.unlike


def _badge(file: Path) -> Extracted:
    """The signed document of a file. Raises LogError if there is none in it."""
    from credentials.log.errors import LogError
    from verifier.extract import Address, NotExtracted, extract

    try:
        found = extract(_read(file), opening=True)
    except NotExtracted as error:
        raise LogError(f"{file}: {error}") from error
    if isinstance(found, Address):
        raise LogError(f"{file} is the address of a badge, and no badge: save it from {found.url}")
    return found


def _read(file: Path) -> bytes:
    with file.open("rb") as there:
        return there.read(_MOST_FILE_BYTES)
