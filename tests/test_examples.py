"""The example data that every newcomer starts with: accepted whole, and telling every story that the demo shows."""

from __future__ import annotations

import csv
import unicodedata
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from defusedxml import ElementTree
from PIL import Image

from issuer import schema_version
from issuer.awards import AwardRequest
from issuer.awards_csv import read_awards_csv
from issuer.catalogue import count_credentials
from issuer.issuers import create_issuer
from issuer.program_definition import ProgramDefinition
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from issuer.signing_keys import create_initial_keys
from issuer.store import Database
from issuer.validity import last_day
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.demo.history import History, Material, generate
from tests.conftest import PROJECT
from tests.examples import example_program
from wallet_export.raster import svg_to_png
from wallet_export.svg_sanitizer import sanitize_svg

EXAMPLES = PROJECT / "examples"
PICTURES = [EXAMPLES / "logo.svg", *sorted((EXAMPLES / "badges").glob("*.svg"))]
WRITTEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("keys") / "ring", KeyEncryptionKey(b"k" * 32))


@pytest.fixture(scope="module")
def program() -> ProgramDefinition:
    return example_program()


@pytest.fixture
def requests(program: ProgramDefinition, tmp_path: Path) -> tuple[AwardRequest, ...]:
    db = Database(f"sqlite:///{tmp_path / 'examples.db'}")
    try:
        schema_version.upgrade(db)
        create_issuer(db, slug="it", name="It", base_url="http://localhost:8000", actor="test", now=WRITTEN)
        apply_program(db, issuer="it", definition=program, actor="test", now=WRITTEN)
        people = (EXAMPLES / "people.csv").read_bytes()
        return read_awards_csv(people, catalogue=load_catalogue(db, "it"), now=WRITTEN).require()
    finally:
        db.close()


def test_each_level_has_a_picture_skills_and_results_of_its_own(program: ProgramDefinition) -> None:
    assert [level.level for level in program.levels] == ["associate", "practitioner", "expert"]
    assert len({program.images[level.level][1] for level in program.levels}) == 3
    for level in program.levels:
        assert 2 <= len(level.skills) <= 4
        assert level.validity is not None
        assert level.results
    assert [level.level for level in program.levels if "suspension" in level.status] == ["expert"]


def test_every_award_is_accepted(requests: tuple[AwardRequest, ...]) -> None:
    assert len(requests) >= 24


def test_some_have_expired_some_soon_will_and_most_are_valid(
    program: ProgramDefinition, requests: tuple[AwardRequest, ...]
) -> None:
    validity = {level.level: level.validity for level in program.levels}
    today = WRITTEN.astimezone(ZoneInfo(program.time_zone)).date()
    days_left = []
    for request in requests:
        length = validity[request.level]
        assert length is not None
        days_left.append((last_day(request.awarded_on, length) - today).days)
    assert sum(days < 0 for days in days_left) >= 2
    assert sum(0 <= days <= 31 for days in days_left) >= 3
    assert sum(days > 31 for days in days_left) >= 15


def test_names_come_in_many_scripts_and_in_composed_form(requests: tuple[AwardRequest, ...]) -> None:
    scripts = {unicodedata.name(letter).split()[0] for request in requests for letter in request.name[:1]}
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "CJK", "HANGUL"} <= scripts
    assert any("KATAKANA" in unicodedata.name(letter, "") for request in requests for letter in request.name)
    assert all(unicodedata.is_normalized("NFC", request.name) for request in requests)


def test_nobody_is_certified_before_the_level_was_earned_in_order(requests: tuple[AwardRequest, ...]) -> None:
    levels: dict[str, list[tuple[date, str]]] = {}
    for request in requests:
        levels.setdefault(request.email, []).append((request.awarded_on, request.level))
    order = ["associate", "practitioner", "expert"]
    for earned in levels.values():
        ranks = [order.index(level) for _, level in sorted(earned)]
        assert ranks == sorted(ranks)


