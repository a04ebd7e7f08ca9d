"""An admin edits programs: from nothing, by forms and as text, sees what it will be, and publishes it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from issuer.program_drafts import Draft, find_draft, save_draft
from issuer.program_drafts_shelf import shelf
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from tests.conftest import PROJECT
from tests.portal.admin.conftest import Desk
from tests.portal.admin.test_bounds import counted

NEW = {"name": "First Aid at Work", "level": "First Aider", "criteria": "Took the course.", "validity": "24 months"}
SQUARE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>x</script><rect width="9" height="9"/></svg>'
)
ADMIN = "/admin/programs"
DRAFTS = "/admin/program-drafts"
NEW_PROGRAM = "/admin/new-program"
IMPORT = "/admin/import-program"


def path_in(location: str) -> str:
    return location.removeprefix("https://badges.brightmoor.example")


def drafts(desk: Desk) -> list[Draft]:
    return [one.draft for one in shelf(desk.db, issuer=None, now=desk.clock()) if one.draft]


def the_draft(desk: Desk) -> Draft:
    (one,) = drafts(desk)
    return find_draft(desk.db, one.id, issuer=None)


def begun(desk: Desk, **fields: str) -> str:
    """The address of a new draft."""
    desk.look(NEW_PROGRAM)
    return path_in(desk.send(NEW_PROGRAM, **{**NEW, **fields})).partition("?")[0]


def editing(desk: Desk, program: str = "cloud-engineering") -> str:
    """The address of the draft of a published program."""
    desk.look(f"{ADMIN}/{program}")
    return path_in(desk.send(f"{ADMIN}/{program}/edit"))


def fields_of(page: str) -> dict[str, Any]:
    """The fields of the page's form, as a browser sends them."""
    form = page[page.index('<form class="form') :]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = {name: unescape(value) for name, value in re.findall(r'([a-z]+)="([^"]*)"', tag)}
        kind = attributes.get("type", "text")
        if "name" in attributes and (kind not in {"checkbox", "radio", "file"} or " checked" in tag):
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found.setdefault(name, []).append(unescape(value))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        found.setdefault(name, []).append(unescape(chosen[1]) if chosen else "")
    found.pop("csrf_token", None)
    return found


def form_at(desk: Desk, path: str) -> dict[str, Any]:
    answer = desk.browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return fields_of(answer.text)


def publish(desk: Desk, draft: str, status: int = 303, **fields: str) -> str:
    sent = form_at(desk, draft + "/changes")
    assert set(sent) >= {"seen"}
    return desk.send(draft + "/publish", status, **{**sent, "sure": "yes", **fields})


def test_a_program_is_made_of_four_answers_published_and_edited(desk: Desk) -> None:
    draft = begun(desk)
    assert "First Aider" in desk.look(draft)
    assert load_catalogue(desk.db).find("first-aid-at-work", "first-aider") is None
    assert "Not published yet" in desk.look(ADMIN)
    assert "This program is new" in desk.look(draft + "/changes")
    done = desk.look(path_in(publish(desk, draft, decision="We begin.", decided_on="2026-11-20")))
    assert "It is published" in done
    level = load_catalogue(desk.db).level("first-aid-at-work", "first-aider")
    assert (level.version, str(level.validity)) == ("1", "24 months")
    assert drafts(desk) == []

    draft = editing(desk, "first-aid-at-work")
    assert path_in(desk.send(f"{ADMIN}/first-aid-at-work/edit")) == draft, "there is one draft, whoever asks"
    assert "There is nothing to publish" in desk.look(draft + "/changes")
    sent = form_at(desk, draft + "/levels/first-aider")
    desk.send(draft + "/levels/first-aider", **{**sent, "validity": "12 months", "action": "save"})
    changes = desk.look(draft + "/changes")
    assert "version 1 becomes 2" in changes
    assert re.search(r"Valid for.*24 months.*12 months", changes, re.DOTALL)
    publish(desk, draft)
    assert load_catalogue(desk.db).level("first-aid-at-work", "first-aider").version == "2"
    said = desk.look("/admin/audit")
    for action in ("program draft begun", "program draft published", "committee decided"):
        assert action in said
    assert "We begin" not in said
    page = desk.look(f"{ADMIN}/first-aid-at-work")
    assert "Version 1" in page
    assert "Version 2" in page


