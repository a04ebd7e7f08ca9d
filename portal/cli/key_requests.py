"""`guildmark keys requests`, `allow`, `refuse`, `two-people`: changes of keys that two people make (docs/keys.md)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, keyring_of, opened
from portal.cli.terminal import print_json, say
from portal.service import Service

if TYPE_CHECKING:
    from issuer.key_request import KeyRequest, Party
    from issuer.signing_keys import Rotation, Use
    from keys.public_key import KeyType

AsWhom = Annotated[
    str | None,
    typer.Option("--as", metavar="EMAIL", help="Which admin you are, where two people change the keys."),
]
RequestId = Annotated[UUID, typer.Argument(metavar="ID", help="The request’s id: see `guildmark keys requests`.")]


NOT_YET = (
    "Nothing is changed yet: another admin allows it at /admin/keys, or with `guildmark keys allow ID --as EMAIL`."
)


class People(StrEnum):
    """How many people change the keys."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Wish:
    """The key that is to be made."""

    use: Use
    key_type: KeyType | None
    further: bool = False
    replace: bool = False
    held_at: str | None = None


def asked_or_made(service: Service, issuer: str | None, wish: Wish, *, as_whom: str | None) -> Rotation | KeyRequest:
    """The change, or, where two people make it, the request; one that the machine made already is not made again."""
    from issuer.key_requests import ask, waiting_for
    from issuer.signing_keys import planned_addition, planned_rotation, replaced
    from issuer.two_people import alone, two_people_since

    db, whose, now, by = service.database, issuer or service.issuer, clock(), party(service, as_whom)
    two = two_people_since(db, whose) is not None
    if two and by.person_id is None:
        kind = wish.key_type if wish.further else None
        if (same := waiting_for(db, issuer=whose, use=wish.use, key_type=kind, now=now)) is not None:
            return same
    ring, chance = keyring_of(service), secrets.token_bytes
    if wish.further and wish.key_type is not None:
        change = planned_addition(
            db, ring, issuer=whose, key_type=wish.key_type, replace=wish.replace, held_at=wish.held_at,
            randomness=chance,
        )  # fmt: skip
    else:
        change = planned_rotation(
            db, ring, issuer=whose, use=wish.use, key_type=wish.key_type, held_at=wish.held_at, randomness=chance
        )
    if two:
        return ask(db, issuer=whose, change=change, by=by, now=now, randomness=chance)
    return replaced(db, whose, change, gate=alone, actor=actor(), now=now)


def party(service: Service, email: str | None) -> Party:
    """Who acts: the account of the machine, and the person that he says he is. Raises UnknownPerson."""
    from issuer.key_request import Party
    from issuer.people.directory import required_person

    if email is None:
        return Party(actor(), None)
    with service.database.read() as session:
        return Party(actor(), required_person(session, email).id)


def requests(home: Home = DEFAULT_HOME, issuer: IssuerName = None, as_json: AsJson = False) -> None:
    """List the changes of keys that were asked for, and how they were answered."""
    from issuer.key_requests import key_requests
    from issuer.two_people import two_people_since

    with opened(home) as service:
        whose = issuer or service.issuer
        found = key_requests(service.database, issuer=whose, now=clock())
        since = two_people_since(service.database, whose)
    if as_json:
        print_json({"twoPeopleSince": since and since.isoformat(), "requests": [request_as_json(one) for one in found]})
        return
    say(f"two people change the keys since {since:%Y-%m-%d}" if since else "one person changes the keys")
    for one in found:
        tell_request(one)


def allow(
    request: RequestId,
    as_whom: AsWhom = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Allow a change of keys that another admin asked for: it is done at once."""
    from issuer.key_requests import allow as allowed

    with opened(home) as service:
        done = allowed(
            service.database, service.keyring, issuer=issuer or service.issuer, request_id=request,
            by=party(service, as_whom), now=clock(),
        )  # fmt: skip
    _answered(done, as_json=as_json)


def refuse(
    request: RequestId,
    as_whom: AsWhom = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a change of keys that was asked for, or withdraw your own."""
    from issuer.key_requests import refuse as refused

    with opened(home) as service:
        done = refused(
            service.database, issuer=issuer or service.issuer, request_id=request, by=party(service, as_whom),
            now=clock(),
        )  # fmt: skip
    _answered(done, as_json=as_json)


def two_people(
    people: Annotated[People, typer.Argument(help="on: from now on; off: asked for, and allowed by a second.")],
    as_whom: AsWhom = None,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
) -> None:
    """Let two people change the keys: one asks, another allows it. It is ended in the same way."""
    from issuer.key_requests import ask_for_one, require_two

    with opened(home) as service:
        whose, by, now = issuer or service.issuer, party(service, as_whom), clock()
        if people is People.ON:
            require_two(service.database, issuer=whose, by=by, now=now)
            say("From now on two people change the keys.")
            return
        tell_request(ask_for_one(service.database, issuer=whose, by=by, now=now, randomness=secrets.token_bytes))
    say(NOT_YET)


def tell_request(one: KeyRequest) -> None:
    """In lines."""
    what = "one person alone again" if one.use is None else f"{one.operation} {one.use}{' (further)' * one.further}"
    say(f"{one.state:<9} {one.id}  {what}")
    if one.fragment is not None:
        say(
            f"          new #{one.fragment} ({one.type}, {one.key_uri})"
            + (f" for #{one.replaces}" if one.replaces else "")
        )
    who = one.asked_name or one.asked_by
    say(f"          asked by {who}, {one.asked_at:%Y-%m-%d %H:%M}Z, waits until {one.expires_at:%Y-%m-%d %H:%M}Z")
    if one.settled_at is not None:
        say(f"          answered by {one.settled_name or one.settled_by}, {one.settled_at:%Y-%m-%d %H:%M}Z")


def request_as_json(one: KeyRequest) -> dict[str, Any]:
    """For scripts."""
    return {
        "id": str(one.id),
        "state": one.state,
        "operation": one.operation,
        "use": one.use,
        "further": one.further,
        "type": one.type,
        "replaces": one.replaces,
        "new": one.fragment,
        "uri": one.key_uri,
        "askedBy": one.asked_by,
        "askedPerson": str(one.asked_person) if one.asked_person else None,
        "askedAt": one.asked_at.isoformat(),
        "expiresAt": one.expires_at.isoformat(),
        "answeredBy": one.settled_by,
        "answeredAt": one.settled_at.isoformat() if one.settled_at else None,
    }


def _answered(done: KeyRequest, *, as_json: bool) -> None:
    if as_json:
        print_json(request_as_json(done))
        return
    tell_request(done)
    if done.state == "waiting":
        say("This was the first person’s word: another admin has to allow it at /admin/keys.")
