"""The sweep that tells people what happened since the last one: windows that opened, dates that passed, lapses.

Page by page, the notices of a page in one transaction. A crash repeats pages, and a notice's key is there once. The
lease's `last_done_at` is the cursor: it moves only when everybody was looked at. Notices are all that it makes: what a
lapse does to other levels needs keys and is `issuer.jobs.dependents`, so that reminders go out while keys are locked.
"""

from __future__ import annotations

from datetime import datetime

from issuer.jobs.job import Parts, Report
from issuer.jobs.sweep import PAGE, House, Reached, begin, houses, pages
from issuer.jobs.telling import notices_of
from issuer.messages.notices import put
from issuer.recertification.facts import PersonFacts
from issuer.recertification.rules import Effect
from issuer.recertification.timeline import Happening, timeline_of

NAME = "recertify"


def recertify(
    parts: Parts,
    now: datetime,
    last_done_at: datetime | None,
    *,
    page: int = PAGE,
    reached: Reached = lambda _: None,
) -> Report:
    """Record notices of what happened in last_done_at ≤ t < now: see the module. Raises Stopped between pages."""
    people = recorded = 0
    start = begin(last_done_at, now)
    for house in houses(parts):

        def happened(person: PersonFacts, house: House = house) -> tuple[Happening, ...]:
            return timeline_of(person, house.levels, house.pacings, start, now)

        for one in pages(parts, house, NAME, happened, now=now, size=page):
            people += len(one.people)
            notices = [
                notice
                for person in one.people
                for happening in one.happenings.get(person.id, ())
                if happening.effect is not Effect.SUSPEND
                for notice in notices_of(happening, one.told(person))
            ]
            reached("tell")
            if notices:
                with parts.database.write() as session:
                    put(session, notices, now)
            recorded += len(notices)
    reached("end")
    return {"people": people, "notices": recorded}
