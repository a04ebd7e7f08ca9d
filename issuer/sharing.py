"""What holders show of their credentials: to everybody, and to those to whom they give a link (docs/adr/0023).

A choice is of a person for a level: the credentials of the level that follow by renewal or correction are shown alike.
What was signed is given out whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, func, select
from sqlalchemy.orm import Session

from issuer.errors import Fault, Refused, UnknownCredential
from issuer.phone_passes.telling import owe_level
from issuer.plain_text import one_line
from issuer.short_questions import Question, ShortQuestions
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database, insert_missing
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, ShareLinkRow, SharingRow

if TYPE_CHECKING:
    from issuer.allocation import Randomness

MOST_LINKS: Final = 20
LONGEST_LABEL: Final = 80


@dataclass(frozen=True, slots=True)
class Shown:
    """What strangers see: the page at all, the name in full (or its initials), the evidence."""

    page_open: bool = True
    full_name: bool = True
    evidence: bool = True

    @property
    def whole(self) -> bool:
        """Whether everything that was signed is shown, so that the signed forms are given out."""
        return self.page_open and self.full_name and self.evidence


WHOLE: Final = Shown()


@dataclass(frozen=True, slots=True)
class ShareLink:
    """An address that shows one credential whole; `label` is the holder's note for whom it is."""

    id: UUID
    label: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; nobody can read its secret again."""

    link: ShareLink
    secret: str


_CREDENTIAL, _AWARD = CredentialRow.__table__, AwardRow.__table__
_VERSION, _SHARING = AchievementRow.__table__, SharingRow.__table__
_SHOWN = Question(
    select(_SHARING.c.page_open, _SHARING.c.full_name, _SHARING.c.evidence)
    .join_from(_CREDENTIAL, _AWARD, _AWARD.c.id == _CREDENTIAL.c.award_id)
    .join(_VERSION, _VERSION.c.id == func.coalesce(_CREDENTIAL.c.achievement_id, _AWARD.c.achievement_id))
    .join(_SHARING, and_(_SHARING.c.person_id == _AWARD.c.person_id, _SHARING.c.level_id == _VERSION.c.level_id))
    .where(_CREDENTIAL.c.id == bindparam("credential_id", type_=_CREDENTIAL.c.id.type))
)


def shown(questions: ShortQuestions, credential_id: UUID) -> Shown:
    """What strangers see of a credential; all of it where its holder said nothing. Raises DatabaseUnreachable."""
    row = questions.ask_one(_SHOWN, credential_id=credential_id)
    return Shown(*map(bool, row)) if row is not None else WHOLE


def show(db: Database, *, person_id: UUID, credential_id: UUID, wanted: Shown, now: datetime) -> None:
    """Show the person's credentials of that one's level so, from now on. Raises UnknownCredential: it is not his."""
    with db.write() as session:
        level_id = _level_of(session, person_id, credential_id)
        chosen = {"page_open": wanted.page_open, "full_name": wanted.full_name, "evidence": wanted.evidence}
        row = {"person_id": person_id, "level_id": level_id, **chosen, "changed_at": now}
        insert_missing(session, SharingRow, [row], ("person_id", "level_id"))
        found = session.get_one(SharingRow, (person_id, level_id))
        for name, value in {**chosen, "changed_at": now}.items():
            setattr(found, name, value)
        session.flush()
        owe_level(session, person_id=person_id, level_id=level_id, now=now)


def make_link(
    db: Database, *, person_id: UUID, credential_id: UUID, label: str, now: datetime, randomness: Randomness
) -> NewLink:
    """A link to all of one credential. Raises UnknownCredential: it is not his; Refused: the label, or too many."""
    faults = _faults_of_label(label)
    with db.write() as session:
        _level_of(session, person_id, credential_id)
        there = select(func.count()).select_from(ShareLinkRow).where(ShareLinkRow.credential_id == credential_id)
        if (number := session.scalar(there) or 0) >= MOST_LINKS:
            faults.append(Fault("", f"there are {number} links already", "end one of them first"))
        if faults:
            raise Refused("The link", faults)
        secret = new_secret(randomness)
        row = ShareLinkRow(
            id=UUID(bytes=randomness(16), version=4),
            secret_hash=hash_of(secret),
            credential_id=credential_id,
            label=label.strip(),
            created_at=now,
        )
        session.add(row)
        return NewLink(ShareLink(row.id, row.label, now), secret)


def links(db: Database, person_id: UUID, credential_id: UUID) -> tuple[ShareLink, ...]:
    """The links to a credential of his, the newest first."""
    with db.read() as session:
        rows = session.scalars(
            select(ShareLinkRow)
            .join(CredentialRow, CredentialRow.id == ShareLinkRow.credential_id)
            .join(AwardRow, AwardRow.id == CredentialRow.award_id)
            .where(ShareLinkRow.credential_id == credential_id, AwardRow.person_id == person_id)
            .order_by(ShareLinkRow.created_at.desc(), ShareLinkRow.id)
        )
        return tuple(ShareLink(one.id, one.label, one.created_at) for one in rows)


def end_link(db: Database, *, person_id: UUID, credential_id: UUID, link_id: UUID) -> bool:
    """End a link to a credential of his; False if there is none (any more)."""
    mine = (
        select(CredentialRow.id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .where(CredentialRow.id == credential_id, AwardRow.person_id == person_id)
    )
    with db.write() as session:
        found = session.scalars(
            delete(ShareLinkRow)
            .where(ShareLinkRow.id == link_id, ShareLinkRow.credential_id.in_(mine))
            .returning(ShareLinkRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return found is not None


def linked_credential(db: Database, secret: str) -> UUID | None:
    """The credential that the link with this secret shows; None if there is none (any more)."""
    if not is_secret(secret):
        return None
    with db.read() as session:
        return session.scalars(
            select(ShareLinkRow.credential_id)
            .join(CredentialRow, CredentialRow.id == ShareLinkRow.credential_id)
            .where(ShareLinkRow.secret_hash == hash_of(secret), CredentialRow.state == "issued")
        ).one_or_none()


def _level_of(session: Session, person_id: UUID, credential_id: UUID) -> int:
    level_id = session.scalars(
        select(AchievementRow.level_id)
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .where(CredentialRow.id == credential_id, CredentialRow.state == "issued", AwardRow.person_id == person_id)
    ).one_or_none()
    if level_id is None:
        raise UnknownCredential(f"there is no credential {credential_id} of yours")
    return level_id


def _faults_of_label(label: str) -> list[Fault]:
    if not label.strip():
        return [Fault("label", "it has no name", "say for whom it is, so that you can tell your links apart")]
    if len(label.strip()) > LONGEST_LABEL:
        return [Fault("label", f"the name has more than {LONGEST_LABEL} characters", "write a shorter one")]
    try:
        one_line(label.strip())
    except ValueError as error:
        return [Fault("label", str(error), "")]
    return []
