"""What a level's rules say to an award that nobody proposed: not passed is not earned, and the past is the past."""

from __future__ import annotations

from datetime import date

import pytest

from credentials.problems import Unacceptable
from issuer.documents import issue_document
from issuer.errors import AwardsRefused
from issuer.issue import issue
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from tests.issuer.conftest import NOW, House

STRICT = b"""
program: strict
name: Strict
time_zone: Europe/Berlin
levels:
  - level: marked
    name: Marked
    criteria: Passed.
    validity: 12 months
    results:
      - {id: exam, name: Exam, type: Percent, passing: 70}
      - {id: skill, name: Skill, levels: [{id: low, name: Low}, {id: high, name: High}], passing: high}
  - level: renewed
    name: Renewed
    criteria: Renewed.
    validity: 12 months
    recertification: {window: 90 days, grace: 30 days}
  - level: judged
    name: Judged
    criteria: Judged.
    assessment: {assessors: 2}
    results:
      - {id: exam, name: Exam, type: Percent, passing: 70}
"""


@pytest.fixture
def strict(house: House) -> House:
    apply_program(house.db, issuer="acme", definition=read_program(STRICT), actor="test", now=NOW)
    return house


def award(house: House, source: str = "csv", level: str = "marked", **changes: object) -> int:
    request = house.request(1, level, program="strict", **changes)
    report = issue(
        house.db,
        house.keyring,
        issuer="acme",
        requests=[request],
        actor="test",
        now=NOW,
        randomness=house.randomness,
        source=source,
    )
    return len(report.new)


@pytest.mark.parametrize(
    ("results", "says"),
    [
        ((("exam", "69"),), r"result:exam: 69 does not pass: “Exam” takes 70 or better"),
        ((("skill", "low"),), r"result:skill: low does not pass: “Skill” takes high or better"),
    ],
)
def test_a_result_that_was_not_passed_earns_nothing(
    strict: House, results: tuple[tuple[str, str], ...], says: str
) -> None:
    with pytest.raises(AwardsRefused, match=says):
        award(strict, results=results)
    assert award(strict, results=(("exam", "70"), ("skill", "high"))) == 1


def test_what_is_held_is_renewed_and_not_awarded_beside(strict: House) -> None:
    first, again = date(2025, 12, 20), date(2026, 11, 20)
    assert award(strict, level="renewed", awarded_on=first) == 1
    with pytest.raises(AwardsRefused, match=r"the level renewed is held, and this would renew it.*guildmark renew"):
        award(strict, level="renewed", awarded_on=again)
    with pytest.raises(AwardsRefused, match="renewing takes a later completion"):
        award(strict, level="renewed", awarded_on=date(2025, 12, 1))
    assert award(strict, level="renewed", awarded_on=first) == 0, "the same list again is not another award"


def test_only_what_is_older_than_the_level_here_counts_as_past(strict: House) -> None:
    with pytest.raises(AwardsRefused, match=r"has been awarded here since 22 November 2026.*by the level's own rules"):
        award(strict, "history", level="judged", awarded_on=NOW.date())
    assert award(strict, "history", level="judged", awarded_on=date(2026, 11, 21)) == 1


def test_a_document_cannot_name_a_level_that_is_earned_by_its_own_rules(strict: House) -> None:
    catalogue = load_catalogue(strict.db, "acme")

    def sign(level: str) -> object:
        return issue_document(
            strict.db,
            strict.keyring,
            issuer="acme",
            document={
                "@context": [
                    "https://www.w3.org/ns/credentials/v2",
                    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
                ],
                "type": ["VerifiableCredential", "OpenBadgeCredential"],
                "name": "Mine",
                "credentialSubject": {
                    "type": ["AchievementSubject"],
                    "id": "did:web:mallory.example",
                    "achievement": dict(catalogue.level("strict", level).content),
                },
            },
            actor="api:x",
            now=NOW,
            randomness=strict.randomness,
        )

    with pytest.raises(Unacceptable, match=r"The level 'Judged' demands an assessment.*propose the award"):
        sign("judged")
    assert sign("marked")
