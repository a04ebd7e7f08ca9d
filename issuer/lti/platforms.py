"""Platforms: registered by an admin, each with the addresses and ids that it and the tool know each other by.

Its grades come in as reports of a learning system of the same name (`issuer.learning`), which is made with it if there
is none yet: what they lead to is written in the programs' rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import AlreadyExists, Fault, Refused, Unknown
from issuer.issuers import issuer_row
from issuer.learning.systems import active_system, add_system
from issuer.plain_text import one_line, short_name
from issuer.store import Database
from issuer.tables import IssuerRow, LtiGradeRow, LtiPlatformRow, LtiStartRow, LtiTicketRow
from keys.keyring import Keyring

LONGEST = 1_000
LONGEST_ID = 255
"""Characters of an address, and of an id (LTI 1.3, appendix C: ids have at most 255 ASCII characters)."""
OWN = frozenset({"name", "passing"})
"""Fields of a registration that are nothing of the platform’s."""
MOST = 50
MOST_DEPLOYMENTS = 20


class PlatformRefused(Refused):
    """What was said of a platform has faults; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What an admin says of a platform. `audience` is whom its token endpoint wants named; "": its own address."""

    name: str
    iss: str
    client_id: str
    deployments: tuple[str, ...]
    auth_url: str
    token_url: str
    keys_url: str
    audience: str = ""
    trusts_addresses: bool = False
    passing: int = 80


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that is registered."""

    id: UUID
    issuer_slug: str
    said: Registration
    created_at: datetime

    @property
    def provider(self) -> str:
        """By what its people are remembered in `identities`: its subjects are its own."""
        return f"lti:{self.id}"


