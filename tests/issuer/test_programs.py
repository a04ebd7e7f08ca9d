"""Programs as their authors write them: five lines suffice, every fault has its line, versions never change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from credentials.model.conformance import check
from issuer.achievement_content import achievement_content
from issuer.errors import ProgramRefused
from issuer.issuers import create_issuer
from issuer.program_file import read_program
from issuer.programs import ProgramApplied, apply_program, load_catalogue
from issuer.publish_level import Outcome
from issuer.published import document
from issuer.store import Database
from issuer.validity import Validity
from tests.issuer.conftest import NOW, PROGRAM, House

FIVE_LINES = b"""program: first-aid
name: First aid at work
levels:
  - name: First aider
    criteria: Passed the two-day course and its practical test.
"""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><script>alert(1)</script><circle r="5"/></svg>'


def apply(db: Database, data: bytes, directory: Path | None = None) -> ProgramApplied:
    return apply_program(db, issuer=None, definition=read_program(data, directory=directory), actor="test", now=NOW)


def faults(data: bytes, directory: Path | None = None) -> list[str]:
    with pytest.raises(ProgramRefused) as caught:
        read_program(data, directory=directory)
    return [str(fault) for fault in caught.value.faults]


def published(db: Database, url: str) -> dict[str, object]:
    found = document(db, url)
    assert found is not None
    return {name: value for name, value in json.loads(found.body).items() if name != "@context"}


@pytest.fixture
def acme(database: Database) -> Database:
    create_issuer(database, slug="acme", name="Acme", base_url="https://badges.example.org", actor="test", now=NOW)
    return database


def test_five_lines_are_a_program(acme: Database) -> None:
    assert [(one.level, one.version, one.outcome) for one in apply(acme, FIVE_LINES).levels] == [
        ("first-aider", "1", Outcome.NEW)
    ]
    level = load_catalogue(acme).find("first-aid", "first-aider")
    assert level is not None
    assert level.validity is None
    assert level.status_purposes == ("revocation",)
    assert level.content["description"] == "Passed the two-day course and its practical test."
    assert level.content["id"] == f"https://badges.example.org/achievements/{level.public_id}"


def test_everything_that_a_level_can_say_is_read(house: House) -> None:
    level = load_catalogue(house.db).find("cloud", "expert")
    assert level is not None
    assert level.validity == Validity(months=12)
    assert level.status_purposes == ("revocation", "suspension")
    assert level.content["criteria"] == {
        "id": "https://example.org/expert",
        "narrative": "Designed and defended a platform.",
    }
    assert level.content["alignment"][0]["targetCode"] == "CPMG"
    exam, defence = level.content["resultDescription"]
    assert (exam["valueMin"], exam["valueMax"], exam["requiredValue"]) == ("0", "100", "70")
    assert [step["name"] for step in defence["rubricCriterionLevel"]] == ["Passed", "With distinction"]


def test_versions_stay_text_and_words_stay_words() -> None:
    program = read_program(FIVE_LINES.replace(b"name: First aider", b"name: No\n    version: 1.10\n    level: 'on'"))
    assert (program.levels[0].name, program.levels[0].version, program.levels[0].level) == ("No", "1.10", "on")


def test_the_same_file_again_changes_nothing(house: House) -> None:
    before = load_catalogue(house.db)
    again = apply(house.db, PROGRAM)
    assert {one.outcome for one in again.levels} == {Outcome.UNCHANGED}
    assert load_catalogue(house.db) == before


def test_changed_content_is_a_new_version_at_the_same_address(house: House) -> None:
    before = load_catalogue(house.db).find("cloud", "associate")
    changed = apply(house.db, PROGRAM.replace(b"24 months", b"36 months"))
    assert [(one.version, one.outcome) for one in changed.levels] == [("2", Outcome.CHANGED), ("1", Outcome.UNCHANGED)]
    after = load_catalogue(house.db).find("cloud", "associate")
    assert before is not None
    assert after is not None
    assert (after.public_id, after.content["id"]) == (before.public_id, before.content["id"])
    assert (after.version, after.validity) == ("2", Validity(months=36))
    assert published(house.db, f"{before.content['id']}/1") == before.content, "what was published stays as it was"


def test_a_published_version_cannot_be_given_other_content(acme: Database) -> None:
    versioned = FIVE_LINES + b"    version: 2026.1\n"
    assert apply(acme, versioned).levels[0].version == "2026.1"
    assert apply(acme, versioned).levels[0].outcome is Outcome.UNCHANGED
    with pytest.raises(ProgramRefused, match=r"2026\.1 of first-aider is published already.*raise the version"):
        apply(acme, versioned.replace(b"two-day", b"one-day"))
    level = load_catalogue(acme).find("first-aid", "first-aider")
    assert level is not None
    assert "two-day" in level.content["description"]
    assert (
        apply(acme, versioned.replace(b"two-day", b"one-day").replace(b"2026.1", b"2027.1")).levels[0].version
        == "2027.1"
    )


def test_a_level_taken_out_can_no_longer_be_awarded_but_stays_published(house: House) -> None:
    gone = load_catalogue(house.db).find("cloud", "expert")
    assert gone is not None
    done = apply(house.db, PROGRAM.split(b"  - level: expert")[0])
    assert [(one.level, one.outcome) for one in done.levels][-1] == ("expert", Outcome.WITHDRAWN)
    assert load_catalogue(house.db).find("cloud", "expert") is None
    assert published(house.db, gone.content["id"]) == gone.content


def test_images_are_read_beside_the_file_and_made_safe(acme: Database, tmp_path: Path) -> None:
    (tmp_path / "badge.svg").write_bytes(SVG)
    apply(acme, FIVE_LINES + b"    image: badge.svg\n", tmp_path)
    level = load_catalogue(acme).find("first-aid", "first-aider")
    assert level is not None
    assert level.content["image"]["id"] == f"{level.content['id']}/1/image"
    image = document(acme, level.content["image"]["id"])
    assert image is not None
    assert image.media_type == "image/svg+xml"
    assert b"script" not in image.body
    assert b"circle" in image.body
    (tmp_path / "badge.svg").write_bytes(SVG.replace(b"5", b"4"))
    assert apply(acme, FIVE_LINES + b"    image: badge.svg\n", tmp_path).levels[0].outcome is Outcome.CHANGED


def test_images_that_cannot_be_used_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 jpeg")
    with_image = FIVE_LINES + b"    image: %s\n"
    assert "line 6, levels[0].image: photo.jpg cannot be used" in faults(with_image % b"photo.jpg", tmp_path)[0]
    assert "missing.png cannot be read" in faults(with_image % b"missing.png", tmp_path)[0]
    assert "outside the file's folder" in faults(with_image % b"../../etc/passwd", tmp_path)[0]
    assert "outside the file's folder" in faults(with_image % b"/etc/passwd", tmp_path)[0]
    assert "cannot name image files" in faults(with_image % b"photo.jpg")[0]


def test_every_fault_is_listed_at_once_with_line_path_and_what_would_be_right() -> None:
    found = faults(b"""program: Cloud Eng
