"""Which notices need not be told any more: what they ask is done, or a later one says it better.

Functions of the notices and of what the rows say about the person at that moment; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from issuer.messages.notices import Kind
from issuer.recertification.facts import Holding, LevelKey, PersonFacts
from issuer.tables import NoticeRow
from issuer.validity import today

ESCALATIONS = frozenset({Kind.ESCALATED_TO_MANAGER, Kind.ESCALATED_TO_OWNER})
LADDER = frozenset({Kind.WINDOW_OPENS, Kind.REMINDER, Kind.EXPIRED, Kind.LAPSED})
"""The steps of one course: of several that wait, only the latest is told."""
PRESSING = LADDER | ESCALATIONS | {Kind.ASSIGNED}
NEWS_LASTS = timedelta(days=30)
"""What is older is no news: nobody is told of it because the jobs were off for a season."""


def is_settled(notice: NoticeRow, facts: PersonFacts, now: datetime) -> bool:
    """Whether what a notice asks for is done, undone, or not asked of that person any more; news never is."""
    if notice.kind not in PRESSING:
        return False
    if facts.left_on is not None and facts.left_on < today(now, facts.zone):
        return True
    credential, level = _credential(notice), _level(notice)
    held = next((one for one in facts.holdings if one.credential_id == credential), None)
    if credential is not None:
        if held is None or held.revoked_at is not None or _succeeded(held, facts.holdings):
            return True
        level = level or held.level
        others: Iterable[Holding] = (one for one in facts.holdings if one.issued_at > held.issued_at)
    else:
        others = facts.holdings
    if level is None:
        return False
    if any(one.level == level and _current(one, now) for one in others):
        return True
    return _requirement_ended(notice, level, credential, facts)


def is_stale(notice: NoticeRow, now: datetime) -> bool:
    """Whether a notice came too late to be of use; what still presses never does."""
    return notice.kind not in LADDER | ESCALATIONS and notice.due_at < now - NEWS_LASTS


def latest_only(notices: Sequence[NoticeRow]) -> tuple[list[NoticeRow], list[NoticeRow]]:
    """The notices to tell and those to drop: of the steps of one course, of one escalation, and of the
    decisions on one proposal (declined, appealed, approved) the latest stays.
    """
    latest: dict[object, NoticeRow] = {}
    for notice in notices:
        subject = _subject(notice)
        if subject is not None and (subject not in latest or _later(notice, latest[subject])):
            latest[subject] = notice
    kept: list[NoticeRow] = []
    dropped: list[NoticeRow] = []
    for notice in notices:
        (kept if latest.get(_subject(notice), notice) is notice else dropped).append(notice)
    return kept, dropped


def without_overtaken(notices: Sequence[NoticeRow], people: Mapping[UUID, PersonFacts]) -> list[NoticeRow]:
    """Without approvals whose credential is told of in the same breath: “you earned it” says both."""
    told = {
        (notice.recipient_id, held.level)
        for notice in notices
        if notice.kind in {Kind.ISSUED, Kind.RENEWED} and notice.recipient_id is not None
        for held in (people[notice.recipient_id].holdings if notice.recipient_id in people else ())
        if held.credential_id == _credential(notice)
    }
    return [
        notice
        for notice in notices
        if notice.kind != Kind.DECIDED
        or notice.facts.get("decision") != "approved"
        or (notice.recipient_id, _level(notice)) not in told
    ]


def _later(one: NoticeRow, other: NoticeRow) -> bool:
    return (one.due_at, one.id) > (other.due_at, other.id)


def _subject(notice: NoticeRow) -> tuple[str, UUID | None, object] | None:
    if notice.kind in LADDER:
        family = "course"
    elif notice.kind in ESCALATIONS:
        family = notice.kind
    elif notice.kind == Kind.DECIDED:
        return "decision", notice.recipient_id, notice.facts.get("proposal")
    else:
        return None
    what = notice.facts.get("credential") or notice.facts.get("level")
    return None if what is None else (family, notice.about_id or notice.recipient_id, what)


def _credential(notice: NoticeRow) -> UUID | None:
    value = notice.facts.get("credential")
    return UUID(value) if isinstance(value, str) else None


def _level(notice: NoticeRow) -> LevelKey | None:
    value = notice.facts.get("level")
    program, slash, level = value.partition("/") if isinstance(value, str) else ("", "", "")
    return LevelKey(program, level) if slash else None


def _succeeded(held: Holding, holdings: Iterable[Holding]) -> bool:
    return any(one.replaces == held.credential_id for one in holdings)


def _current(held: Holding, now: datetime) -> bool:
    in_time = held.valid_from <= now and (held.valid_until is None or now <= held.valid_until)
    return held.revoked_at is None and held.suspended_at is None and in_time


def _requirement_ended(notice: NoticeRow, level: LevelKey, credential: UUID | None, facts: PersonFacts) -> bool:
    """What nobody asks of him any more needs no escalation, and no reminder where there is no credential to keep."""
    asked: Mapping[LevelKey, bool] = {one.level: one.required for one in facts.requirements}
    if notice.kind in ESCALATIONS:
        return not asked.get(level, False)
    return credential is None and level not in asked


def credential_ids(notices: Iterable[NoticeRow]) -> set[UUID]:
    """The credentials that notices name."""
    return {found for notice in notices if (found := _credential(notice)) is not None}