def test_what_is_missing_or_taken_is_said_at_its_field(desk: Desk) -> None:
    desk.look(NEW_PROGRAM)
    page = desk.send(NEW_PROGRAM, 422, name="", level="", criteria="", validity="soon")
    for what in ("Say what the program is called", "Say what its first level is called", "Say what it takes"):
        assert what in page
    page = desk.send(NEW_PROGRAM, 422, **{**NEW, "validity": "two yeers"})
    assert 'id="validity-fault"' in page
    assert "two yeers" in page
    assert 'id="program-fault"' in desk.send(NEW_PROGRAM, 422, **{**NEW, "name": "救急"})
    assert "already" in desk.send(NEW_PROGRAM, 422, **{**NEW, "name": "Cloud Engineering"})
    draft = path_in(desk.send(NEW_PROGRAM, **{**NEW, "name": "救急", "program": "kyukyu", "level": "救急員"}))
    assert "救急員" in desk.look(draft)
    assert the_draft(desk).definition().levels[0].level == "level-1"


@pytest.mark.parametrize("template", ["one-level", "two-tiers", "rubric"])
def test_a_ready_made_program_can_be_published_at_once_and_twice(desk: Desk, template: str) -> None:
    desk.look(NEW_PROGRAM)
    draft = path_in(desk.send(NEW_PROGRAM, template=template)).partition("?")[0]
    publish(desk, draft)
    desk.look(NEW_PROGRAM)
    again = path_in(desk.send(NEW_PROGRAM, template=template))
    assert the_draft(desk).program.endswith("-2")
    assert "Here is your draft" in desk.look(again)


def test_a_level_gets_everything_that_the_form_has(desk: Desk) -> None:
    draft = begun(desk)
    path = draft + "/levels/first-aider"
    sent = form_at(desk, path)
    more = desk.send(path, 200, **{**sent, "action": "more:results", "results-0-name": "Exam"})
    assert 'name="results-3-name"' in more
    assert 'value="Exam"' in more
    assert "Exam" not in the_draft(desk).text, "asking for rows saves nothing"
    desk.send(
        path,
        **{
            **sent,
            "results-0-name": "Exam",
            "results-0-type": "Percent",
            "results-0-passing": "70",
            "results-0-required": "yes",
            "evidence-0-name": "Certificate",
            "assessed": "anyone",
            "assessors": "2",
            "renews": "yes",
            "window": "90 days",
            "takes": "steps",
            "steps": "exam",
            "skills-0-name": "first aid",
            "skills-0-url": "https://skills.example/1",
            "suspension": "yes",
            "tags": "safety\nhealth",
        },
    )
    level = the_draft(desk).definition().levels[0]
    assert level.results[0].id == "exam"
    assert level.assessment is not None
    assert level.assessment.assessors == 2
    assert level.recertification is not None
    assert level.recertification.takes.steps == ("exam",)
    assert (level.status, level.tags) == (("revocation", "suspension"), ("safety", "health"))
    again = form_at(desk, path)
    assert again["results-0-passing"] == ["70"]
    desk.send(path, **{**again, "evidence-0-gone": "yes", "renews": ""})
    level = the_draft(desk).definition().levels[0]
    assert level.evidence == ()
    assert level.recertification is None


def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(desk: Desk) -> None:
    draft = begun(desk)
    path = draft + "/levels/first-aider"
    sent = form_at(desk, path)
    wrong = {
        "validity": "a while",
        "criteria": "Mine.",
        "renews": "yes",
        "window": "soon",
        "results-0-name": "Exam",
        "results-0-type": "Percent",
        "results-0-passing": "170",
        "skills-0-name": "x",
        "skills-0-url": "nowhere",
        "assessed": "anyone",
        "assessors": "none",
    }
    page = desk.send(path, 422, **{**sent, **wrong})
    for field in ("validity", "window", "skills-0-url", "assessors"):
        assert f'id="{field}-fault"' in page, field
    for typed in ("a while", "Mine.", "soon", "nowhere", "170"):
        assert typed in page
    assert 'href="#validity"' in page
    assert "Mine." not in the_draft(desk).text
    facts = form_at(desk, draft + "/facts")
    page = desk.send(draft + "/facts", 422, **{**facts, "time_zone": "Nowhere", "owner": "me", "assign-0-level": "x",
                                               "assign-0-required": "soon"})  # fmt: skip
    for field in ("time_zone", "owner", "assign-0-required"):
        assert f'id="{field}-fault"' in page, field


