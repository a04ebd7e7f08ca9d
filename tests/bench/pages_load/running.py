"""What is under way in a large company: proposals and assessments, notices and mails, works, credits, sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tests.bench.pages_load.certified import AWARD, Earned, Level, instant
from tests.bench.pages_load.copying import Copier
from tests.bench.pages_load.crowd import Somebody, address_of, id_of

PROPOSAL, MESSAGE, BULK, SESSION = 5, 6, 7, 8
ITEMS = 5_000
"""Of a work in the background."""
_PROPOSALS = (
    *("id", "issuer_id", "person_id", "level_id", "achievement_id", "state", "round", "source", "proposed_by"),
    *("proposed_at", "completed_on", "narrative", "evidence", "results", "declaration", "renews_id", "decided_by"),
    *("decided_at", "decision", "award_id", "idempotency_key", "request_digest"),
)
_EVIDENCE = '[{"url":"https://git.brightmoor.example/changes/417","name":"The change","description":null}]'
_MAIL = "Good morning,\n\nyour certification ends in 30 days. Renew it in the portal.\n\nBrightmoor Academy\n"


def fill_running(
    copy: Copier,
    people: Sequence[Somebody],
    all_: Sequence[Earned],
    assessed: Sequence[Level],
    assessors: Sequence[Somebody],
    issuer_id: int,
    day: date,
) -> None:
    """All of it, in proportion to the people; levels that are `assessed` have open proposals."""
    count = len(people)
    _proposals(copy, people, all_, assessed, assessors, issuer_id, day)
    _mails(copy, people, issuer_id, day, 2 * count)
    _works(copy, all_, issuer_id, day)
    here = [one for one in people if one.left_on is None]
    level = assessed[0].level_id
    copy.fill(
        "credits",
        (
            *("id", "person_id", "level_id", "done_on", "hundredths", "activity", "url", "recorded_by"),
            *("recorded_at", "withdrawn_at", "idempotency_key"),
        ),
        (
            (
                n + 1,
                here[n * 7 % len(here)].id,
                level,
                f"{day - timedelta(days=n % 600)}",
                400,
                "A conference",
                None,
                "bench",
                instant(day - timedelta(days=n % 600)),
                None,
                f"credit-{n}",
            )
            for n in range(count // 5)
        ),
    )
    copy.fill(
        "sessions",
        (
            *("id", "token_hash", "issuer_id", "person_id", "way", "roles", "agent", "created_at", "used_at"),
            *("idle_until", "ends_at", "provider", "provider_session", "sealed_id_token"),
        ),
        (
            (
                id_of(SESSION, n),
                f"{n:064x}",
                issuer_id,
                here[n * 5 % len(here)].id,
                "link",
                "[]",
                "Firefox on Linux",
                instant(day),
                instant(day),
                instant(day, 64000),
                instant(day + timedelta(days=7)),
                None,
                None,
                None,
            )
            for n in range(count // 10)
        ),
    )


def _proposals(
    copy: Copier,
    people: Sequence[Somebody],
    all_: Sequence[Earned],
    assessed: Sequence[Level],
    assessors: Sequence[Somebody],
    issuer_id: int,
    day: date,
) -> None:
    """Of awards that were assessed; and one in fifty people has an open one."""
    ids = {one.level_id for one in assessed}
    done = [one for one in all_ if one.level.level_id in ids and one.replaces is None][: len(people) // 2]
    rows: list[tuple[object, ...]] = []
    scored: list[tuple[object, ...]] = []
    for n, one in enumerate(done):
        lost = n % 12 == 0
        state = "declined" if lost else "issued"
        decided = (f"person:{assessors[0].id}", instant(one.on, 50_000), "approved" if not lost else "declined")
        rows.append(
            (
                id_of(PROPOSAL, n),
                issuer_id,
                one.person_id,
                one.level.level_id,
                one.level.achievement_id,
                state,
                1,
                "assessor",
                f"person:{one.person_id}",
                instant(one.on - timedelta(days=30)),
                f"{one.on}",
                None,
                _EVIDENCE,
                "{}",
                None,
                None,
                *decided,
                None if lost else id_of(AWARD, one.number),
                f"proposal:bench-{n}",
                f"{n:064x}",
            )
        )
        for assessor in {assessors[n % len(assessors)].id, assessors[(n * 3 + 1) % len(assessors)].id}:
            scored.append(
                (id_of(PROPOSAL, n), 1, assessor, "Engineer", "{}", None, instant(one.on, 40_000 + n % 9_000))
            )
    for n, who in enumerate(one for one in people if one.left_on is None and one.number % 50 == 49):
        level = assessed[n % len(assessed)]
        number = 10_000_000 + n
        rows.append(
            (
                id_of(PROPOSAL, number),
                issuer_id,
                who.id,
                level.level_id,
                level.achievement_id,
                "proposed",
                1,
                "assessor",
                f"person:{who.id}",
                instant(day - timedelta(days=n % 40), n % 80000),
                f"{day - timedelta(days=n % 40)}",
                None,
                _EVIDENCE,
                "{}",
                None,
                None,
                None,
                None,
                None,
                None,
                f"proposal:bench-{number}",
                f"{number:064x}",
            )
        )
    copy.fill("proposals", _PROPOSALS, rows)
    copy.fill("assessments", ("proposal_id", "round", "assessor_id", "function", "scores", "remark", "at"), scored)


def _mails(copy: Copier, people: Sequence[Somebody], issuer_id: int, day: date, count: int) -> None:
    states = ["sent"] * count
    for word, every in (("refused", 700), ("unclear", 4_000), ("dropped", 500)):
        states[::every] = [word] * len(states[::every])
    states[-(count // 400) :] = ["queued"] * (count // 400)
    copy.fill(
        "messages",
        (
            *("id", "issuer_id", "recipient_id", "address", "subject", "text", "html", "calendar", "state"),
            *("not_before", "attempts", "claimed_by", "claimed_until", "fault", "created_at", "sent_at"),
        ),
        (
            (
                id_of(MESSAGE, n),
                issuer_id,
                people[n % len(people)].id,
                address_of(n % len(people)),
                "Your certification ends in 30 days",
                _MAIL,
                f"<p>{_MAIL}</p>",
                None,
                state,
                _at(day, n, count),
                1,
                None,
                None,
                "550 no such mailbox" if state == "refused" else None,
                _at(day, n, count),
                _at(day, n, count) if state == "sent" else None,
            )
            for n, state in enumerate(states)
        ),
    )
    notices = copy.value("SELECT COALESCE(max(id), 0) + 1 FROM notices")
    copy.fill(
        "notices",
        (
            *("id", "key", "issuer_id", "kind", "recipient_id", "address", "about_id", "facts", "due_at", "created_at"),
            *("state", "message_id"),
        ),
        (
            (
                notices + n,
                f"expires:bench-{n}",
                issuer_id,
                "reminder",
                people[n % len(people)].id,
                None,
                people[n % len(people)].id,
                "{}",
                _at(day, n, count),
                _at(day, n, count),
                "bundled",
                id_of(MESSAGE, n),
            )
            for n in range(count)
        ),
    )
    copy.number_on("notices")


def _works(copy: Copier, all_: Sequence[Earned], issuer_id: int, day: date) -> None:
    issued = [one for one in all_ if one.state == "issued"]
    works = max(40, len(all_) // 10_000)
    items = min(ITEMS, len(issued) // works)
    copy.fill(
        "bulks",
        (
            *("id", "issuer_id", "kind", "state", "arguments", "total", "created_by", "created_at"),
            *("cancel_asked_at", "ended_at", "fault", "idempotency_key"),
        ),
        (
            (
                id_of(BULK, n),
                issuer_id,
                "revoke",
                "waiting" if n == 0 else "done",
                '{"digest":"","stages":[]}',
                items,
                "bench",
                instant(day - timedelta(days=n)),
                None,
                None if n == 0 else instant(day - timedelta(days=n), 9),
                None,
                f"bulk:bench-{n}",
            )
            for n in range(works)
        ),
    )
    copy.fill(
        "bulk_items",
        ("bulk_id", "ordinal", "work", "state", "credential_id", "fault"),
        (
            (
                id_of(BULK, n),
                ordinal,
                "{}",
                "waiting" if n == 0 and ordinal % 2 else _outcome(ordinal),
                issued[(n * items + ordinal) % len(issued)].id,
                None if ordinal % 50 else "It is revoked already.",
            )
            for n in range(works)
            for ordinal in range(items)
        ),
    )


def _outcome(ordinal: int) -> str:
    return "done" if ordinal % 50 else "failed"


def _at(day: date, n: int, count: int) -> str:
    return instant(day - timedelta(days=1 + (count - n) * 700 // count), n % 86_400)