name: Cloud
time_zone: Europe/Atlantis
levels:
  - name: One
    criteria: {url: nowhere}
    validity: a while
    achievment_type: Badge
    status: [suspension, deletion]
    skills:
      - {name: Planning, url: "https://example.org/1", type: skill}
    results:
      - {id: exam, name: Exam, type: Percent, min: 90, max: 10}
      - {id: essay, name: Essay, levels: [{id: good, name: Good}], passing: best}
  - level: two
    criteria: x
""")
    text = "\n".join(found)
    for expected in (
        "line 1, program: 'Cloud Eng' is no short name; use lower-case letters",
        "line 3, time_zone: 'Europe/Atlantis' is no time zone; write it like Europe/Berlin",
        "line 6, levels[0].criteria.url: 'nowhere' is no web address",
        "line 7, levels[0].validity: 'a while' is no length of time; write it as 24 months",
        "line 8, levels[0].achievment_type: there is no field of this name here; did you mean achievement_type?",
        "levels[0].status[1]: 'deletion' is not known here; "
        "use one of: 'revocation', 'suspension', 'refresh', 'message'",
        "line 11, levels[0].skills[0].type: 'skill' is no type of skill; known are: ceasn:Competency",
        "line 13, levels[0].results[0]: min 90 is above max 10",
        "line 14, levels[0].results[1]: passing: 'best' is not among its values",
        "levels[1].name: this field is missing; add name: with its value",
    ):
        assert expected in text, text
    assert len(found) == 10


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file is empty"),
        (b"program: [", "this is not YAML"),
        (b"- a\n- b\n", "this is no program"),
        (b"just words", "this is no program"),
        (b"\xff\xfe", "not UTF-8"),
        (FIVE_LINES + FIVE_LINES, "stands here twice"),
        (b"program: a\nname: b\nlevels: []\n", "this list is empty"),
        (b"program: a\nname: b\nlevels: x\n", "this must be a list"),
        (b"program: a\nname: b\nlevels: [x]\n", "this must be fields with values"),
        (b"program: a\nname: b\nlevels: [{name: x, criteria: y}, {name: X, criteria: z}]\n", "two levels are called x"),
        (FIVE_LINES.replace(b"First aider", "Sanitäterin 日本".encode()), "levels[0].level"),
        (FIVE_LINES.replace(b"First aider", "日本".encode()), "levels[0].level: this field is missing"),
        (FIVE_LINES.replace(b"First aider", b'"a\\u0007b"'), "U+0007 cannot stand in a credential"),
        (FIVE_LINES + b"    status: [suspension]\n", "every credential can be revoked"),
        (FIVE_LINES + b"    version: 1/2\n", "is no version"),
        (FIVE_LINES + b"    results: [{id: a, name: A, required: perhaps}]\n", "this must be true or false"),
        (b"a: &a [*a]\nprogram: x\n", "too deeply nested"),
        (b"a: !!python/object:os.system x\n", "there is no field"),
        (b"images: {x: y}\n" + FIVE_LINES, "there is no field of this name here"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(data: bytes, sentence: str) -> None:
    if sentence == "levels[0].level":
        assert read_program(data).levels[0].level == "sanit-terin"
        return
    assert sentence in "\n".join(faults(data))


def test_a_billion_laughs_are_not_funny() -> None:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)]
    assert "too large" in "\n".join(faults(b"\n".join(lines)))


def test_an_achievement_conforms_to_open_badges(house: House) -> None:
    """Held against the data model inside a credential: what a level says must be signable."""
    definition = read_program(PROGRAM)
    for level in definition.levels:
        row = load_catalogue(house.db).find("cloud", level.level)
        assert row is not None
        content = achievement_content(level, "https://example.org", row.public_id, has_image=True, version="7")
        credential = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": "https://example.org/c",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": "x",
            "issuer": {"id": "did:web:example.org", "type": ["Profile"]},
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {
                "id": "urn:uuid:" + str(row.public_id),
                "type": ["AchievementSubject"],
                "achievement": content,
            },
        }
        assert check(credential) == ()