def test_levels_are_added_moved_and_taken_away(desk: Desk) -> None:
    draft = begun(desk)
    sent = form_at(desk, draft + "/levels/+")
    desk.send(draft + "/levels/+", **{**sent, "name": "Instructor", "criteria": "Teaches.",
                                        "prerequisites-0-of": ["first-aider"]})  # fmt: skip
    assert [one.level for one in the_draft(desk).definition().levels] == ["first-aider", "instructor"]
    desk.look(draft)
    desk.send(draft + "/levels", level="instructor", action="up")
    assert [one.level for one in the_draft(desk).definition().levels] == ["instructor", "first-aider"]
    sent = form_at(desk, draft + "/levels/+")
    page = desk.send(draft + "/levels/+", 422, **{**sent, "name": "Instructor", "criteria": "Again."})
    assert "two levels are called instructor" in page
    desk.look(draft)
    desk.send(draft + "/levels", level="first-aider", action="remove")
    page = desk.look(draft)
    assert "there is no level first-aider in use" in page
    assert 'href="/admin/program-drafts/' in page
    assert "prerequisites-0-of" in page


def test_two_who_edit_the_same_level_are_told_and_nothing_is_lost(desk: Desk) -> None:
    draft = begun(desk)
    path = draft + "/levels/first-aider"
    mine = form_at(desk, path)
    theirs = form_at(desk, path)
    elsewhere = form_at(desk, draft + "/facts")
    desk.send(path, **{**theirs, "validity": "36 months"})
    desk.send(draft + "/facts", **{**elsewhere, "description": "For everyone."})
    page = desk.send(path, 422, **{**mine, "criteria": "Mine, in many words."})
    assert "changed this while you wrote" in page
    assert "Ada Admin" in page
    assert "Mine, in many words." in page
    assert "Now it says: “36 months”" in page
    assert "36 months" in the_draft(desk).text
    desk.send(path, **{**fields_of(desk.browser.page), "validity": "36 months"})
    text = the_draft(desk).text
    assert "Mine, in many words." in text
    assert "36 months" in text
    assert "For everyone." in text
    written = form_at(desk, draft + "/text")
    desk.send(path, **{**form_at(desk, path), "name": "First Responder"})
    desk.look(draft + "/text")
    page = desk.send(draft + "/text", 422, **{**written, "text": written["text"][0] + "# mine\n"})
    assert "changed the draft while you wrote" in page
    assert "First Responder" in page
    assert "# mine" in page
    assert "# mine" not in the_draft(desk).text


def test_the_text_is_kept_right_or_wrong_and_keeps_its_comments(desk: Desk) -> None:
    desk.look(NEW_PROGRAM)
    draft = path_in(desk.send(NEW_PROGRAM, template="two-tiers")).partition("?")[0]
    before = the_draft(desk).text
    sent = form_at(desk, draft + "/levels/starter")
    desk.send(draft + "/levels/starter", **{**sent, "grace": "45 days"})
    now = the_draft(desk).text
    assert now == before.replace(
        "grace: 30 days                    # and still", "grace: 45 days                    # and still", 1
    )
    written = form_at(desk, draft + "/text")
    wrong = now.replace("validity: 12 months", "validity: a year", 1)
    page = desk.look(path_in(desk.send(draft + "/text", **{**written, "text": wrong})))
    line = wrong[: wrong.index("validity: a year")].count("\n") + 1
    assert f"Line {line}" in page
    assert "validity: a year" in page
    assert the_draft(desk).text == wrong
    assert 'id="validity-fault"' in desk.look(draft + "/levels/starter")
    assert "please look at this" in desk.look(draft + "/changes")
    assert "There is a preview when nothing is wrong" in desk.look(draft + "/preview")
    broken = "program: customer-care\nlevels: [\n"
    desk.send(draft + "/text", **{**form_at(desk, draft + "/text"), "text": broken})
    assert the_draft(desk).text == broken
    assert "Mend the text" in desk.look(draft)
    assert path_in(desk.browser.get(draft + "/levels/starter").headers["location"]) == draft + "/text"
    assert "this is not YAML" in desk.look(draft + "/text")
    page = desk.send(draft + "/text", 422, **{**form_at(desk, draft + "/text"), "text": " "})
    assert "nothing here" in page


