"""What applying would change is said before, to the letter and with whom it touches, and saying it changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from issuer import audit
from issuer.errors import ProgramRefused
from issuer.issue import issue
from issuer.program_diff import Change, ProgramDiff, diff_program
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from issuer.publish_level import Outcome
from issuer.status import revoke
from issuer.tables import AwardRow, CredentialRow, LevelRow, ProposalRow
from tests.issuer.conftest import NOW, PROGRAM, House

LATER = NOW + timedelta(days=1)


def diff(house: House, data: bytes, directory: Path | None = None) -> ProgramDiff:
    definition = read_program(data, directory=directory)
    return diff_program(house.db, issuer=None, definition=definition, actor="test", now=LATER)


def apply(house: House, data: bytes, directory: Path | None = None) -> None:
    definition = read_program(data, directory=directory)
    apply_program(house.db, issuer=None, definition=definition, actor="test", now=LATER)


def held_by(house: House, *numbers: int) -> None:
    """The associate level, issued to so many."""
    issue(
        house.db,
        house.keyring,
        issuer=None,
        requests=[house.request(number) for number in numbers],
        source="history",
        actor="test",
        now=NOW,
        randomness=house.randomness,
    )


def proposed(house: House, level: str) -> None:
    """Someone who holds an award is on the way to a level."""
    with house.db.write() as session:
        award = session.scalars(select(AwardRow).limit(1)).one()
        row = session.scalars(select(LevelRow).where(LevelRow.slug == level)).one()
        session.add(
            ProposalRow(
                id=uuid4(),
                issuer_id=award.issuer_id,
                person_id=award.person_id,
                level_id=row.id,
                achievement_id=award.achievement_id,
                state="in assessment",
                round=1,
                source="assessor",
                proposed_by="test",
                proposed_at=NOW,
                completed_on=date(2026, 11, 20),
                evidence=[],
                results={},
                idempotency_key="once",
                request_digest="x",
            )
        )


@pytest.fixture
def house_url(house_url_of_sqlite: str) -> str:
    """What is tested here is no matter of the database."""
    return house_url_of_sqlite


def test_a_file_that_is_published_already_would_change_nothing(house: House) -> None:
    found = diff(house, PROGRAM)
    assert found.nothing
    assert not found.is_new
    assert (found.changes, found.assigned, found.ended) == ((), (), ())
    assert {(one.outcome, one.changes, one.effects) for one in found.levels} == {(Outcome.UNCHANGED, (), ())}


def test_what_would_change_is_named_field_by_field_and_nothing_is_kept(house: House) -> None:
    changed = PROGRAM.replace(b"24 months", b"36 months\n    recertification: {window: 60 days}").replace(
        b"passing: 70", b"passing: 75"
    )
    changed = changed.replace(b"name: Cloud Engineering", b"name: Cloud\nowner: grace@example.org").replace(
        b"levels:", b"assign:\n  - {level: expert, to: everyone, required: within 90 days of joining}\nlevels:", 1
    )
    before, catalogue = audit.head(house.db), load_catalogue(house.db)
    found = diff(house, changed)
    assert not found.nothing
    assert set(found.changes) == {
        Change("name", "Cloud Engineering", "Cloud"),
        Change("owner", None, "grace@example.org"),
    }
    associate, expert = found.levels
    assert (associate.outcome, associate.old_version, associate.new_version) == (Outcome.CHANGED, "1", "2")
    assert set(associate.changes) == {
        Change("validity", "24 months", "36 months"),
        Change("recertification.window", None, "60 days"),
    }
    assert expert.changes == (Change("results.exam.passing", "70", "75"),)
    assert found.assigned == ("expert required of everyone, within 90 days of joining",)
    assert (audit.head(house.db), load_catalogue(house.db)) == (before, catalogue), "nothing was kept"

    apply(house, changed)
    assert [one.version for one in load_catalogue(house.db).programs["cloud"].levels] == ["2", "2"]
    assert diff(house, changed).nothing
    back = diff(house, PROGRAM)
    assert back.ended == found.assigned
    assert Change("owner", "grace@example.org", None) in back.changes


def test_levels_added_and_taken_out_are_named(house: House) -> None:
    only_new = PROGRAM.split(b"  - level: associate")[0] + b"  - {level: master, name: Master, criteria: All of it.}\n"
    found = diff(house, only_new)
    assert [(one.level, one.name, one.outcome, one.old_version) for one in found.levels] == [
        ("master", "Master", Outcome.NEW, None),
        ("associate", "Cloud Associate", Outcome.WITHDRAWN, "1"),
        ("expert", "Cloud Expert", Outcome.WITHDRAWN, "1"),
    ]
    apply(house, only_new)
    assert [one.outcome for one in diff(house, PROGRAM).levels] == [
        Outcome.RESTORED,
        Outcome.RESTORED,
        Outcome.WITHDRAWN,
    ]


def test_it_is_said_whom_a_new_version_touches_and_how(house: House) -> None:
    held_by(house, 1, 2, 3)
    proposed(house, "associate")
    mapped = PROGRAM.replace(b"24 months", b"36 months")
    level = diff(house, mapped).levels[0]
    assert (level.holders, level.running) == (3, 1)
    assert level.effects == (
        "1 person is on the way to it; from now on version 2 holds for them",
        "3 people hold it, and what they hold stays as it is; from now on they renew under version 2",
    )
    until = PROGRAM.replace(b"24 months", b"36 months\n    midway: {finish_until: 2027-03-31}")
    assert diff(house, until).levels[0].effects == (
        "1 person is on the way to it, and may finish under version 1 through 31 March 2027; "
        "after that version 2 holds for them",
        "3 people hold it, and what they hold stays as it is; from 1 April 2027 on they renew under version 2",
    )
    withdrawn = (
        PROGRAM.split(b"  - level: associate")[0] + b"  - level: expert" + PROGRAM.split(b"  - level: expert")[1]
    )
    assert diff(house, withdrawn).levels[1].effects == (
        "1 person is on the way to it, and it can no longer be awarded",
        "3 people hold it; what they hold stays as it is",
    )
    assert diff(house, mapped).levels[1].effects == (), "what does not change touches nobody"


def test_who_was_revoked_or_whose_credential_expired_holds_nothing(house: House) -> None:
    held_by(house, 1, 2)
    with house.db.read() as session:
        revoked = session.scalars(select(CredentialRow.id)).first()
    assert revoked is not None
    revoke(
        house.db,
        house.keyring,
        credential_id=revoked,
        reason="Not earned.",
        actor="test",
        now=NOW,
    )
    definition = read_program(PROGRAM.replace(b"24 months", b"36 months"))
    assert diff(house, PROGRAM.replace(b"24 months", b"36 months")).levels[0].holders == 1
    years_later = NOW + timedelta(days=800)
    much_later = diff_program(house.db, issuer=None, definition=definition, actor="test", now=years_later)
    assert much_later.levels[0].holders == 0


def test_another_picture_is_a_change_and_so_is_another_time_zone(house: House, tmp_path: Path) -> None:
    picture = tmp_path / "badge.svg"
    with_picture = PROGRAM.replace(b"24 months", b"24 months\n    image: badge.svg")
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="5"/></svg>')
    (change,) = diff(house, with_picture, tmp_path).levels[0].changes
    assert (change.field, change.old) == ("image", None)
    apply(house, with_picture, tmp_path)
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>')
    (change,) = diff(house, with_picture, tmp_path).levels[0].changes
    assert change.old != change.new
    zone = diff(house, PROGRAM.replace(b"Europe/Berlin", b"Europe/Paris"))
    assert Change("time_zone", "Europe/Berlin", "Europe/Paris") in zone.changes
    assert zone.levels[1].changes == (Change("time_zone", "Europe/Berlin", "Europe/Paris"),)


def test_a_file_that_would_be_refused_is_refused_before_too(house: House) -> None:
    with pytest.raises(ProgramRefused, match="there is no level p/two in use"):
        diff(house, PROGRAM + b"    prerequisites: [{program: p, level: two}]\n")