def test_the_file_opens_in_a_spreadsheet() -> None:
    rows = list(csv.reader((EXAMPLES / "people.csv").read_text(encoding="utf-8").splitlines()))
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_needs_no_font_and_survives_the_sanitizer(path: Path, tmp_path: Path) -> None:
    source = path.read_bytes()
    root = ElementTree.fromstring(source)
    assert not [element for element in root.iter() if element.tag.endswith(("}text", "}image", "}style"))]
    picture = tmp_path / "picture.png"
    picture.write_bytes(svg_to_png(sanitize_svg(source), 256))
    with Image.open(picture) as image:
        assert image.size == (256, 256)
        assert image.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0), "the corners are clear"
        assert len(image.convert("RGB").getcolors(maxcolors=65_536) or ()) > 50


def test_badges_of_one_program_differ_in_form_and_not_only_in_colour(tmp_path: Path) -> None:
    """Their silhouettes, black on clear, are different for somebody who sees no colours."""
    outlines: dict[str, list[bool]] = {}
    for path in PICTURES[1:]:
        picture = tmp_path / f"{path.stem}.png"
        picture.write_bytes(svg_to_png(path.read_bytes(), 64))
        with Image.open(picture) as image:
            outlines[path.stem] = [value > 127 for value in image.convert("RGBA").getchannel("A").tobytes()]
    for program in ("program", "information-security", "customer-support"):
        definition = read_program((EXAMPLES / f"{program}.yaml").read_bytes(), directory=EXAMPLES)
        names = [Path(level.image or "").stem for level in definition.levels]
        for one, two in combinations(names, 2):
            different = sum(a != b for a, b in zip(outlines[one], outlines[two], strict=True))
            assert different > 64 * 64 * 0.06


@pytest.mark.parametrize("as_of", ["2026-11-22", "2027-03-31", "2028-02-29"])
def test_the_company_is_made_the_same_way_twice_and_is_large_enough(as_of: str, tmp_path: Path) -> None:
    first, again = (generate(EXAMPLES, tmp_path / name, date.fromisoformat(as_of)) for name in ("one", "two"))
    assert first == again
    assert first.people == 400
    days = [date.fromisoformat(event["on"]) for event in first.events]
    assert days == sorted(days)
    assert max(days) <= date.fromisoformat(as_of) < min(days) + timedelta(days=731)
    assert {event["event"] for event in first.events} == {
        *("program", "award", "assessed", "renew", "credits", "revoke", "suspend", "reinstate", "rename", "mentor")
    }


@pytest.mark.slow
def test_a_history_is_played_and_leaves_nothing_half_done(tmp_path: Path, keyring: Keyring) -> None:
    """Some of its people; `make demo` plays all of it."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    db = Database(f"sqlite:///{tmp_path / 'company.db'}")
    schema_version.upgrade(db)
    base = now - timedelta(days=731)
    create_issuer(db, slug="it", name="It", base_url="http://localhost:8000", actor="test", now=base)
    create_initial_keys(db, keyring, issuer="it", actor="test", now=base, randomness=Random(3).randbytes)  # noqa: S311
    material = generate(EXAMPLES, tmp_path / "company", now.date())
    some = [event for event in material.events if len(event.get("person", "")) % 12 == 0 or event["event"] == "program"]
    history = History(db, keyring, "it", EXAMPLES, "test", now)
    history.play(Material(material.directory, tuple(some)), lambda _done, _total: None)
    assert history.done["renew"] > 20
    assert history.done["award"] > 20
    assert history.done["assessed"] > 1
    assert history.refused.total() < len(some) / 10
    counts = count_credentials(db, now=now)
    assert counts.issued >= history.done["renew"] + history.done["award"]
    assert (counts.preparing, counts.void) == (0, 0)
    assert counts.expired > counts.valid / 2
    db.close()
