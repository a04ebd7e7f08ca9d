"""Drafts of programs on both databases: kept whatever is wrong, changed by one at a time, published in one piece."""

from __future__ import annotations

from uuid import UUID

import pytest

from issuer import audit
from issuer.errors import ProgramRefused, UnknownProgram
from issuer.program_drafts import (
    Draft,
    DraftChanged,
    DraftExists,
    begin_draft,
    discard_draft,
    edit_program,
    find_draft,
    keep_image,
    new_program,
    overtaken,
    publish_draft,
    save_draft,
)
from issuer.program_drafts_preview import preview_program
from issuer.program_drafts_shelf import shelf, shelved
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from issuer.published_program import show_program
from tests.conftest import PROJECT
from tests.issuer.conftest import NOW, PROGRAM, House

SMALL = new_program(name="First Aid", program="first-aid", level="First Aider", criteria="Took the course.")
BADGE = (PROJECT / "examples" / "badges" / "expert.svg").read_bytes()


def begin(house: House, text: str = SMALL, **images: bytes) -> Draft:
    return begin_draft(
        house.db, issuer=None, text=text, images=images, actor="ada", now=NOW, randomness=house.randomness
    )


def edit(house: House, program: str = "cloud") -> Draft:
    return edit_program(house.db, program, issuer=None, actor="ada", now=NOW, randomness=house.randomness)


def save(house: House, draft: Draft, text: str) -> Draft:
    return save_draft(house.db, draft, issuer=None, text=text, actor="ada", now=NOW)


def test_a_draft_is_begun_changed_and_published_in_one_piece(house: House) -> None:
    draft = begin(house)
    assert draft.definition().name == "First Aid"
    with pytest.raises(DraftExists) as there:
        begin(house)
    assert there.value.draft_id == draft.id
    wrong = save(house, draft, SMALL + "nonsense: yes\n")
    with pytest.raises(ProgramRefused, match="no field of this name"):
        publish_draft(house.db, wrong, issuer=None, actor="ada", now=NOW)
    assert find_draft(house.db, draft.id, issuer=None).text == wrong.text
    right, name = keep_image(house.db, save(house, wrong, SMALL), issuer=None, stem="first-aider", image=BADGE)
    right = save(house, right, SMALL + f"    image: {name}\n")
    done = publish_draft(house.db, right, issuer=None, actor="ada", now=NOW)
    assert [str(one.outcome) for one in done.levels] == ["new"]
    assert list(show_program(house.db, "first-aid").images) == ["first-aider.svg"]
    with pytest.raises(UnknownProgram, match="published or discarded"):
        find_draft(house.db, draft.id, issuer=None)
    events = audit.events(house.db, subject=f"program:{house.issuer.slug}/first-aid")
    assert [event.action for event in events] == ["program draft begun", "program applied", "program draft published"]
    assert {event.details["draft"] for event in events if "draft" in event.details} == {str(draft.id)}
    assert audit.verify(house.db).whole


def test_of_two_who_change_it_at_once_the_second_is_told(house: House) -> None:
    draft = edit(house)
    assert edit(house).id == draft.id
    first = save(house, draft, draft.text.replace("Cloud Engineering", "Clouds"))
    assert first.revision == 2
    for late in (
        lambda: save(house, draft, draft.text + "# mine\n"),
        lambda: discard_draft(house.db, draft, issuer=None, actor="ada", now=NOW),
        lambda: publish_draft(house.db, draft, issuer=None, actor="ada", now=NOW),
    ):
        with pytest.raises(DraftChanged):
            late()
    assert find_draft(house.db, draft.id, issuer=None).text == first.text
    assert load_catalogue(house.db).programs["cloud"].name == "Cloud Engineering"
    discard_draft(house.db, first, issuer=None, actor="ada", now=NOW)
    assert load_catalogue(house.db).programs["cloud"].name == "Cloud Engineering"


def test_a_draft_of_what_is_published_changes_nothing(house: House) -> None:
    draft = edit(house)
    assert not overtaken(house.db, draft, issuer=None)
    assert publish_draft(house.db, draft, issuer=None, actor="ada", now=NOW).changes_nothing
    draft = edit(house)
    other = read_program(PROGRAM.replace(b"24 months", b"30 months"))
    apply_program(house.db, issuer=None, definition=other, actor="ben", now=NOW)
    assert overtaken(house.db, draft, issuer=None)


def test_short_names_are_kept_and_taken_once(house: House) -> None:
    draft, other = edit(house), begin(house)
    with pytest.raises(ProgramRefused, match="a program keeps its short name"):
        save(house, draft, draft.text.replace("program: cloud", "program: sky"))
    with pytest.raises(ProgramRefused, match="there is a program cloud already"):
        save(house, other, SMALL.replace("first-aid", "cloud", 1))
    assert save(house, other, SMALL.replace("first-aid", "helping", 1)).program == "helping"
    with pytest.raises(ProgramRefused, match="names no program"):
        begin(house, "name: Nothing\n")
    with pytest.raises(ProgramRefused, match="no short name"):
        begin(house, "program: No Name\n")
    with pytest.raises(ProgramRefused, match=r"x\.png"):
        begin(house, SMALL.replace("first-aid", "third"), **{"x.png": b"nothing"})


def test_all_programs_stand_on_the_shelf(house: House) -> None:
    draft = begin(house)
    found = {one.slug: one for one in shelf(house.db, issuer=None, now=NOW)}
    assert list(found) == ["cloud", "first-aid"]
    assert found["cloud"].in_use
    assert [level.newest.version for level in found["cloud"].levels] == ["1", "1"]
    assert found["first-aid"].draft is not None
    assert found["first-aid"].draft.id == draft.id
    apply_program(house.db, issuer=None, definition=read_program(PROGRAM.split(b"  - level: expert")[0].replace(
        b"24 months", b"30 months")), actor="ben", now=NOW)  # fmt: skip
    cloud = shelved(house.db, "cloud", issuer=None, now=NOW)
    assert cloud is not None
    assert [(level.level, level.in_use, len(level.versions)) for level in cloud.levels] == [
        ("associate", True, 2),
        ("expert", False, 1),
    ]
    assert shelved(house.db, "nothing", issuer=None, now=NOW) is None


def test_a_preview_leaves_nothing_behind(house: House) -> None:
    definition = read_program(PROGRAM.replace(b"24 months", b"30 months"))
    before = audit.head(house.db)
    previews = preview_program(house.db, issuer=None, definition=definition, actor="ada", now=NOW)
    assert [one.achievement.version for one in previews] == ["2", "1"]
    subject = previews[1].document["credentialSubject"]
    assert [one["value"] for one in subject["result"] if "value" in one] == ["70"]
    assert "proof" not in previews[0].document
    assert audit.head(house.db) == before
    assert load_catalogue(house.db).level("cloud", "associate").version == "1"


def test_unknown_drafts_are_unknown(house: House) -> None:
    with pytest.raises(UnknownProgram):
        find_draft(house.db, UUID(int=1), issuer=None)
    with pytest.raises(UnknownProgram):
        edit(house, "nothing")
