"""What the crowd earned: awards, credentials in all states, chains of renewals, status entries, and the audit trail.

Rows are made like those that issuing makes. What stands in the signed bytes is the only thing that is not real: the
credentials that the pages show whole are issued by the product itself afterwards (`tests.bench.pages_load.filling`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

from credentials.instants import format_instant
from issuer.canonical_json import of_plain
from tests.bench.badges import BASE_URL
from tests.bench.pages_load.copying import Copier, Row
from tests.bench.pages_load.crowd import Somebody, address_of, id_of

LIST_SIZE = 131_072
AWARD, CREDENTIAL, LIST = 2, 3, 4
_REVOKED = "The exam was taken by another person."
_SUSPENDED = "The yearly safety training is overdue."
AWARDS = (
    *("id", "issuer_id", "person_id", "achievement_id", "awarded_on", "source", "decided_by", "decided_at"),
    *("idempotency_key", "request_digest", "request"),
)
CREDENTIALS = (
    *("id", "issuer_id", "award_id", "state", "document_id", "formats", "identity_salt", "valid_from", "valid_until"),
    *("created_at", "issued_at", "voided_at", "void_reason", "revoked_at", "revocation_reason", "suspended_at"),
    *("suspension_reason", "replaces_id", "achievement_id", "facts", "erased_at"),
)
EVENTS = ("sequence", "at", "actor", "action", "subject", "details", "previous", "hash")


class Level(NamedTuple):
    """A level that is held: the row of its version, how many months it lasts, whether it can be suspended."""

    achievement_id: int
    level_id: int
    program: str
    slug: str
    name: str
    months: int
    suspends: bool


@dataclass(frozen=True, slots=True)
class Earned:
    """One award with its credential. Only the state `issued` has a `revoked_on` or a `suspended_on`."""

    number: int
    who: int
    person_id: str
    name: str
    level: Level
    on: date
    ends: date
    state: str
    replaces: int | None
    revoked_on: date | None
    suspended_on: date | None

    @property
    def id(self) -> str:
        """The credential's."""
        return id_of(CREDENTIAL, self.number)


def earned(people: Sequence[Somebody], levels: Sequence[Level], count: int, day: date) -> list[Earned]:
    """So many credentials, held by all who are there: levels, each with its renewals up to now, oldest first."""
    chance = Random(21)  # noqa: S311  (the same in every run)
    found: list[Earned] = []
    begin = day - timedelta(days=5 * 365)
    while len(found) < count:
        for one in people:
            if len(found) >= count:
                break
            level = levels[int(chance.random() ** 1.5 * len(levels))]
            on = max(begin, one.joined_on) + timedelta(days=chance.randrange(1, 700))
            last = min(day - timedelta(days=2), one.left_on or day)
            before: int | None = None
            while on <= last and len(found) < count:
                ends = on + timedelta(days=level.months * 30)
                luck, number = chance.random(), len(found)
                over = luck < 0.012
                resting = level.suspends and 0.012 < luck < 0.018
                state = "void" if 0.018 < luck < 0.020 else "issued"
                found.append(
                    Earned(
                        *(number, one.number, one.id, one.name, level, on, ends, state, before),
                        min(last, on + timedelta(days=chance.randrange(1, 400))) if over else None,
                        min(last, on + timedelta(days=chance.randrange(1, 400))) if resting else None,
                    )
                )
                if over or state == "void" or chance.random() < 0.15:
                    break
                before, on = number, ends - timedelta(days=chance.randrange(0, 40))
    return found