def add_platform(
    db: Database,
    keyring: Keyring,
    said: Registration,
    *,
    issuer: str | None,
    fault_of_address: Callable[[str], str | None],
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Platform:
    """Register a platform. `fault_of_address` says why an address would never be asked.

    Raises UnknownIssuer, PlatformRefused with every fault, AlreadyExists, and what the keyring raises.
    """
    faults = [*_faults(said), *_faults_of_addresses(said, fault_of_address)]
    if faults:
        raise PlatformRefused("the platform", faults)
    with db.read() as session:
        owner = issuer_row(session, issuer)
        _require_new(session, owner, said)
        slug = owner.slug
    if active_system(db, slug, said.name) is None:
        add_system(db, keyring, issuer=slug, name=said.name, actor=actor, now=now, randomness=randomness)
    identifier = UUID(bytes=randomness(16), version=4)
    with db.write() as session:
        owner = issuer_row(session, slug, lock=True)
        _require_new(session, owner, said)
        row = LtiPlatformRow(
            id=identifier,
            issuer_id=owner.id,
            name=said.name,
            iss=said.iss,
            client_id=said.client_id,
            deployments=list(said.deployments),
            auth_url=said.auth_url,
            token_url=said.token_url,
            keys_url=said.keys_url,
            audience=said.audience,
            trusts_addresses=said.trusts_addresses,
            passing=said.passing,
            created_at=now,
        )
        session.add(row)
        session.flush()
        _record(session, row, "lti platform added", actor, now)
        return _platform(row, owner.slug)


def check_own_part(name: str, passing: int) -> None:
    """Whether what is chosen here of a platform could be, whatever the platform says. Raises PlatformRefused."""
    faults = [one for one in _faults(Registration(name, "", "", (), "", "", "", passing=passing)) if one.where in OWN]
    if faults:
        raise PlatformRefused("the platform", faults)


def check_new(
    db: Database, said: Registration, *, issuer: str | None, fault_of_address: Callable[[str], str | None]
) -> None:
    """Whether a platform could be registered so. Raises as `add_platform`; nothing is changed."""
    faults = [*_faults(said), *_faults_of_addresses(said, fault_of_address)]
    if faults:
        raise PlatformRefused("the platform", faults)
    with db.read() as session:
        _require_new(session, issuer_row(session, issuer), said)


def list_platforms(db: Database, issuer: str | None) -> tuple[Platform, ...]:
    """All of an issuer, by name. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = select(LtiPlatformRow).where(LtiPlatformRow.issuer_id == owner.id).order_by(LtiPlatformRow.name)
        return tuple(_platform(row, owner.slug) for row in session.scalars(query))


def platforms_of(db: Database, issuer: str | None, *, iss: str, client_id: str) -> tuple[Platform, ...]:
    """Those that call themselves `iss`, and know us as `client_id` if that is said. Raises UnknownIssuer."""
    return tuple(
        one for one in list_platforms(db, issuer) if one.said.iss == iss and client_id in ("", one.said.client_id)
    )


def platform_by_id(db: Database, issuer: str | None, platform_id: UUID) -> Platform | None:
    """One of the issuer's. Raises UnknownIssuer."""
    return next((one for one in list_platforms(db, issuer) if one.id == platform_id), None)


def remove_platform(db: Database, *, issuer: str | None, name: str, actor: str, now: datetime) -> None:
    """Take no launch from it any more, and forget whose grades were asked. What they led to stays.

    Raises UnknownIssuer, Unknown.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = session.scalars(
            select(LtiPlatformRow).where(LtiPlatformRow.issuer_id == owner.id, LtiPlatformRow.name == name)
        ).one_or_none()
        if row is None:
            raise Unknown(f"the issuer {owner.slug} has no platform named {name!r}; see `guildmark lti list`")
        for table in (LtiGradeRow, LtiTicketRow, LtiStartRow):
            session.execute(
                delete(table).where(table.platform_id == row.id).execution_options(synchronize_session=False)
            )
        session.delete(row)
        session.flush()
        _record(session, row, "lti platform removed", actor, now)


def _require_new(session: Session, owner: IssuerRow, said: Registration) -> None:
    rows = session.scalars(select(LtiPlatformRow).where(LtiPlatformRow.issuer_id == owner.id)).all()
    if any(row.name == said.name for row in rows):
        raise AlreadyExists(sentence("A platform named {name} is registered already.", name=said.name))
    if any((row.iss, row.client_id) == (said.iss, said.client_id) for row in rows):
        raise AlreadyExists(sentence("This platform is registered already, with the same client ID."))
    if len(rows) >= MOST:
        raise AlreadyExists(sentence("There are {most} platforms already; remove one.", most=MOST))


def _faults(said: Registration) -> Iterator[Fault]:
    try:
        short_name(said.name)
    except ValueError:
        yield Fault("name", sentence("Write a short name of small letters, digits and hyphens, like moodle."))
    if not _is_line(said.client_id, LONGEST_ID):
        yield Fault("client_id", sentence("Give the client ID that the platform has made for this tool."))
    given: Sequence[str] = said.deployments
    if not 0 < len(given) <= MOST_DEPLOYMENTS or not all(_is_line(one, LONGEST_ID) for one in given):
        yield Fault("deployments", sentence("Give the deployment ID that the platform shows; several, each on a line."))
    if not 1 <= said.passing <= 100:
        yield Fault("passing", sentence("Give a percentage from 1 to 100."))
    if said.audience and not _is_line(said.audience, LONGEST):
        yield Fault("audience", sentence("Give it as the platform shows it, or nothing."))


def _faults_of_addresses(said: Registration, fault_of_address: Callable[[str], str | None]) -> Iterator[Fault]:
    if not _is_line(said.iss, LONGEST) or not said.iss.startswith(("https://", "http://")):
        yield Fault("iss", sentence("Give what the platform calls itself: an address that begins with https://."))
    for name in ("auth_url", "token_url", "keys_url"):
        url: str = getattr(said, name)
        if not _is_line(url, LONGEST):
            yield Fault(name, sentence("Give the address that the platform shows."))
        elif fault := fault_of_address(url):
            yield Fault(name, sentence("This address cannot be used: {why}", why=fault))


def _is_line(text: str, longest: int) -> bool:
    if not text or len(text) > longest:
        return False
    try:
        one_line(text)
    except ValueError:
        return False
    return True


def _record(session: Session, row: LtiPlatformRow, action: str, actor: str, now: datetime) -> None:
    details = {"name": row.name, "trusts_addresses": row.trusts_addresses, "passing": row.passing}
    audit.append(session, at=now, actor=actor, action=action, subject=f"lti platform:{row.id}", details=details)


def _platform(row: LtiPlatformRow, slug: str) -> Platform:
    said = Registration(
        row.name,
        row.iss,
        row.client_id,
        tuple(row.deployments),
        row.auth_url,
        row.token_url,
        row.keys_url,
        row.audience,
        row.trusts_addresses,
        row.passing,
    )
    return Platform(row.id, slug, said, row.created_at)
