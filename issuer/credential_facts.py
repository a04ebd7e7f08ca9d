"""What the public page of a credential says beside its signed bytes: facts that may change, by one short question.

`issuer.catalogue.find_credential` knows more of a credential, for the issuer's own people, and takes ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, func, select

from issuer.catalogue import Standing, standing_at
from issuer.following import NEXT, NEXT_IS_ISSUED
from issuer.short_questions import Question, ShortQuestions
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow

_LONGEST = 1_000  # as long as a chain can be (`issuer.succession.chain`)


@dataclass(frozen=True)
class CredentialFacts:
    """An issued credential. `predecessor` is the one that it replaced, `following` the one that replaced it directly.

    The last four say which version of which level was awarded; they are None for documents of the VC API.
    """

    id: UUID
    issuer_id: int
    award_id: UUID
    person_id: UUID | None
    awarded_on: date | None
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    revocation_reason: str | None
    suspended_at: datetime | None
    suspension_reason: str | None
    predecessor: UUID | None
    following: UUID | None
    level_id: int | None
    achievement: UUID | None
    version: str | None
    time_zone: str | None

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The time zone in which the level's days begin and end."""
        return ZoneInfo(self.time_zone) if self.time_zone is not None else None

    def standing(self, now: datetime) -> Standing:
        """What a stranger's verification says of it at `now`."""
        return standing_at(now, self)


_ONE = CredentialRow.__table__
_AWARD, _VERSION, _LEVEL = AwardRow.__table__, AchievementRow.__table__, LevelRow.__table__
_FACTS = Question(
    select(
        _ONE.c.id,
        _ONE.c.issuer_id,
        _ONE.c.award_id,
        _AWARD.c.person_id,
        _AWARD.c.awarded_on,
        _ONE.c.valid_from,
        _ONE.c.valid_until,
        _ONE.c.revoked_at,
        _ONE.c.revocation_reason,
        _ONE.c.suspended_at,
        _ONE.c.suspension_reason,
        _ONE.c.replaces_id,
        NEXT.c.id.label("following"),
        _LEVEL.c.id.label("level_id"),
        _LEVEL.c.public_id,
        _VERSION.c.version,
        _VERSION.c.rules["time_zone"].as_string(),
    )
    .join_from(_ONE, _AWARD, _AWARD.c.id == _ONE.c.award_id)
    .outerjoin(_VERSION, _VERSION.c.id == func.coalesce(_ONE.c.achievement_id, _AWARD.c.achievement_id))
    .outerjoin(_LEVEL, _LEVEL.c.id == _VERSION.c.level_id)
    .outerjoin(NEXT, and_(NEXT.c.replaces_id == _ONE.c.id, *NEXT_IS_ISSUED))
    .where(_ONE.c.id == bindparam("credential_id", type_=_ONE.c.id.type), _ONE.c.state == "issued")
)


def credential_facts(questions: ShortQuestions, credential_id: UUID) -> CredentialFacts | None:
    """The facts of an issued credential, or None. Raises DatabaseUnreachable."""
    row = questions.ask_one(_FACTS, credential_id=credential_id)
    return CredentialFacts(*row) if row is not None else None


_FOLLOWING = Question(
    select(NEXT.c.id).where(NEXT.c.replaces_id == bindparam("credential_id", type_=_ONE.c.id.type), *NEXT_IS_ISSUED)
)


def newest_id(questions: ShortQuestions, credential_id: UUID) -> UUID | None:
    """The id of the newest issued credential that goes back to this one; None if there is none.

    For who needs no more of it: of nearly all credentials it is one look into an index. Raises DatabaseUnreachable.
    """
    last = credential_id
    for _ in range(_LONGEST):
        following = questions.ask_one(_FOLLOWING, credential_id=last)
        if following is None:
            break
        last = following[0]
    return last if last != credential_id else None


def newest_of(questions: ShortQuestions, credential: CredentialFacts) -> CredentialFacts | None:
    """The newest issued credential that goes back to this one; None if this one is the newest."""
    last = credential
    for _ in range(_LONGEST):
        following = credential_facts(questions, last.following) if last.following is not None else None
        if following is None:
            break
        last = following
    return last if last is not credential else None
