"""What a program says beside its levels: who stands behind it, when to remind and to write, and whom it concerns."""

from __future__ import annotations

from datetime import date

import pytest

from issuer import audit
from issuer.errors import ProgramRefused
from issuer.people.assignments import list_assignments
from issuer.program_file import read_program
from issuer.program_settings import MailHours, ProgramSettings, settings_of
from issuer.programs import ProgramApplied, apply_program, load_catalogue
from issuer.recertification.facts import Pacing
from issuer.store import Database
from issuer.tables import ProgramRow
from tests.issuer.conftest import NOW, PROGRAM, House

SAID = b"""
owner: grace@example.org
reminders: [7 days, 2 weeks, 90 days]
escalation: {owner_after: 21 days}
mail_hours: {from: 7, to: 20, weekdays_only: false}
thank_mentors: false
committee:
  members: [{name: Signe Dahl, function: Head of platform}]
  decisions:
    - {on: 2026-01-10, decision: "Signe Dahl raised the passing mark.", url: "https://example.org/minutes"}
assign:
  - {level: associate, to: everyone, required: within 90 days of joining}
  - {level: expert, to: everyone, suggested: true}
"""


def apply(db: Database, data: bytes) -> ProgramApplied:
    return apply_program(db, issuer=None, definition=read_program(data), actor="test", now=NOW)


@pytest.fixture
def house_url(house_url_of_sqlite: str) -> str:
    """What is tested here is no matter of the database."""
    return house_url_of_sqlite


def test_a_program_that_says_nothing_has_the_defaults(house: House) -> None:
    program = load_catalogue(house.db).programs["cloud"]
    assert (program.owner, program.settings) == (None, ProgramSettings())
    assert program.settings.pacing == Pacing((90, 60, 30, 7), 1, 14)
    assert program.settings.mail_hours == MailHours.model_validate({"from": 8, "to": 18, "weekdays_only": True})
    assert ProgramSettings().as_json() == {}


def test_settings_change_no_version_and_are_read_back(house: House) -> None:
    done = apply(house.db, PROGRAM + SAID)
    assert {one.version for one in done.levels} == {"1"}
    assert set(done.settings) == {
        "reminders", "escalation", "mail_hours", "committee", "thank_mentors", "owner_address"
    }  # fmt: skip
    program = load_catalogue(house.db).programs["cloud"]
    assert program.owner == "grace@example.org"
    assert program.settings.pacing == Pacing((90, 14, 7), 1, 21)
    hours = program.settings.mail_hours
    assert (hours.from_hour, hours.to_hour, hours.weekdays_only) == (7, 20, False)
    assert not program.settings.thank_mentors
    assert program.committee.members[0].function == "Head of platform"
    assert program.committee.decisions[0].on == date(2026, 1, 10)
    with house.db.read() as session:
        assert settings_of(session.query(ProgramRow).one()) == program.settings
    assert [(one.level, str(one.due or "suggested")) for one in list_assignments(house.db)] == [
        ("associate", "within 90 days of joining"),
        ("expert", "suggested"),
    ]
    before = audit.head(house.db)
    assert apply(house.db, PROGRAM + SAID).changes_nothing
    assert audit.head(house.db) == before, "what changes nothing leaves no trace"


def test_decisions_of_the_committee_are_recorded_without_names(house: House) -> None:
    apply(house.db, PROGRAM + SAID)
    decided = [one for one in audit.events(house.db) if one.action == "committee decided"]
    assert [(one.subject, one.details["on"]) for one in decided] == [("program:acme/cloud", "2026-01-10")]
    digest = load_catalogue(house.db).programs["cloud"].committee.decisions[0].digest
    assert decided[0].details == {"on": "2026-01-10", "sha256": digest}
    more = SAID.replace(b"assign:", b"    - {on: 2026-02-01, decision: Kept it.}\nassign:")
    apply(house.db, PROGRAM + more)
    decided = [one for one in audit.events(house.db) if one.action == "committee decided"]
    assert [one.details["on"] for one in decided] == ["2026-01-10", "2026-02-01"]
    apply(house.db, PROGRAM + SAID)
    assert audit.events(house.db)[-1].action == "committee decision taken back"
    assert not any("Signe" in str(one.details) for one in audit.events(house.db))
    assert audit.verify(house.db).whole


def test_an_assignment_to_nobody_is_refused_with_its_line_and_nothing_is_kept(house: House) -> None:
    before = audit.head(house.db)
    program = PROGRAM.replace(b"24 months", b"36 months") + SAID
    wrong = program.replace(b"level: associate, to: everyone", b"level: associate, to: {team: atlantis}")
    with pytest.raises(ProgramRefused) as caught:
        apply(house.db, wrong.replace(b"level: expert, to", b"level: master, to"))
    line = wrong.split(b"\n").index(b"assign:") + 2
    first, second = (str(fault) for fault in caught.value.faults)
    assert first.startswith(f"line {line}, assign[0].to: this is assigned to nobody")
    assert second.startswith(f"line {line + 1}, assign[1].level: this program has no level 'master'")
    assert load_catalogue(house.db).level("cloud", "associate").version == "1"
    assert audit.head(house.db) == before


def test_levels_in_another_order_are_a_change(house: House) -> None:
    head, first, second = PROGRAM.partition(b"  - level: associate")[0], *PROGRAM.split(b"  - level: ")[1:]
    turned = head + b"  - level: " + second + b"  - level: " + first
    done = apply(house.db, turned)
    assert done.settings == ("order",)
    assert [level.level for level in load_catalogue(house.db).programs["cloud"].levels] == ["expert", "associate"]
