"""From what a report calls a person to the person of the directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha1
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.assessment.parties import Party, find_party
from issuer.awards import comparable
from issuer.learning.reports import Known, Learner, Report
from issuer.learning.rules import LearningRule
from issuer.tables import PersonAddressRow, PersonRow


@dataclass(frozen=True, slots=True)
class Found:
    """The person, and the address that an award to him is made out to."""

    party: Party
    email: str


def find_learner(session: Session, learner: Learner, rule: LearningRule, day: date, *, lock: bool) -> Found | str:
    """Who a report is about, or why that is nobody here, in words that name nobody.

    With `lock`, nobody else gives him an award by a report, proposes or erases him, before the commit.
    """
    why = _nameless(learner, rule)
    if why is not None:
        return why
    found = _by(session, learner)
    if found is None:
        return (
            f"nobody here is known by the {learner.by} of this report; enter the person (guildmark people import), "
            "then send it again"
        )
    person_id, shown = found
    party = find_party(session, person_id, lock=lock)
    if party is None:
        return "the person of this report is no longer on record"
    gone = party.gone(day)
    if gone is not None:
        return f"the person of this report {gone}"
    email = shown or party.email
    if not email:
        return "the person of this report has no e-mail address here, and a credential names its holder by it"
    return Found(party, email)


def _nameless(learner: Learner, rule: LearningRule) -> str | None:
    if learner.by is Known.GROUP:
        return "this report is about a group; a level is earned by one person: send a statement for each"
    if learner.by is Known.OPENID:
        return "people are not known here by openid; name them by mbox, mbox_sha1sum or account"
    homes = {home.rstrip("/") for home in rule.accounts}
    if learner.by is Known.ACCOUNT and str(learner.home_page).rstrip("/") not in homes:
        return (
            f"accounts of {learner.home_page} mean nobody here; if their names are employee numbers, write "
            f"accounts: [{learner.home_page}] into the rule"
        )
    return None


def _by(session: Session, learner: Learner) -> tuple[UUID, str | None] | None:
    if learner.by is Known.ADDRESS:
        row = session.get(PersonAddressRow, comparable(learner.value))
        return (row.person_id, row.shown) if row is not None else None
    if learner.by is Known.DIGEST:
        return None  # `by_address` found nobody
    number = learner.value.strip()
    found = session.scalars(select(PersonRow.id).where(PersonRow.employee_number == number)).one_or_none()
    return (found, None) if found is not None else None


def by_address(session: Session, reports: Sequence[Report]) -> tuple[Report, ...]:
    """The reports, with the address in place of its digest where somebody here has that address.

    xAPI, section 4.2.2.2.3: SHA-1 of `mailto:` and the address, however its owner writes it. All addresses are read
    once for all reports, so this is for a transaction that keeps nobody waiting.
    """
    wanted = {one.learner.value for one in reports if one.learner.by is Known.DIGEST}
    if not wanted:
        return tuple(reports)
    found: dict[str, str] = {}
    query = select(PersonAddressRow.address, PersonAddressRow.shown)
    for address, shown in session.execute(query.execution_options(yield_per=1_000)):
        found |= {digest: address for one in {address, shown} if (digest := _digest(one)) in wanted}
    return tuple(
        replace(one, learner=Learner(Known.ADDRESS, found[one.learner.value]))
        if one.learner.by is Known.DIGEST and one.learner.value in found
        else one
        for one in reports
    )


def _digest(address: str) -> str:
    return sha1(f"mailto:{address}".encode(), usedforsecurity=False).hexdigest()
