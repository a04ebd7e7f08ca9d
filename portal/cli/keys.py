"""`guildmark keys`: create, list and rotate signing keys."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from issuer.signing_keys import SigningKey, Use, create_initial_keys, list_keys, rotate
from keys import multikey
from keys.public_key import KeyType
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="Create, list and rotate signing keys."
)


@app.command()
def create(
    data_integrity: Annotated[KeyType, typer.Option(help="Type of the key for embedded proofs.")] = KeyType.ED25519,
    jwt: Annotated[KeyType, typer.Option(help="Type of the key for JWTs.")] = KeyType.RSA,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Create the keys that an issuer still lacks: one for embedded proofs, one for JWTs."""
    with opened(home) as service:
        made = create_initial_keys(
            service.database,
            keyring_of(service),
            issuer=issuer or service.issuer,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
            data_integrity=data_integrity,
            jwt=jwt,
        )
    if as_json:
        print_json([_as_json(key) for key in made])
    elif made:
        for key in made:
            say(f"created {_line(key)}")
    else:
        say("There are keys for every use already; `guildmark keys rotate` replaces them.")


@app.command("list")
def list_(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List every key that ever signed, with its state."""
    with opened(home) as service:
        keys = list_keys(service.database, issuer or service.issuer)
    if as_json:
        print_json([_as_json(key) for key in keys])
    else:
        for key in keys:
            say(_line(key))


@app.command("rotate")
def rotate_(
    use: Annotated[Use | None, typer.Option(help="Only the key of this use; default: both.")] = None,
    key_type: Annotated[KeyType | None, typer.Option("--type", help="Type of the new key; default: as before.")] = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Replace the active keys by new ones; the old ones stay published, so what they signed still verifies."""
    with opened(home) as service:
        rotations = [
            rotate(
                service.database,
                keyring_of(service),
                issuer=issuer or service.issuer,
                use=one,
                key_type=key_type,
                actor=actor(),
                now=clock(),
                randomness=secrets.token_bytes,
            )
            for one in ([use] if use else list(Use))
        ]
    if as_json:
        print_json(
            [{"new": _as_json(one.new), "retired": _as_json(one.retired) if one.retired else None} for one in rotations]
        )
        return
    for one in rotations:
        say(f"active   {_line(one.new)}")
        if one.retired is not None:
            say(f"retired  {_line(one.retired)}")


def _line(key: SigningKey) -> str:
    return f"{key.state:<11} {key.use:<14} {key.type:<8} {key.created_at:%Y-%m-%d}  {key.verification_method}"


def _as_json(key: SigningKey) -> dict[str, str | None]:
    return {
        "id": key.verification_method,
        "use": key.use,
        "type": key.type,
        "state": key.state,
        "publicKeyMultibase": multikey.encode(key.public_key),
        "uri": key.key_uri,
        "created": key.created_at.isoformat(),
        "retired": key.retired_at.isoformat() if key.retired_at else None,
    }
