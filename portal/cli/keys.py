"""`guildmark keys`: create, list, rotate and retire signing keys."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from issuer.ending_keys import retire_key
from issuer.key_request import KeyRequest
from issuer.signing_keys import (
    KeyState,
    Rotation,
    SigningKey,
    Use,
    create_initial_keys,
    list_keys,
)
from keys import multikey
from keys.public_key import KeyType
from portal.cli.compromise import compromise
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.key_requests import (
    NOT_YET,
    AsWhom,
    Wish,
    allow,
    asked_or_made,
    refuse,
    request_as_json,
    requests,
    tell_request,
    two_people,
)
from portal.cli.terminal import print_json, say
from portal.service import Service

Signer = Annotated[
    str | None,
    typer.Option(
        "--signer",
        help="Take the key there, which its holder made: pkcs11:…, vault:…, awskms:… or gcpkms:… (docs/keys.md); "
        "file: makes one in a file.",
    ),
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Create, list, rotate and retire signing keys, alone or by two people, and say that one is compromised.",
)


app.command()(compromise)
app.command()(requests)
app.command()(allow)
app.command()(refuse)
app.command("two-people")(two_people)


@app.command()
def create(
    data_integrity: Annotated[KeyType, typer.Option(help="Type of the key for embedded proofs.")] = KeyType.ED25519,
    jwt: Annotated[KeyType, typer.Option(help="Type of the key for JWTs.")] = KeyType.RSA,
    signer: Annotated[
        str | None,
        typer.Option(help="Where the key for embedded proofs is held: pkcs11:…, vault:…, awskms:…, gcpkms:…"),
    ] = None,
    jwt_signer: Annotated[str | None, typer.Option(help="Where the key for JWTs is held.")] = None,
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
            held=held_keys(signer, jwt_signer),
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
    """List every key that ever signed, with its state, and where it is held."""
    with opened(home) as service:
        keys = list_keys(service.database, issuer or service.issuer)
    if as_json:
        print_json([_as_json(key) for key in keys])
    else:
        for key in keys:
            say(_line(key))
            say(f"            {key.key_uri}")


@app.command()
def add(
    key_type: Annotated[KeyType, typer.Argument(help="P-256, P-384 or Ed25519.", show_choices=False)],
    signer: Signer = None,
    as_whom: AsWhom = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Create a key beside the main one, for embedded proofs of other cryptosuites: programs name them in “proofs”."""
    with opened(home) as service:
        made = _added(service, issuer, key_type, held_at=signer, as_whom=as_whom)
    _told([made], as_json=as_json)


@app.command("rotate")
def rotate_(
    use: Annotated[Use | None, typer.Option(help="Only the main key of this use; default: all keys.")] = None,
    key_type: Annotated[
        KeyType | None, typer.Option("--type", help="Type of the new main key; default: as before.")
    ] = None,
    further: Annotated[KeyType | None, typer.Option(help="Only the further key of this type.")] = None,
    signer: Signer = None,
    as_whom: AsWhom = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Replace the active keys by new ones; the old ones stay published, so what they signed still verifies."""
    if further is not None and (use is not None or key_type is not None):
        raise typer.BadParameter("--further is for a key beside the main ones: leave --use and --type out")
    if signer is not None and further is None and use is None:
        raise typer.BadParameter("--signer names one key: say which it replaces, with --use or --further")
    with opened(home) as service:
        uses = [] if further is not None else [use] if use is not None else list(Use)
        rotations = [
            asked_or_made(service, issuer, Wish(one, key_type, held_at=signer), as_whom=as_whom) for one in uses
        ]
        others = [further] if further is not None else _further(service, issuer) if use is None else []
        rotations += [_added(service, issuer, one, replace=True, held_at=signer, as_whom=as_whom) for one in others]
    _told(rotations, as_json=as_json)


@app.command()
def retire(
    fragment: Annotated[str, typer.Argument(help="The key's id, or what stands in it behind the #.")],
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """End the signing of a key beside the main ones; it stays published, so what it signed still verifies."""
    with opened(home) as service:
        key = retire_key(
            service.database,
            issuer=issuer or service.issuer,
            fragment=fragment.rpartition("#")[2],
            actor=actor(),
            now=clock(),
        )
    if as_json:
        print_json(_as_json(key))
    else:
        say(_line(key))


def _further(service: Service, issuer: str | None) -> list[KeyType]:
    """The types of the keys beside the main one; one that the main key has become is not needed any more."""
    active = [key for key in list_keys(service.database, issuer or service.issuer) if key.state is KeyState.ACTIVE]
    main = {key.type for key in active if key.use is Use.DATA_INTEGRITY and not key.further}
    return [key.type for key in active if key.further and key.type not in main]


def held_keys(signer: str | None, jwt_signer: str | None) -> dict[Use, str]:
    """The keys that others hold, by use."""
    given = {Use.DATA_INTEGRITY: signer, Use.JWT: jwt_signer}
    return {use: uri for use, uri in given.items() if uri is not None}


def _added(
    service: Service,
    issuer: str | None,
    key_type: KeyType,
    *,
    replace: bool = False,
    held_at: str | None = None,
    as_whom: str | None,
) -> Rotation | KeyRequest:
    wish = Wish(Use.DATA_INTEGRITY, key_type, further=True, replace=replace, held_at=held_at)
    return asked_or_made(service, issuer, wish, as_whom=as_whom)


def _told(given: list[Rotation | KeyRequest], *, as_json: bool) -> None:
    rotations = [one for one in given if isinstance(one, Rotation)]
    asked = [one for one in given if isinstance(one, KeyRequest)]
    if as_json:
        made = [
            {"new": _as_json(one.new), "retired": _as_json(one.retired) if one.retired else None} for one in rotations
        ]
        print_json([*made, *({"request": request_as_json(one)} for one in asked)])
        return
    for one in rotations:
        say(f"active   {_line(one.new)}")
        if one.retired is not None:
            say(f"retired  {_line(one.retired)}")
    for request in asked:
        tell_request(request)
    if asked:
        say(NOT_YET)


def _line(key: SigningKey) -> str:
    place = "further" if key.further else ""
    return (
        f"{key.state:<11} {key.use:<14} {key.type:<8} {place:<7} {key.created_at:%Y-%m-%d}  {key.verification_method}"
    )


def _as_json(key: SigningKey) -> dict[str, str | bool | None]:
    return {
        "id": key.verification_method,
        "use": key.use,
        "type": key.type,
        "state": key.state,
        "further": key.further,
        "publicKeyMultibase": multikey.encode(key.public_key),
        "uri": key.key_uri,
        "created": key.created_at.isoformat(),
        "retired": key.retired_at.isoformat() if key.retired_at else None,
        "compromised": key.compromised_at.isoformat() if key.compromised_at else None,
        "compromisedSince": key.doubted_from.isoformat() if key.doubted_from else None,
    }