def test_a_published_program_keeps_its_short_name(desk: Desk) -> None:
    draft = editing(desk)
    written = form_at(desk, draft + "/text")
    text = written["text"][0].replace("program: cloud-engineering", "program: sky")
    page = desk.send(draft + "/text", 422, **{**written, "text": text})
    assert "a program keeps its short name" in page
    assert "program: sky" in page
    desk.look(NEW_PROGRAM)
    other = path_in(desk.send(NEW_PROGRAM, **NEW)).partition("?")[0]
    facts = form_at(desk, other + "/facts")
    assert 'id="program-fault"' in desk.send(other + "/facts", 422, **{**facts, "program": "cloud-engineering"})
    desk.send(other + "/facts", **{**facts, "program": "helping"})
    assert [one.program for one in drafts(desk)] == ["cloud-engineering", "helping"]


def test_a_picture_is_cleaned_kept_and_shown(desk: Desk) -> None:
    draft = begun(desk)
    path = draft + "/levels/first-aider"
    sent = form_at(desk, path)

    def send(picture: bytes, **fields: Any) -> Any:
        desk.look(path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', desk.browser.page)
        assert token is not None
        return desk.browser.client.post(
            path,
            data={**sent, **fields, "csrf_token": token[1]},
            files={"picture": ("b.svg", picture, "image/svg+xml")},
            headers={"Origin": "https://badges.brightmoor.example"},
        )

    answer = send(b"no picture at all")
    assert answer.status_code == 422
    assert 'id="picture-fault"' in answer.text
    answer = send(SQUARE, validity="a while")
    assert answer.status_code == 422
    assert 'value="first-aider.svg"' in answer.text, "the picture is kept although another field is wrong"
    assert send(SQUARE).status_code == 303
    kept = the_draft(desk)
    assert b"script" not in kept.images["first-aider.svg"]
    page = desk.look(draft + "/preview")
    found = re.search(r'src="(/admin/program-drafts/[^"]+/pictures/[^"]+)"', page)
    assert found is not None
    answer = desk.browser.get(found[1])
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert desk.browser.get(draft + "/pictures/other").status_code == 404
    publish(desk, draft)
    assert load_catalogue(desk.db).level("first-aid-at-work", "first-aider").image_media_type == "image/svg+xml"
    again = editing(desk, "first-aid-at-work")
    assert "There is nothing to publish" in desk.look(again + "/changes")
    sent = form_at(desk, again + "/levels/first-aider")
    desk.send(again + "/levels/first-aider", **{**sent, "no_picture": "yes"})
    assert the_draft(desk).definition().images == {}


def test_the_credential_is_seen_before_anything_is_published(desk: Desk) -> None:
    draft = editing(desk)
    sent = form_at(desk, draft + "/levels/practitioner")
    desk.send(draft + "/levels/practitioner", **{**sent, "name": "Cloud Practitioner", "action": "preview"})
    page = desk.look(draft + "/preview/practitioner")
    for words in ("Preview", "of version 2", "Cloud Practitioner", "Ada Example", "nothing is signed", "proficient"):
        assert words.lower() in page.lower(), words
    document = json.loads(desk.look(draft + "/preview/practitioner.json"))
    assert document["credentialSubject"]["achievement"]["name"] == "Cloud Practitioner"
    assert "proof" not in document
    assert load_catalogue(desk.db).level("cloud-engineering", "practitioner").version == "1"
    assert desk.browser.get(draft + "/preview/nothing.json").status_code == 404


def test_those_midway_may_finish_until_a_day_which_is_said_and_published(desk: Desk) -> None:
    draft = editing(desk)
    sent = form_at(desk, draft + "/levels/practitioner")
    desk.send(draft + "/levels/practitioner", **{**sent, "criteria": "Harder now."})
    page = desk.look(draft + "/changes")
    assert "1 person holds it" in page
    assert "from now on they renew under version 2" in page
    past = desk.send(draft + "/midway", 422, level="practitioner", midway="until", finish_until="2026-01-01")
    assert "is past" in past
    desk.look(draft + "/changes")
    desk.send(draft + "/midway", level="practitioner", midway="until", finish_until="2027-03-31")
    assert "from 1 April 2027 on they renew under version 2" in desk.look(draft + "/changes")
    publish(desk, draft)
    level = load_catalogue(desk.db).level("cloud-engineering", "practitioner")
    assert level.finish_until is not None


def test_only_what_was_looked_at_is_published(desk: Desk) -> None:
    draft = begun(desk)
    sent = form_at(desk, draft + "/changes")
    assert "Tick that you have looked" in desk.send(draft + "/publish", 422, **sent)
    level = form_at(desk, draft + "/levels/first-aider")
    desk.send(draft + "/levels/first-aider", **{**level, "name": "Helper"})
    desk.look(draft + "/changes")
    page = desk.send(draft + "/publish", 422, **{**sent, "sure": "yes"})
    assert "Something changed while you looked" in page
    assert load_catalogue(desk.db).programs.get("first-aid-at-work") is None
    wrong = {"decision": "Yes", "decided_on": "yesterday"}
    assert 'id="decided_on-fault"' in publish(desk, draft, 422, **wrong)
    assert 'id="decision-fault"' in publish(desk, draft, 422, decision_url="https://minutes.example/1")


def test_what_another_published_meanwhile_is_not_taken_back_unseen(desk: Desk) -> None:
    draft = editing(desk)
    found = the_draft(desk)
    other = found.definition().model_copy(update={"description": "Said on the command line."})
    apply_program(desk.db, issuer=None, definition=other, actor="test", now=desk.clock())
    assert "published since the draft was begun" in desk.look(draft)
    assert "Said on the command line." in desk.look(draft + "/changes")


def test_a_draft_is_discarded_only_as_it_was_seen(desk: Desk) -> None:
    draft = begun(desk)
    found = the_draft(desk)
    desk.look(draft)
    save_draft(desk.db, found, issuer=None, text=found.text + "# more\n", actor="test", now=desk.clock())
    assert "while you looked at it" in desk.send(draft + "/discard", 422, revision=str(found.revision))
    done = desk.look(path_in(desk.send(draft + "/discard", revision=str(found.revision + 1))))
    assert "The draft is discarded" in done
    desk.look(draft, 404)
    desk.look(ADMIN)
    desk.send(draft + "/levels", 404, level="first-aider", action="up")
    assert "program draft discarded" in desk.look("/admin/audit")


def test_what_is_exported_can_be_applied_and_imported(desk: Desk, tmp_path: Path) -> None:
    answer = desk.browser.get(f"{ADMIN}/cloud-engineering/program.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
        names = archive.namelist()
    assert names[0] == "cloud-engineering.yaml"
    text = (tmp_path / "cloud-engineering.yaml").read_bytes()
    assert desk.browser.get(f"{ADMIN}/cloud-engineering/program.yaml").content == text
    definition = read_program(text, directory=tmp_path)
    assert apply_program(desk.db, issuer=None, definition=definition, actor="x", now=desk.clock()).changes_nothing
    desk.look(f"{ADMIN}/cloud-engineering/other", 404)

    example = PROJECT / "examples"
    desk.look(IMPORT)
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.browser.page)
    assert token is not None
    pictures = [("pictures", (one.name, one.read_bytes(), "image/svg+xml")) for one in (example / "badges").iterdir()]
    answer = desk.browser.client.post(
        IMPORT,
        data={"csrf_token": token[1], "text": ""},
        files=[("file", ("c.yaml", (example / "customer-support.yaml").read_bytes(), "text/plain")), *pictures],
        headers={"Origin": "https://badges.brightmoor.example"},
    )
    assert answer.status_code == 303, answer.text
    draft = path_in(answer.headers["location"]).partition("?")[0]
    assert "Support Agent" in desk.look(draft)
    found = the_draft(desk).definition()
    assert set(found.images) == {"agent", "senior-agent"}
    out = tmp_path / "draft"
    with zipfile.ZipFile(io.BytesIO(desk.browser.get(draft + "/file/program.zip").content)) as archive:
        archive.extractall(out)
    again = read_program((out / "customer-support.yaml").read_bytes(), directory=out)
    assert again.model_copy(update={"lines": {}}) == found.model_copy(update={"lines": {}})
    assert desk.browser.get(draft + "/file/program.yaml").text == the_draft(desk).text
    desk.look(draft + "/file/other", 404)


def test_a_file_that_cannot_be_a_draft_says_why(desk: Desk) -> None:
    desk.look(IMPORT)
    assert "Choose a file" in desk.send(IMPORT, 422, text="")
    page = desk.send(IMPORT, 422, text="name: Nothing\n")
    assert "names no program" in page
    assert "name: Nothing" in page
    assert "this is not YAML" in desk.send(IMPORT, 422, text="a: [")
    desk.send(IMPORT, text="program: odd\nname: Odd\nlevels: []\n")
    assert "at least one level" in desk.look(f"{DRAFTS}/{the_draft(desk).id}")
    desk.look(IMPORT)
    assert "There is a draft of this program already" in desk.send(IMPORT, 422, text="program: odd\n")


def test_a_level_that_is_taken_away_is_no_longer_awarded(desk: Desk) -> None:
    draft = editing(desk)
    desk.look(draft)
    desk.send(draft + "/levels", level="expert", action="remove")
    page = desk.look(draft + "/changes")
    assert "No longer awarded" in page
    publish(desk, draft)
    assert load_catalogue(desk.db).find("cloud-engineering", "expert") is None
    assert "No longer awarded" in desk.look(f"{ADMIN}/cloud-engineering")


def test_unknown_programs_and_drafts_are_not_there(desk: Desk) -> None:
    desk.look(f"{ADMIN}/nothing", 404)
    desk.look(f"{DRAFTS}/00000000-0000-4000-8000-000000000000", 404)
    begun(desk)
    assert path_in(desk.browser.get(f"{ADMIN}/first-aid-at-work").headers["location"]).startswith(DRAFTS + "/")


def test_the_pages_speak_german(desk: Desk) -> None:
    draft = editing(desk)
    for path in (ADMIN, NEW_PROGRAM, IMPORT, ADMIN + "/cloud-engineering"):
        assert '<html lang="de">' in desk.look(path, language="de")
    for path in ("", "/facts", "/levels/practitioner", "/text", "/preview", "/preview/expert", "/changes"):
        assert "Entwurf" in desk.look(draft + path, language="de")


@pytest.mark.parametrize("slug", ["new", "import", "drafts"])
def test_no_short_name_is_taken_by_a_page(desk: Desk, slug: str) -> None:
    draft = begun(desk, name=slug.title(), program=slug)
    publish(desk, draft)
    page = desk.look(f"{ADMIN}/{slug}")
    assert slug.title() in page
    assert f'action="{ADMIN}/{slug}/edit"' in page


def test_what_is_wrong_is_said_in_the_readers_language(desk: Desk) -> None:
    draft = begun(desk)
    text = "program: p\nname: P\nlevels:\n  - {name: A, criteria: B, validity: lange}\n"
    desk.send(draft + "/text", **{**form_at(desk, draft + "/text"), "text": text})
    page = desk.look(draft, language="de")
    assert "„lange“ ist keine Dauer" in page
    assert "is no length" not in page


def test_the_list_asks_no_more_questions_of_more_programs(desk: Desk) -> None:
    desk.look(ADMIN)
    with counted(desk) as few:
        desk.look(ADMIN)
    for number in range(6):
        begun(desk, name=f"Program {number}")
    with counted(desk) as many:
        assert "program-5" in desk.look(ADMIN)
    assert len(many) <= len(few) <= 12
