"""Assessors find what waits for them, score it blind beside the evidence, and learn what comes of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from issuer.sign_in.roles import Role
from issuer.tables import AssessmentRow, AuditEventRow, ProposalRow
from tests.portal.assess.conftest import counting, proposed
from tests.portal.sign_in.conftest import Company
from tests.portal.team.conftest import enter

ANA, BEN, CLEO, DORA, EMIL = (f"{name}@brightmoor.example" for name in ("ana", "ben", "cleo", "dora", "emil"))
GOOD = {"result-exam": "81", "result-practice": "able"}


def scorings(company: Company) -> list[AssessmentRow]:
    with company.db.read() as session:
        return list(session.scalars(select(AssessmentRow).order_by(AssessmentRow.at)))


def state(company: Company) -> str:
    with company.db.read() as session:
        return session.scalars(select(ProposalRow.state)).one()


def test_who_was_asked_finds_it_scores_it_and_sees_the_rest(craft: Company) -> None:
    one = proposed(craft, "journeyman", "dora", "emil")
    dora = craft.signed_in(DORA)
    queue = dora.get("/assess").text
    assert f'href="/assess/{one}"' in queue
    assert "2 more assessors, among them people of 2 more functions" in queue
    assert "Open to any assessor" not in queue, "who is asked once does not see what others were asked"
    page = dora.get(f"/assess/{one}").text
    assert 'href="https://wiki.brightmoor.example/7"' in page
    assert "Alone and calmly." in page
    assert "<strong>alone</strong>" in page
    answer = dora.post(f"/assess/{one}", **GOOD, remark="Sure of herself.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/assess/{one}?done=scored")
    after = dora.get(answer.headers["location"]).text
    assert "Your scores are recorded." in after
    assert "1 more assessor, among them somebody of another function" in after
    assert "Sure of herself." in after
    assert '<dd dir="auto">Able</dd>' in after, "the step by its name"
    assert 'name="result-exam"' not in after
    assert f"/assess/{one}" not in dora.get("/assess").text
    assert f"/assess/{one}" in dora.get("/assess/history").text

    emil = craft.signed_in(EMIL)
    blind = emil.get(f"/assess/{one}").text
    assert "Sure of herself." not in blind, "nobody sees scores before he gave his own"
    assert "One assessor has scored already." in blind
    emil.post(f"/assess/{one}", **{**GOOD, "result-practice": "none"})
    decided = emil.get(f"/assess/{one}").text
    assert "Sure of herself." in decided
    assert "The assessors differ on whether “Practice” is enough: Not yet, Able." in decided
    assert state(craft) == "declined"
    with craft.db.read() as session:
        actors = session.scalars(select(AuditEventRow.actor).where(AuditEventRow.action == "assessment recorded")).all()
    assert actors == [f"person:{craft.person_id(email)}" for email in (DORA, EMIL)]


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(craft: Company) -> None:
    one = proposed(craft, "journeyman", "dora")
    dora = craft.signed_in(DORA)
    dora.get(f"/assess/{one}")
    answer = dora.post(f"/assess/{one}", **{"result-exam": "many", "remark": "A word <b>kept</b>."})
    assert answer.status_code == 422
    assert 'value="many"' in answer.text
    assert "A word &lt;b&gt;kept&lt;/b&gt;." in answer.text
    assert "Write a number here. From 0 to 100. 70 is enough to pass." in answer.text
    assert '<p class="fault" id="result-practice-fault">Choose one of these.</p>' in answer.text
    assert '<a href="#result-practice">' in answer.text
    assert scorings(craft) == []
    german = dora.client.post(
        f"/assess/{one}", data={"csrf_token": answer.text.split('name="csrf_token" value="')[1].split('"')[0]},
        headers={"Accept-Language": "de", "Origin": "https://badges.brightmoor.example", "Accept": "text/html"},
    ).text  # fmt: skip
    assert "Schreiben Sie hier eine Zahl." in german


def test_a_number_may_be_written_as_in_german(craft: Company) -> None:
    one = proposed(craft, "journeyman", "dora")
    dora = craft.signed_in(DORA)
    dora.get(f"/assess/{one}")
    assert dora.post(f"/assess/{one}", **{**GOOD, "result-exam": "81,5"}).status_code == 303
    assert [row.scores["results"]["exam"] for row in scorings(craft)] == ["81.5"]


def test_the_same_sent_twice_is_one_scoring_and_another_one_is_too_late(craft: Company) -> None:
    one = proposed(craft, "journeyman", "dora")
    dora = craft.signed_in(DORA)
    dora.get(f"/assess/{one}")
    for _ in range(2):
        assert dora.post(f"/assess/{one}", **GOOD).headers["location"] == f"/assess/{one}?done=scored"
    other = dora.post(f"/assess/{one}", **{**GOOD, "result-exam": "99"})
    assert other.headers["location"] == f"/assess/{one}?done=too-late"
    assert "Nothing was recorded" in dora.get(other.headers["location"]).text
    assert [one.scores["results"]["exam"] for one in scorings(craft)] == ["81"]


def test_named_assessors_see_what_is_open_to_them_and_nothing_of_their_own(craft: Company) -> None:
    one = proposed(craft)
    craft.grant(EMIL, Role.ASSESSOR)
    assert f"/assess/{one}" in craft.signed_in(EMIL).get("/assess").text
    assert f"/assess/{one}" in craft.signed_in(DORA, Role.ASSESSOR).get("/assess").text, "by a group at the provider"
    for who in (CLEO, BEN):  # herself; and her manager, where the level wants others
        browser = craft.signed_in(who, Role.ASSESSOR)
        assert f"/assess/{one}" not in browser.get("/assess").text
        assert browser.get(f"/assess/{one}").status_code == 404
        browser.get("/me/sessions")
        assert browser.post(f"/assess/{one}", **GOOD).status_code == 404
    emil = craft.signed_in(EMIL)
    emil.get(f"/assess/{one}")
    emil.post(f"/assess/{one}", **GOOD)
    assert f"/assess/{one}" in craft.signed_in(DORA, Role.ASSESSOR).get("/assess").text
    enter_second_security(craft)
    later = craft.signed_in("finn@brightmoor.example", Role.ASSESSOR).get("/assess").text
    assert f"/assess/{one}" not in later, "the last seat is for another function"


def enter_second_security(craft: Company) -> None:
    enter(craft, "email,name,manager,function\nfinn@brightmoor.example,Finn,ana@brightmoor.example,security\n")


def test_a_manager_approves_what_the_level_leaves_to_him(craft: Company) -> None:
    one = proposed(craft, "mate")
    ben = craft.signed_in(BEN)
    assert "One proposal waits for your decision." in ben.get("/team").text
    assert f"/team/decisions/{one}" in ben.get("/team/decisions").text
    page = ben.get(f"/team/decisions/{one}").text
    assert "Approve" in page
    declined = ben.post(f"/team/decisions/{one}", passed="no")
    assert declined.status_code == 422
    assert "Declining needs a reason. The candidate reads it." in declined.text
    assert 'value="no" checked' in declined.text
    assert ben.post(f"/team/decisions/{one}", passed="no", remark="Not yet.").status_code == 303
    assert state(craft) == "declined"
    assert "Not yet." in ben.get(f"/team/decisions/{one}?done=scored").text
    assert "Nothing waits for you." in ben.get("/team/decisions").text


@pytest.mark.parametrize("who", [ANA, DORA, CLEO])
def test_nobody_else_decides_for_a_manager(craft: Company, who: str) -> None:
    one = proposed(craft, "mate")
    browser = craft.signed_in(who, Role.MANAGER, Role.ASSESSOR)
    for place in (f"/team/decisions/{one}", f"/assess/{one}"):
        assert browser.get(place).status_code == 404
        browser.get("/team")
        assert browser.post(place, passed="yes").status_code == 404
    assert str(one) not in browser.get("/assess").text + browser.get("/team/decisions").text
    assert scorings(craft) == []


def test_questions_do_not_grow_with_the_queue(craft: Company) -> None:
    browser = craft.signed_in(DORA, Role.ASSESSOR)
    proposed(craft, "master")
    proposed(craft, "master", person="emil")
    browser.get("/assess")
    with counting(craft) as few:
        browser.get("/assess")
    names = [f"n{number}" for number in range(60)]
    lines = [f"{name}@brightmoor.example,Nora {name},ana@brightmoor.example,Engineer" for name in names]
    enter(craft, "\n".join(["email,name,manager,function", *lines]))
    for name in names:
        proposed(craft, "master", person=name)
    with counting(craft) as many:
        page = browser.get("/assess").text
    assert many.count == few.count
    assert page.count('<h3 class="row-title">') == 50
    following = page.split('rel="next" href="')[1].split('"')[0]
    rest = browser.get(following).text
    assert rest.count('<h3 class="row-title">') == 12
    assert 'rel="next"' not in rest
    assert browser.get("/assess?after=nonsense").status_code == 200


def test_a_stranger_to_it_all_is_told_nothing(craft: Company) -> None:
    one = proposed(craft, "journeyman", "emil")
    browser = craft.signed_in(ANA)
    assert browser.get("/assess").status_code == 403
    assert browser.get(f"/assess/{one}").status_code == 403
    dora = craft.signed_in(DORA)
    proposed(craft, "master", "dora", person="emil")
    assert dora.get("/assess").status_code == 200
    assert dora.get(f"/assess/{one}").status_code == 404, "asked for another one only"
