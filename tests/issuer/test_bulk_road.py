"""Many credentials at once: the same bytes as one by one, whatever made them, and nothing kept that was not checked."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from credentials.canonical_text import CanonicalText
from credentials.prepared import SecuredCredential
from credentials.proofs import data_integrity, jose
from credentials.templates.filled import Filled
from credentials.templates.template import Template
from issuer import audit
from issuer.award_templates import WORTH_A_TEMPLATE, Made, Templates, sample
from issuer.awards import AwardRequest, Evidence
from issuer.catalogue import count_credentials, rendering
from issuer.errors import AwardsRefused, IdempotencyConflict, OwnOutputMismatch
from issuer.issue import CHUNK_SIZE, IssueProgress, issue, issue_in_chunks, resume
from issuer.issuers import find_issuer
from issuer.messages.notices import Kind
from issuer.own_output import Batch, Signed
from issuer.prepare import prepare_award
from issuer.signing import Signing, Signings, Step
from issuer.signing_keys import Use, list_keys
from issuer.store import Database
from issuer.tables import CredentialRow, NoticeRow, PersonRow, RenderingRow, StatusEntryRow
from issuer.waiting import WaitingAward, read_waiting
from keys.keyring import Keyring
from tests.issuer.conftest import NOW, House
from tests.issuer.plans import asked, read_from_end_to_end
from tests.issuer.test_crash import Crash, crash_at, whole


@pytest.fixture
def sqlite_house(
    furnished_sqlite: Path, tmp_path: Path, keyring: Keyring, randomness: Callable[[int], bytes]
) -> Iterator[House]:
    """Where the kind of database does not matter."""
    path = tmp_path / "house.db"
    shutil.copy(furnished_sqlite, path)
    db = Database(f"sqlite:///{path}")
    yield House(db, keyring, find_issuer(db), randomness)
    db.close()


MANY = WORTH_A_TEMPLATE + 4


def all_kinds(house: House, number: int) -> AwardRequest:
    """One of a few shapes, and texts that JSON and N-Quads escape."""
    return house.request(
        number,
        "expert",
        name=['Zoë "Z" O’Neil \\ n', "李 小龙", "A\u0301na <b>", "x" * 200][number % 4],
        narrative="First line\nsecond “line”\n\\third" if number % 2 else None,
        license_number=f"L-{number}" if number % 2 else None,
        did=f"did:web:example.org:{number}" if number % 3 == 0 else None,
        evidence=(Evidence(f"https://example.org/e/{number}", f"Essay {number}"), Evidence(None, f"Log {number}"))
        if number % 2
        else (),
    )


def waiting_after_a_crash(house: House, requests: list[AwardRequest], **more: Any) -> list[WaitingAward]:
    with pytest.raises(Crash):
        run(house, requests, progress=crash_at(Step.PREPARE, 0), **more)
    with house.db.read() as session:
        found = read_waiting(session, session.scalars(select(CredentialRow.id)).all())
    return [one for one in found if isinstance(one, WaitingAward)]


def run(house: House, requests: Any, **changes: Any) -> Any:
    given = {"issuer": "acme", "requests": requests, "actor": "t", "now": NOW, "randomness": house.randomness}
    return issue(house.db, house.keyring, **{**given, **changes})


def test_a_template_makes_what_the_ordinary_road_makes(house: House) -> None:
    waiting = waiting_after_a_crash(house, [all_kinds(house, number) for number in range(6 * MANY)])
    made = Templates(house.issuer).make(waiting)
    assert len(made) == 6 * MANY, "every one was made by a template"
    for one in waiting:
        slowly = prepare_award(one.request, one.achievement, one.allocation, house.issuer)
        quickly = made[one.credential_id].prepared
        assert (quickly.json, quickly.canonical) == (slowly.json, slowly.canonical)
        assert quickly.document == slowly.document
    assert len(resume(house.db, house.keyring, actor="sweep", now=NOW).finished) == 6 * MANY
    whole(house.db)


def test_few_of_a_shape_and_words_that_fit_no_template_go_the_ordinary_road(sqlite_house: House) -> None:
    odd = [sqlite_house.request(number, did="did:example:a%20b") for number in range(3)]
    plain = [sqlite_house.request(number + 10) for number in range(MANY)]
    waiting = waiting_after_a_crash(sqlite_house, [*odd, *plain])
    made = Templates(sqlite_house.issuer).make(waiting)
    assert len(made) == MANY
    assert len(resume(sqlite_house.db, sqlite_house.keyring, actor="sweep", now=NOW).finished) == MANY + 3


def test_a_batch_verifies_for_strangers_in_both_formats(house: House) -> None:
    report = run(house, [all_kinds(house, number) for number in range(2 * MANY)])
    keys = {key.use: key for key in list_keys(house.db)}
    for one in report.new[:: MANY // 4]:
        body, token = rendering(house.db, one.id, "json"), rendering(house.db, one.id, "jwt")
        assert body is not None
        assert token is not None
        document = json.loads(body.body)
        (proof,) = document["proof"]
        data_integrity.verify_proof(document, proof, keys[Use.DATA_INTEGRITY].public_key)
        jwt = jose.parse(token.body)
        jose.verify(jwt, keys[Use.JWT].public_key)
        assert jose.check_claims(jwt) == ()
        del document["proof"]
        assert jwt.credential == document
        assert document["id"] == one.url
    assert audit.verify(house.db).whole
    with house.db.read() as session:
        kinds = session.execute(select(NoticeRow.kind, func.count()).group_by(NoticeRow.kind)).all()
        assert kinds == [(Kind.ISSUED.value, 2 * MANY)]
    whole(house.db)


def test_one_format_is_enough_if_so_asked(sqlite_house: House) -> None:
    report = run(sqlite_house, [sqlite_house.request(1)], formats=("json",))
    assert rendering(sqlite_house.db, report.new[0].id, "jwt") is None
    (event,) = audit.events(sqlite_house.db, subject=f"credential:{report.new[0].id}")
    assert event.details["formats"] == ["json"]
    with pytest.raises(ValueError, match="formats"):
        run(sqlite_house, [sqlite_house.request(2)], formats=("pdf",))


def test_what_goes_on_in_memory_is_what_stands_in_the_rows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: dict[Any, WaitingAward] = {}

    def crashes(*_: object, **more: Any) -> None:
        begun.update(more["begun"])
        raise Crash

    monkeypatch.setattr("issuer.issue.finish_or_void", crashes)
    with pytest.raises(Crash):
        run(house, [all_kinds(house, number) for number in range(24)])
    with house.db.read() as session:
        rows = read_waiting(session, list(begun))
    assert len(rows) == 24
    for row in rows:
        assert isinstance(row, WaitingAward)
        mine = begun[row.credential_id]
        assert mine._replace(request=row.request) == row
        assert mine.request.as_dict() == row.request.as_dict()
    monkeypatch.undo()
    assert len(resume(house.db, house.keyring, actor="sweep", now=NOW).finished) == 24
    whole(house.db)


def test_a_worker_keeps_templates_from_chunk_to_chunk_while_the_issuer_stays_the_same(sqlite_house: House) -> None:
    signings, issuer = Signings(), sqlite_house.issuer
    first = signings.of("one list", issuer)
    assert signings.of("one list", issuer) is first
    assert signings.of("another", issuer) is not first
    assert signings.of("one list", replace(issuer, name="Renamed")) is not first
    kept = signings.of("another", issuer)
    for number in range(7):
        signings.of(f"list {number}", issuer)
    assert signings.of("another", issuer) is kept
    for number in range(8):
        signings.of(f"list {number}", issuer)
    assert signings.of("another", issuer) is not kept, "the oldest went"


# A wrong template


def planted(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Template.fill_in_order

    def fill_in_order(self: Template, given: tuple[str, ...]) -> Filled:
        filled = real(self, given)
        if filled.values["name"].startswith(("Ana", "Later")):  # no mark: what is wrong of marks is never compiled
            filled.json, canonical = wrong(filled)
            filled.canonical_text = CanonicalText(canonical)
        return filled

    monkeypatch.setattr(Template, "fill_in_order", fill_in_order)


def swapped(filled: Filled) -> tuple[bytes, bytes]:
    """Two lines of the canonical form in the wrong order: signed and verified by one hand, it would be consistent."""
    lines = filled.canonical.splitlines(keepends=True)
    return filled.json, b"".join([lines[1], lines[0], *lines[2:]])


def renamed(filled: Filled) -> tuple[bytes, bytes]:
    return filled.json.replace(b"Cloud Associate", b"Cloud Architect"), filled.canonical


@pytest.mark.parametrize("wrong", [swapped, renamed])
def test_a_wrong_template_stops_the_batch_before_anything_is_signed(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    planted(wrong, monkeypatch)
    requests = [sqlite_house.request(number) for number in range(MANY)]
    with pytest.raises(OwnOutputMismatch, match="not what it is without a template"):
        run(sqlite_house, requests)
    counts = count_credentials(sqlite_house.db, now=NOW)
    assert (counts.issued, counts.preparing) == (0, MANY)
    monkeypatch.undo()
    assert len(resume(sqlite_house.db, sqlite_house.keyring, actor="sweep", now=NOW).finished) == MANY
    assert len(run(sqlite_house, requests).already) == MANY


def test_a_template_that_is_wrong_for_one_value_only_is_found_by_the_sample_of_a_later_chunk(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once_in_a_while(filled: Filled) -> tuple[bytes, bytes]:
        return swapped(filled) if filled.values["name"].startswith("Later") else (filled.json, filled.canonical)

    planted(once_in_a_while, monkeypatch)
    first = [sqlite_house.request(number) for number in range(MANY)]
    later = [sqlite_house.request(number + MANY, name=f"Later {number}") for number in range(MANY)]
    with pytest.raises(OwnOutputMismatch, match="not what it is without a template"):
        run(sqlite_house, [*first, *later], chunk_size=MANY)
    counts = count_credentials(sqlite_house.db, now=NOW)
    assert (counts.issued, counts.preparing) == (MANY, MANY)


def test_the_sample_is_one_of_each_level_of_every_chunk_and_the_first_of_a_template(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = ["expert" if number % 3 else "associate" for number in range(4 * MANY)]
    waiting = waiting_after_a_crash(
        sqlite_house, [sqlite_house.request(number, level) for number, level in enumerate(levels)]
    )
    chosen = sample(waiting)
    least = {
        level: min(one.credential_id for one in waiting if one.achievement.level == level)
        for level in ("associate", "expert")
    }
    assert chosen == frozenset(least.values())
    assert sample([]) == frozenset()
    checked: list[str] = []
    real = Template.check

    def check(self: Template, values: Any) -> bool:
        checked.append(values["credential"])
        return real(self, values)

    monkeypatch.setattr(Template, "check", check)
    made = Templates(sqlite_house.issuer).make(waiting, chosen)
    first = {one.template: str(identifier) for identifier, one in reversed(made.items())}
    assert set(checked) == {str(one) for one in chosen} | set(first.values())


def test_a_template_is_made_when_enough_have_asked_for_it_chunk_by_chunk(sqlite_house: House) -> None:
    waiting = waiting_after_a_crash(sqlite_house, [sqlite_house.request(number) for number in range(WORTH_A_TEMPLATE)])
    templates = Templates(sqlite_house.issuer)
    assert templates.make(waiting[:-1]) == {}
    assert list(templates.make(waiting[-1:])) == [waiting[-1].credential_id]


def test_every_flipped_bit_of_a_batch_is_noticed(sqlite_house: House) -> None:
    """Verification that knows the template finds what verification by a stranger would find."""
    house = sqlite_house
    waiting = waiting_after_a_crash(house, [all_kinds(house, 12 * number + 1) for number in range(MANY)])
    signing = Signing(house.issuer)
    made = signing.templates.make(waiting)
    keys = {key.use: key for key in list_keys(house.db)}
    signer = {use: house.keyring.signer(key.key_uri) for use, key in keys.items()}
    one, two = waiting[0].credential_id, waiting[1].credential_id
    stamps: Any = {
        "json": (data_integrity.Stamp, (signer[Use.DATA_INTEGRITY], keys[Use.DATA_INTEGRITY].verification_method, NOW)),
        "jwt": (jose.Stamp, (signer[Use.JWT], keys[Use.JWT].verification_method)),
    }
    for name, use in (("json", Use.DATA_INTEGRITY), ("jwt", Use.JWT)):
        stamp = stamps[name][0](*stamps[name][1])
        output = Batch()

        def verify(signed: Signed, by: Made, output: Batch = output) -> None:
            output.verify_all([(signed, by)])

        verify(Signed(one, name, stamp.secure(made[one].prepared), keys[use]), made[one])
        right = stamp.secure(made[two].prepared)
        verify(Signed(two, name, right, keys[use]), made[two])
        with pytest.raises(OwnOutputMismatch, match="something else than was prepared"):
            verify(Signed(two, name, right, keys[use]), made[one])
        for position in range(7, len(right.body), 37):
            flipped = bytearray(right.body)
            flipped[position] ^= 1
            with pytest.raises(OwnOutputMismatch):
                verify(Signed(two, name, SecuredCredential(right.media_type, bytes(flipped)), keys[use]), made[two])
        other = Made(made[two].template, made[two].filled, made[two].prepared)
        verify(Signed(two, name, right, keys[use]), other)


# Lists that nobody holds in memory


def test_a_stream_is_checked_as_a_whole_and_issued_in_chunks(house: House) -> None:
    def stream(last: AwardRequest) -> Iterator[AwardRequest]:
        yield from (house.request(number) for number in range(7))
        yield last

    with pytest.raises(AwardsRefused, match="row 10, email"):
        list(in_chunks(house, stream(house.request(9, email="nobody"))))
    with pytest.raises(AwardsRefused, match="the same award as row 3"):
        list(in_chunks(house, stream(house.request(2, origin="row 10"))))
    assert count_credentials(house.db, now=NOW).preparing == 0
    chunks = list(in_chunks(house, stream(house.request(9))))
    assert [len(chunk) for chunk in chunks] == [3, 3, 2]
    assert [one.origin for chunk in chunks for one in chunk] == [f"row {number}" for number in [*range(1, 8), 10]]
    assert count_credentials(house.db, now=NOW).issued == 8
    with pytest.raises(IdempotencyConflict, match="row 10"):
        list(in_chunks(house, stream(house.request(9, narrative="other"))))
    again = [one for chunk in in_chunks(house, stream(house.request(9))) for one in chunk]
    assert not any(one.new for one in again)
    assert [one.id for one in again] == [one.id for chunk in chunks for one in chunk]
    whole(house.db)


def in_chunks(house: House, requests: Iterator[AwardRequest]) -> Iterator[tuple[Any, ...]]:
    return issue_in_chunks(
        house.db,
        house.keyring,
        issuer="acme",
        requests=requests,
        actor="t",
        now=NOW,
        randomness=house.randomness,
        chunk_size=3,
    )


def test_lower_levels_come_first_whatever_the_order_of_the_list(sqlite_house: House) -> None:
    seen: list[IssueProgress] = []
    mixed = [sqlite_house.request(number, level) for number in range(3) for level in ("expert", "associate")]
    report = run(sqlite_house, mixed, chunk_size=3, progress=seen.append)
    assert [one.level for one in report.credentials] == ["expert", "associate"] * 3
    with sqlite_house.db.read() as session:
        purposes = session.scalars(select(StatusEntryRow.purpose).join(CredentialRow).order_by(CredentialRow.id)).all()
    assert (purposes.count("revocation"), purposes.count("suspension")) == (6, 3)
    with pytest.raises(Crash):
        run(
            sqlite_house,
            [sqlite_house.request(9, "expert"), sqlite_house.request(9)],
            chunk_size=1,
            progress=crash_at(Step.ALLOCATE, 1),
        )
    again = run(sqlite_house, [sqlite_house.request(9, "expert"), sqlite_house.request(9)])
    assert [one.level for one in again.already] == ["associate"]


def test_a_version_that_is_not_there_is_said(sqlite_house: House) -> None:
    with pytest.raises(AwardsRefused, match="row 2, version: the level associate has no version '9'"):
        run(sqlite_house, [sqlite_house.request(1, version="9")])


def test_people_of_a_batch_are_entered_once_and_the_last_name_stands(house: House) -> None:
    requests = [
        house.request(
            number, awarded_on=date(2026, 11, 1 + number % 2), name=f"N {number}", email=f"p{number % 5}@x.org"
        )
        for number in range(10)
    ]
    run(house, requests)
    with house.db.read() as session:
        assert sorted(session.scalars(select(PersonRow.name))) == [f"N {number}" for number in range(5, 10)]
    run(house, [house.request(1, awarded_on=date(2026, 11, 3), name="Married", email="P1@x.org")])
    with house.db.read() as session:
        names = set(session.scalars(select(PersonRow.name)))
    assert names == {"N 5", "Married", "N 7", "N 8", "N 9"}


def test_the_collector_runs_again_after_a_batch_and_after_a_crash(sqlite_house: House) -> None:
    assert gc.isenabled()
    run(sqlite_house, [sqlite_house.request(1)])
    assert gc.isenabled()
    with pytest.raises(Crash):
        run(sqlite_house, [sqlite_house.request(2)], progress=crash_at(Step.SIGN, 0))
    assert gc.isenabled()


@pytest.mark.slow
def test_a_chunk_is_some_thousand_and_leaves_nothing_between(sqlite_house: House) -> None:
    """The one long test here: more than a chunk, one format, all rows in their places."""
    count = CHUNK_SIZE + 50
    report = run(sqlite_house, [sqlite_house.request(number) for number in range(count)], formats=("json",))
    assert len(report.new) == count
    with sqlite_house.db.read() as session:
        assert session.scalar(select(func.count()).select_from(RenderingRow)) == count
        assert session.scalar(select(func.count(func.distinct(StatusEntryRow.position)))) == count
    assert audit.verify(sqlite_house.db).whole
    whole(sqlite_house.db)


def test_who_looks_for_what_was_left_reads_nothing_else(house: House) -> None:
    with asked(house.db, "credentials") as questions:
        assert not resume(house.db, house.keyring, actor="sweep", now=NOW).finished
    assert questions
    assert not read_from_end_to_end(house.db, questions, "credentials", but="uq_credentials_successor")
