"""The admin awards a level to one person, and to many from a list whose wrong rows are marked."""

from __future__ import annotations

from uuid import UUID

from issuer.assessment.views import list_proposals
from issuer.jobs.bulk import list_bulks
from tests.portal.admin.conftest import ADA, Desk
from tests.portal.admin.test_credentials import fields

PATH = "/admin/award"
WHOM = PATH + "/whom"
FACTS = {
    "level": "cloud-engineering/associate",
    "name": "Ben Okafor",
    "email": "ben@brightmoor.example",
    "awarded_on": "2026-11-20",
    "result-exam": "88",
    "evidence_url": "https://example.org/report",
}
HEAD = "name,email,program,level,awarded_on,result:exam\n"
RIGHT = "Ben Okafor,ben@brightmoor.example,cloud-engineering,associate,2026-11-20,88\n"
WRONG = "Cleo,cleo,cloud-engineering,nothing,20.11.2026,88\n"


def test_somebody_is_found_by_part_of_the_name_and_awarded(desk: Desk) -> None:
    desk.look(PATH)
    page = desk.search(WHOM, who="okafor", level="cloud-engineering/associate")
    assert 'value="Ben Okafor"' in page
    assert 'value="2026-11-22"' in page
    place = desk.send(PATH, **FACTS)
    assert "Ben Okafor" in desk.look(place)
    assert "is issued" in desk.look(place)
    assert desk.send(PATH, **FACTS) == place, "the same again is the same"


def test_who_is_not_clear_is_asked_for(desk: Desk) -> None:
    desk.look(PATH)
    several = desk.search(WHOM, who="brightmoor.example", level="cloud-engineering/associate")
    assert "Whom do you mean?" in several
    ben = desk.person_id("ben@brightmoor.example")
    assert f'name="who" value="{ben}"' in several
    assert 'name="who" value="ben@' not in several, "no address is sent in a URL"
    assert f'href="/admin/award?who={ben}"' in desk.look(f"/admin/people/{ben}")
    assert "Ben Okafor" in desk.look(f"{PATH}?who={ben}"), "the level is still to be chosen"
    assert 'value="ben@brightmoor.example"' in desk.look(f"{PATH}?who={ben}&level=cloud-engineering/associate")
    desk.look(f"{PATH}?who={UUID(int=7)}&level=cloud-engineering/associate", status=422)
    page = desk.search(WHOM, status=422, who="nobody", level="")
    assert "Nobody here is called so" in page
    assert "Choose the level" in page
    assert 'value="nobody"' in page
    new = desk.search(WHOM, who="new@brightmoor.example", level="cloud-engineering/associate")
    assert 'value="new@brightmoor.example"' in new


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(desk: Desk) -> None:
    desk.look(PATH)
    desk.search(WHOM, who=ADA, level="cloud-engineering/associate")
    page = desk.send(PATH, 422, **{**FACTS, "result-exam": "many", "awarded_on": "2027-01-01", "name": "  "})
    assert 'id="result-exam-fault"' in page
    assert 'id="awarded_on-fault"' in page
    assert 'id="name-fault"' in page
    assert 'value="https://example.org/report"' in page


def test_what_would_have_expired_already_is_issued_only_as_long_ago(desk: Desk) -> None:
    desk.look(PATH)
    mistyped = {**FACTS, "awarded_on": "2016-11-20"}
    assert "It would have expired on " in desk.send(PATH, 422, **mistyped)
    assert "Expired" in desk.look(desk.send(PATH, **mistyped, past="yes"))


def test_a_level_that_is_assessed_is_proposed(desk: Desk) -> None:
    desk.look(PATH)
    desk.send(PATH, **FACTS)
    page = desk.search(WHOM, who="okafor", level="cloud-engineering/practitioner")
    assert "This level is assessed" in page
    facts = {**FACTS, "level": "cloud-engineering/practitioner", "result-exam": ""}
    facts["evidence-change"] = "https://change.brightmoor.example/reviews/1"
    assert "It is proposed" in desk.look(desk.send(PATH, **facts))
    assert len(list_proposals(desk.db, issuer=None)) == 1


def test_a_list_is_marked_mended_and_issued(desk: Desk) -> None:
    desk.look(PATH + "/list")
    page = desk.send(PATH + "/list", 422, text=HEAD + RIGHT + WRONG, action="issue")
    assert "1 row has something wrong" in page
    assert "'cleo' is no e-mail address" in page
    assert "'20.11.2026' is no date" in page
    assert "Issue only the 1 row that is right" in page
    assert not list_bulks(desk.db)
    mended = HEAD + RIGHT + RIGHT.replace("Ben Okafor,ben", "كليو المصرية,cleo")
    sent = fields(page)
    page = desk.send(PATH + "/list", 200, **sent, text=mended, action="issue")
    assert "Issue 2 awards" in page, "what was not looked at is not issued"
    place = desk.send(PATH + "/list", **fields(page), text=mended, action="issue")
    desk.work()
    assert "All 2 done" in desk.look(place)


def test_rows_whose_badges_would_have_expired_already_are_named(desk: Desk) -> None:
    desk.look(PATH + "/list")
    old = RIGHT.replace("2026-11-20", "2016-11-20").replace("ben@", "cleo@")
    page = desk.send(PATH + "/list", 200, text=HEAD + RIGHT + old)
    assert "Row 3: its badge would have expired already." in page
    assert "Issue 2 awards" in page, "it may be right"
    assert "expired already" not in desk.send(PATH + "/list", 200, text=HEAD + old, past="yes")


def test_only_the_right_rows_are_issued_if_that_is_wanted(desk: Desk) -> None:
    desk.look(PATH + "/list")
    page = desk.send(PATH + "/list", 422, text=HEAD + RIGHT + WRONG)
    place = desk.send(PATH + "/list", **fields(page), text=HEAD + RIGHT + WRONG, action="issue-right")
    assert "of 1 done" in desk.look(place)


def test_a_file_that_is_none_is_refused(desk: Desk) -> None:
    desk.look(PATH + "/list")
    assert "Choose a file" in desk.send(PATH + "/list", 422)
    assert "cannot be read like this" in desk.send(PATH + "/list", 422, text="first name,surname\nA,B\n")
