"""Asking to be assessed, from the level's page to the decision, and what can be done on the way."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import httpx2

from issuer.assessment.assess import Scores, assess
from issuer.assessment.proposals import assign_assessors
from tests.portal.conftest import BASE, BROWSER
from tests.portal.me.conftest import ANA, BEN, Workshop, words
from tests.portal.sign_in.conftest import Browser

LEVEL = "/me/levels/craft/journeyman"
NOTE = "https://wiki.brightmoor.example/design"
FILE = b"a recording"


def send(browser: Browser, path: str, files: Any = None, **fields: str) -> httpx2.Response:
    """A form with files, as browsers send it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.page)
    once = re.search(r'name="once" value="([^"]+)"', browser.page)
    assert token is not None
    data = {"csrf_token": token[1], "once": once[1] if once else "", **fields}
    answer = browser.client.post(
        path,
        data=data,
        files=files or {"none": ("", b"")},
        headers={**BROWSER, "User-Agent": browser.agent, "Origin": BASE},
    )
    if answer.status_code != 303:
        browser.page = answer.text
    return answer


def proposed(workshop: Workshop, browser: Browser, **fields: str) -> str:
    browser.get(LEVEL)
    wanted = {"completed_on": "2026-11-20", "link-design-note": NOTE, "narrative": "Built it.", **fields}
    answer = send(browser, LEVEL, **wanted)
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"].partition("?")[0].removeprefix("/me/proposals/")


def decide(workshop: Workshop, proposal: str, exam: str) -> None:
    from uuid import UUID

    names = ("cem@brightmoor.example", "dan@brightmoor.example")
    assign_assessors(workshop.db, UUID(proposal), assessors=names, actor="test", now=workshop.clock())
    for name in names:
        assess(
            workshop.db,
            workshop.service.keyring,
            proposal_id=UUID(proposal),
            assessor=name,
            scores=Scores({"exam": exam}, None, None, "Well argued."),
            actor="test",
            now=workshop.clock(),
            randomness=workshop.random.randbytes,
        )


def test_the_page_of_a_level_says_what_it_asks(workshop: Workshop) -> None:
    text = words(workshop.signed_in(ANA).get(LEVEL).text)
    for said in (
        "Hold “Apprentice”.",
        "Exam: at least 70 percent.",
        "Hand in “Design note”, as a link.",
        "If there is one, hand in “Recording of the talk”, as a file.",
        "Valid for 24 months.",
        "Assessors score it, each alone.",
        "Others took about 5 months",
    ):
        assert said in text, said
    assert "First earn “Apprentice”." in words(workshop.signed_in(BEN).get(LEVEL).text)
    assert "<form class" not in workshop.signed_in(BEN).get(LEVEL).text.partition("<main")[2]
    assert workshop.signed_in(ANA).get("/me/levels/craft/king").status_code == 404