def fill_certified(copy: Copier, all_: Sequence[Earned], issuer_id: int, *, list_body: bytes, key_id: int) -> None:
    """Awards, credentials, status lists, entries and events, and the trail of all that."""
    copy.fill("awards", AWARDS, (_award(one, issuer_id) for one in all_))
    copy.fill("credentials", CREDENTIALS, (_credential(one, issuer_id) for one in all_))
    purposes = {"revocation": all_, "suspension": [one for one in all_ if one.level.suspends]}
    for number, (purpose, some) in enumerate(purposes.items()):
        lists = -(-len(some) // LIST_SIZE)
        copy.fill(
            "status_lists",
            (
                *("id", "issuer_id", "purpose", "ordinal", "size", "next_sequence", "permutation_key", "is_open"),
                *("edition", "media_type", "body", "published_at", "valid_until", "signing_key_id"),
            ),
            (_list(issuer_id, purpose, number, nth, list_body, key_id) for nth in range(lists)),
        )
        copy.fill(
            "status_entries",
            ("credential_id", "purpose", "list_id", "position"),
            ((one.id, purpose, _list_id(number, nth), nth % LIST_SIZE) for nth, one in enumerate(some)),
        )
    body = b'{"placeholder":"only the newest credentials of this database are signed"}'
    copy.fill(
        "renderings",
        ("credential_id", "format", "media_type", "body", "signing_key_id"),
        ((one.id, "json", "application/vc", body, key_id) for one in all_ if one.state == "issued"),
    )
    copy.fill(
        "status_events",
        ("id", "credential_id", "list_id", "position", "change", "bit", "reason", "actor", "at", "edition"),
        _status_events(all_),
    )


def fill_trail(copy: Copier, all_: Sequence[Earned]) -> None:
    """The audit trail of it, each event with the hash of the one before."""
    sequence, link = copy.rows("SELECT sequence, hash FROM audit_head")[0]
    end: list[Any] = [sequence, link]
    copy.fill("audit_events", EVENTS, _trail(all_, sequence, link, end))
    copy.do("UPDATE audit_head SET sequence = :sequence, hash = :hash", sequence=end[0], hash=end[1])


def instant(day: date, second: int = 0) -> str:
    """An instant of a day as the databases keep it."""
    return f"{day}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}.000000+00:00"


def _award(one: Earned, issuer_id: int) -> Row:
    request = {
        "awarded_on": str(one.on),
        "did": None,
        "email": address_of(one.who),
        "evidence": [],
        "level": one.level.slug,
        "license_number": None,
        "name": one.name,
        "narrative": None,
        "program": one.level.program,
        "results": [["exam", "88"]],
    }
    text = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    digest = sha256(text.encode()).hexdigest()
    at = instant(one.on, one.number % 86_400)
    key = f"award:bench-{one.number}"
    award_id = id_of(AWARD, one.number)
    person = f"person:{one.person_id}"
    return (
        award_id,
        issuer_id,
        one.person_id,
        one.level.achievement_id,
        f"{one.on}",
        "learning",
        person,
        at,
        key,
        digest,
        text,
    )


def _credential(one: Earned, issuer_id: int) -> Row:
    at = instant(one.on, one.number % 86_400)
    issued = one.state == "issued"
    identifier = one.id
    written = f"{identifier[:8]}-{identifier[8:12]}-{identifier[12:16]}-{identifier[16:20]}-{identifier[20:]}"
    return (
        identifier,
        issuer_id,
        id_of(AWARD, one.number),
        one.state,
        f"{BASE_URL}/credentials/{written}",
        '["json"]',
        identifier,
        instant(one.on),
        instant(one.ends),
        at,
        at if issued else None,
        None if issued else at,
        None if issued else "What was signed was not what was asked for.",
        instant(one.revoked_on, 36_000) if one.revoked_on else None,
        _REVOKED if one.revoked_on else None,
        instant(one.suspended_on, 36_000) if one.suspended_on else None,
        _SUSPENDED if one.suspended_on else None,
        id_of(CREDENTIAL, one.replaces) if one.replaces is not None else None,
        None,
        None,
        None,
    )


def _list_id(purpose: int, nth: int) -> str:
    return id_of(LIST, 1_000 * purpose + nth // LIST_SIZE)


def _list(issuer_id: int, purpose: str, number: int, nth: int, body: bytes, key_id: int) -> Row:
    now, later = "2026-11-22T09:00:00.000000+00:00", "2026-11-29T09:00:00.000000+00:00"
    identifier = _list_id(number, nth * LIST_SIZE)
    place = (identifier, issuer_id, purpose, 1_000 + nth, LIST_SIZE, LIST_SIZE, bytes(32), False)
    return (*place, 1, "application/vc", body, now, later, key_id)


def _status_events(all_: Sequence[Earned]) -> Iterator[Row]:
    suspending = number = 0
    for nth, one in enumerate(all_):
        place = None
        if one.revoked_on is not None:
            place = (_list_id(0, nth), nth % LIST_SIZE, "revoked", True, _REVOKED, one.revoked_on)
        elif one.suspended_on is not None:
            place = (_list_id(1, suspending), suspending % LIST_SIZE, "suspended", True, _SUSPENDED, one.suspended_on)
        suspending += one.level.suspends
        if place is not None:
            number += 1
            yield (number, one.id, *place[:5], "bench", instant(place[5], 36_000), 1)


def _trail(all_: Sequence[Earned], sequence: int, link: str, end: list[Any]) -> Iterator[Row]:
    for at, actor, action, subject, details in _happened(all_):
        sequence += 1
        known = {
            "action": action,
            "actor": actor,
            "at": at,
            "details": details,
            "previous": link,
            "sequence": sequence,
            "subject": subject,
        }
        hash_ = sha256(of_plain(known)).hexdigest()
        yield (sequence, at, actor, action, subject, details, link, hash_)
        link = hash_
    end[:] = [sequence, link]


def _happened(all_: Sequence[Earned]) -> Iterator[tuple[str, str, str, str, str]]:
    """What was done, in the order of time."""
    steps: list[tuple[date, int, int]] = []
    for nth, one in enumerate(all_):
        steps.append((one.on, 0, nth))
        if one.revoked_on is not None:
            steps.append((one.revoked_on, 1, nth))
        elif one.suspended_on is not None:
            steps.append((one.suspended_on, 2, nth))
    actions = ("credential issued", "credential revoked", "credential suspended")
    for day, what, nth in sorted(steps):
        one = all_[nth]
        raw = one.id
        subject = f"credential:{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"
        action = "credential voided" if one.state == "void" else actions[what]
        actor = "learning:academy" if nth % 3 else f"admin:{one.who % 20}"
        details = '{"formats":["json"]}' if what == 0 else f'{{"status_event":{nth}}}'
        at = format_instant(datetime.combine(day, time(9, nth % 60), tzinfo=UTC))
        yield at, actor, action, subject, details
