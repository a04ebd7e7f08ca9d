"""The systems that are told: who they are, what they want to know, and with which secret it is signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import AlreadyExists, Fault, Refused, Unknown
from issuer.issuers import issuer_row
from issuer.learning.signatures import SECRET_BYTES, secret_text
from issuer.plain_text import one_line
from issuer.store import Database
from issuer.tables import AuditHeadRow, IssuerRow, WebhookDeliveryRow, WebhookRow
from issuer.webhooks.kinds import Kind
from keys.keyring import Keyring

LONGEST_NAME = 100
LONGEST_URL = 2_000
MOST = 50
"""Systems of one issuer: each event is written down once for each."""


class WebhookRefused(Refused):
    """What was said of a system that is to be told has faults; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A system that is told, without its secret. It fails since `failing_since`; `stopped_why`: it is told no more."""

    id: UUID
    name: str
    url: str
    kinds: tuple[Kind, ...]
    created_at: datetime
    failing_since: datetime | None
    resting_until: datetime | None
    stopped_at: datetime | None
    stopped_why: str | None
    waiting: int


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A system at the only moment when its secret is told."""

    id: UUID
    secret: str

    def __repr__(self) -> str:
        return f"NewWebhook(id={self.id!r}, secret=…)"


def add_webhook(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    name: str,
    url: str,
    kinds: Sequence[str],
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> NewWebhook:
    """Tell a system of what happens from now on. `url` is an address that the caller's network would ask.

    Raises UnknownIssuer, WebhookRefused with every fault, AlreadyExists for a name that is taken, and what the keyring
    raises.
    """
    faults = [*_faults_of_name(name), *_faults_of_kinds(kinds)]
    if not url or len(url) > LONGEST_URL:
        faults.append(Fault("url", sentence("an address has 1 to {most} characters", most=LONGEST_URL)))
    if faults:
        raise WebhookRefused("the webhook", faults)
    key, identifier = randomness(SECRET_BYTES), UUID(bytes=randomness(16), version=4)
    sealed = keyring.seal(key, purpose=purpose(identifier), randomness=randomness)
    with db.write() as session:
        owner = issuer_row(session, issuer)
        taken = session.scalars(select(WebhookRow.name).where(WebhookRow.issuer_id == owner.id)).all()
        if name in taken:
            raise AlreadyExists(
                sentence(
                    "the issuer {slug} has a webhook named {name!r} already; choose another name",
                    slug=owner.slug,
                    name=name,
                )
            )
        if len(taken) >= MOST:
            raise WebhookRefused(
                sentence("the webhook"),
                [Fault("name", sentence("an issuer has at most {most} webhooks; remove one", most=MOST))],
            )
        session.add(
            WebhookRow(
                id=identifier,
                issuer_id=owner.id,
                name=name,
                url=url,
                kinds=[Kind(one).value for one in kinds],
                sealed_secret=sealed,
                trail=session.scalars(select(AuditHeadRow.sequence)).one(),
                told_until=now,
                created_at=now,
                failures=0,
                failing_since=None,
                resting_until=None,
                stopped_at=None,
                stopped_why=None,
            )
        )
        session.flush()
        details = {"kinds": [Kind(one).value for one in kinds]}
        _note(session, owner, "webhook added", name, actor=actor, now=now, details=details)
    return NewWebhook(identifier, secret_text(key))


def list_webhooks(db: Database, issuer: str | None) -> tuple[Webhook, ...]:
    """All of an issuer, by name. Raises UnknownIssuer."""
    under_way = (
        select(WebhookDeliveryRow.webhook_id, func.count().label("waiting"))
        .where(WebhookDeliveryRow.state.in_(("waiting", "claimed")))
        .group_by(WebhookDeliveryRow.webhook_id)
        .subquery()
    )
    with db.read() as session:
        owner = issuer_row(session, issuer)
        found = session.execute(
            select(WebhookRow, func.coalesce(under_way.c.waiting, 0))
            .outerjoin(under_way, under_way.c.webhook_id == WebhookRow.id)
            .where(WebhookRow.issuer_id == owner.id)
            .order_by(WebhookRow.name)
        ).all()
        return tuple(_webhook(row, waiting) for row, waiting in found)


def remove_webhook(db: Database, *, issuer: str | None, name: str, actor: str, now: datetime) -> None:
    """Tell it nothing more, and forget what it was told. Raises UnknownIssuer, Unknown."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        row = webhook_row(session, owner, name)
        session.execute(delete(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == row.id))
        session.delete(row)
        session.flush()
        _note(session, owner, "webhook removed", name, actor=actor, now=now)


def resume_webhook(db: Database, *, issuer: str | None, name: str, actor: str, now: datetime) -> None:
    """Tell it again, at once, what it missed meanwhile too. Of one that is told, only its rest ends.

    Raises UnknownIssuer, Unknown.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        row = webhook_row(session, owner, name)
        was_stopped = row.stopped_at is not None
        row.failures, row.failing_since, row.resting_until = 0, None, None
        row.stopped_at = row.stopped_why = None
        if was_stopped:
            _note(session, owner, "webhook resumed", name, actor=actor, now=now)


def webhook_row(session: Session, owner: IssuerRow, name: str, *, hold: bool = True) -> WebhookRow:
    """The row of that name; `hold` keeps others from it until the transaction ends. Raises Unknown."""
    query = select(WebhookRow).where(WebhookRow.issuer_id == owner.id, WebhookRow.name == name)
    row = session.scalars(query.with_for_update() if hold else query).one_or_none()
    if row is None:
        raise Unknown(
            sentence(
                "the issuer {slug} has no webhook named {name!r}; `guildmark webhooks list` shows them",
                slug=owner.slug,
                name=name,
            )
        )
    return row


def purpose(identifier: UUID) -> str:
    """For what its secret is sealed: that of another does not open in its place."""
    return f"webhook {identifier}"


def _faults_of_name(name: str) -> list[Fault]:
    if not name or len(name) > LONGEST_NAME:
        return [Fault("name", sentence("a name has 1 to {most} characters", most=LONGEST_NAME))]
    try:
        one_line(name)
    except ValueError as error:
        return [Fault("name", str(error))]
    return []


def _faults_of_kinds(kinds: Sequence[str]) -> list[Fault]:
    known = ", ".join(Kind)
    if not kinds:
        return [Fault("kinds", sentence("no kind of event is named"), sentence("name some of: {known}", known=known))]
    return [
        Fault("kinds", sentence("{one!r} is no kind of event", one=one), sentence("known are: {known}", known=known))
        for one in kinds
        if one not in tuple(Kind)
    ]


def _note(
    session: Session,
    owner: IssuerRow,
    action: str,
    name: str,
    *,
    actor: str,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    subject = f"webhook:{owner.slug}/{name}"
    audit.append(session, at=now, actor=actor, action=action, subject=subject, details=details)


def _webhook(row: WebhookRow, waiting: int) -> Webhook:
    return Webhook(
        row.id,
        row.name,
        row.url,
        tuple(Kind(one) for one in row.kinds if one in tuple(Kind)),
        row.created_at,
        row.failing_since,
        row.resting_until,
        row.stopped_at,
        row.stopped_why,
        waiting,
    )