def test_what_was_typed_is_kept_and_each_fault_stands_at_its_field(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    ana.get(LEVEL)
    files = {"file-recording": ("talk.mp4", FILE)}
    refused = send(
        ana, LEVEL, files, completed_on="2026-12-24", narrative="Built it.", **{"link-design-note": "design"}
    )
    assert refused.status_code == 422
    page = refused.text
    assert "This day is still to come." in page
    assert "This is no web address." in page
    assert 'href="#link-design-note"' in page
    assert 'value="design"' in page
    assert "Built it.</textarea>" in page
    digest = sha256(FILE).hexdigest()
    assert f'value="{digest} talk.mp4"' in page
    assert "Handed in: talk.mp4" in page
    again = send(
        ana,
        LEVEL,
        completed_on="2026-11-20",
        narrative="Built it.",
        **{"link-design-note": NOTE, "kept-recording": f"{digest} talk.mp4"},
    )
    assert again.status_code == 303
    proposal = words(ana.get(again.headers["location"]).text)
    assert "You are proposed. This page shows how far it is." in proposal
    assert "talk.mp4" in proposal
    assert f"SHA-256 {digest}" in proposal
    assert NOTE in proposal


def test_required_evidence_is_asked_for(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    ana.get(LEVEL)
    refused = send(ana, LEVEL, completed_on="")
    assert refused.status_code == 422
    assert "The level asks for “Design note”: hand it in." in refused.text
    assert "This is no day." in refused.text


def test_a_form_sent_twice_is_one_proposal_and_the_page_leads_to_it(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    ana.get(LEVEL)
    fields = {"completed_on": "2026-11-20", "link-design-note": NOTE}
    first, second = (send(ana, LEVEL, **fields) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    path = first.headers["location"].partition("?")[0]
    assert f'href="{path}"' in ana.get("/me").text
    assert f'href="{path}"' in ana.get(LEVEL).text
    assert "You are proposed for it already." in ana.page


def test_withdrawn_and_proposed_again(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    first = proposed(workshop, ana)
    ana.get(f"/me/proposals/{first}")
    assert ana.post(f"/me/proposals/{first}/withdraw").headers["location"].endswith("?done=withdrawn")
    assert ana.post(f"/me/proposals/{first}/withdraw").status_code == 409
    again = proposed(workshop, ana)
    assert again != first


def test_from_the_proposal_to_the_badge(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    proposal = proposed(workshop, ana)
    decide(workshop, proposal, "81")
    page = words(ana.get(f"/me/proposals/{proposal}").text)
    assert "Awarded" in page
    assert "What assessors found" in page
    assert "Cem Other" not in page, "the level does not publish who assessed"
    assert "Exam : 81" in page
    assert "Well argued." in page
    held = words(ana.get("/me").text)
    assert "Journeyman" in held[held.index("What I hold") :]


def test_declined_and_appealed(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    proposal = proposed(workshop, ana)
    decide(workshop, proposal, "55")
    page = ana.get(f"/me/proposals/{proposal}").text
    assert "Declined" in words(page)
    empty = ana.post(f"/me/proposals/{proposal}/appeal", reason=" ")
    assert (empty.status_code, "Say what is wrong with the decision." in empty.text) == (422, True)
    done = ana.post(f"/me/proposals/{proposal}/appeal", reason="Two questions had no right answer.")
    assert done.headers["location"] == f"/me/proposals/{proposal}?done=appealed"
    page = words(ana.get(done.headers["location"]).text)
    assert "In appeal" in page
    assert "Two questions had no right answer." in page
    assert ana.post(f"/me/proposals/{proposal}/appeal", reason="Again.").status_code == 409


def test_another_s_proposal_is_not_there(workshop: Workshop) -> None:
    proposal = proposed(workshop, workshop.signed_in(ANA))
    ben = workshop.signed_in(BEN)
    ben.get("/me")
    token = re.search(r'csrf_token" value="([^"]+)"', ben.page)
    assert token is not None
    assert ben.get(f"/me/proposals/{proposal}").status_code == 404
    assert ben.post(f"/me/proposals/{proposal}/withdraw", csrf=token[1]).status_code == 404
    assert ben.post(f"/me/proposals/{proposal}/appeal", csrf=token[1], reason="Mine").status_code == 404


def test_renewing_by_a_declaration(workshop: Workshop) -> None:
    ana, safety = workshop.signed_in(ANA), "/me/levels/craft/safety"
    old = workshop.award("ana", "safety", date(2026, 1, 1))
    page = ana.get(safety)
    assert "Renewing takes a declaration: “I know the exits.”" in words(page.text)
    refused = ana.post(f"{safety}/renew")
    assert (refused.status_code, "tick it if it is true" in refused.text) == (422, True)
    done = ana.post(f"{safety}/renew", declared="yes")
    assert done.status_code == 303
    assert str(old) not in done.headers["location"]
    assert "It is renewed." in ana.get(done.headers["location"]).text
    assert "is held for what was completed on 22 November 2026" in words(ana.get(safety).text)


def test_while_keys_are_locked_nothing_is_renewed(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    workshop.award("ana", "safety", date(2026, 1, 1))
    ana.get("/me/levels/craft/safety")
    workshop.app.state.service = replace(workshop.service, keyring=None)
    assert ana.post("/me/levels/craft/safety/renew", declared="yes").status_code == 503


def test_too_early_to_renew_is_said_in_the_reader_s_language(workshop: Workshop) -> None:
    workshop.award("ana", "safety", date(2026, 11, 1))
    text = words(workshop.signed_in(ANA).get("/me/levels/craft/safety", **{"Accept-Language": "de"}).text)
    assert "„Safety at work“ gilt bis 1. November 2027 und kann ab 2. September 2027 erneuert werden." in text


def test_where_nobody_scores_the_results_are_handed_in(workshop: Workshop) -> None:
    ana, safety = workshop.signed_in(ANA), "/me/levels/craft/safety"
    text = words(ana.get(safety).text)
    assert "An officer of the program decides." in text
    refused = send(ana, safety, completed_on="2026-11-20", **{"result-quiz": "many"})
    assert refused.status_code == 422
    assert 'href="#result-quiz"' in refused.text
    done = send(ana, safety, completed_on="2026-11-20", **{"result-quiz": "90"})
    assert done.status_code == 303, words(done.text)
    text = words(ana.get(done.headers["location"]).text)
    assert "Quiz 90" in text
    assert "An officer of the program decides." in text
    assert "Waits for a decision" in text
    assert "was proposed for Safety at work" in text
