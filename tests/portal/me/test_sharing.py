"""What a holder shows of a credential, to everybody and to those with a link; and what everybody gets then."""

from __future__ import annotations

import re
from datetime import date

import pytest

from portal.pages.shared_document import initials
from tests.portal.conftest import BROWSER
from tests.portal.me.conftest import ANA, BEN, Workshop, words
from tests.portal.sign_in.conftest import Browser

FORMS = ("json", "jwt", "png", "svg", "pdf")


def choose(browser: Browser, workshop: Workshop, **wanted: str) -> None:
    own = f"/me/credentials/{workshop.badge}"
    browser.get(own)
    answer = browser.post(f"{own}/show", **{"page": "open", "name": "full", "evidence": "shown", **wanted})
    assert answer.headers["location"] == f"{own}?done=shown#sharing"
    assert "Others see it so from now on." in browser.get(f"{own}?done=shown").text


def test_everything_is_shown_until_the_holder_says_otherwise(workshop: Workshop) -> None:
    stranger, public = workshop.browser(), f"/credentials/{workshop.badge}"
    page = stranger.get(public)
    for told in ("Ana Núñez", "The migration", "Ran the night shift.", f"{public}.json"):
        assert told in page.text
    assert [stranger.get(f"{public}.{form}").status_code for form in ("json", "jwt")] == [200, 200]


def test_a_closed_page_says_the_status_and_nothing_else(workshop: Workshop) -> None:
    ana, stranger, public = workshop.signed_in(ANA), workshop.browser(), f"/credentials/{workshop.badge}"
    before = [stranger.get(public).text, stranger.get(f"{public}.json").text]
    assert "Ana Núñez" in before[0]
    choose(ana, workshop, page="closed")
    page = stranger.get(public)
    assert page.status_code == 200
    assert "Its holder does not share what it says" in page.text
    assert "until 20 January 2027" in words(page.text)
    for told in ("Ana", "Núñez", "Apprentice", "night shift", "migration", "craft", "oembed"):
        assert told not in page.text
    for form in FORMS:
        answer = stranger.get(f"{public}.{form}", Accept="application/json")
        assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (403, "problem-not-shared"), form
        assert "Núñez" not in answer.text
    assert stranger.get(public, Accept="application/vc").status_code == 403
    assert stranger.get(f"{public}/refresh", Accept="application/vc").status_code == 403
    assert stranger.get(f"{public}/qr.png").status_code == 200, "a code on a wall leads on"
    choose(ana, workshop)
    assert "Ana Núñez" in stranger.get(public).text
    assert stranger.get(f"{public}.json").text == before[1]


def asked(browser: Browser, url: str) -> str:
    """What the verification page says of an address."""
    form = {"text": url}
    return browser.client.post("/verify", data=form, headers={**BROWSER, "User-Agent": browser.agent}).text


def test_half_a_choice_changes_nothing(workshop: Workshop) -> None:
    ana, own = workshop.signed_in(ANA), f"/me/credentials/{workshop.badge}"
    choose(ana, workshop, page="closed")
    assert ana.post(f"{own}/show", name="full", evidence="shown").status_code == 400
    assert "Its holder does not share" in workshop.browser().get(f"/credentials/{workshop.badge}").text


def test_our_own_verifier_gives_nothing_away_but_verifies_a_file(workshop: Workshop) -> None:
    ana, stranger, public = workshop.signed_in(ANA), workshop.browser(), f"/credentials/{workshop.badge}"
    file = stranger.get(f"{public}.json").text
    url = workshop.service.base_url + public
    assert "Núñez" in asked(stranger, url), "while it is open"
    choose(ana, workshop, page="closed")
    assert "Núñez" not in asked(stranger, url)
    assert "its holder does not share it" in asked(stranger, url)
    for address in (public, f"{public}.json", f"{public}/refresh"):
        verdict = workshop.service.verify(workshop.service.base_url + address)
        assert verdict.document is None, address
        assert "its holder does not share it" in verdict.checks[0].sentence
    assert workshop.service.verify(file).status == "valid", "who has the file can verify it"


def test_initials_and_no_evidence(workshop: Workshop) -> None:
    ana, stranger, public = workshop.signed_in(ANA), workshop.browser(), f"/credentials/{workshop.badge}"
    choose(ana, workshop, name="initials", evidence="hidden")
    page = stranger.get(public)
    assert "A. N." in page.text
    assert "Apprentice" in page.text
    for told in ("Núñez", "migration", "night shift", f"{workshop.badge}.json", f"{workshop.badge}.png"):
        assert told not in page.text, told
    assert "does not show everything here" in page.text
    assert stranger.get(f"{public}.json").status_code == 403
    choose(ana, workshop, evidence="hidden")
    page = stranger.get(public)
    assert "Ana Núñez" in page.text
    assert "migration" not in page.text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ana Núñez", "A. N."),
        ("Zoë  de la Cruz", "Z. D. L. C."),
        ("田中 さくら", "田. さ."),
        ("فاطمة الزهراء", "ف. ا."),
        ("?", ""),
    ],
)
def test_initials_of_names_of_any_script(name: str, short: str) -> None:
    assert initials(name) == short


def test_the_choice_follows_a_renewal(workshop: Workshop) -> None:
    ana, stranger = workshop.signed_in(ANA), workshop.browser()
    choose(ana, workshop, page="closed")
    newer = workshop.award("ana", "apprentice", date(2026, 11, 20))
    assert "Its holder does not share" in stranger.get(f"/credentials/{newer}").text


def test_a_link_shows_all_of_it_to_whom_the_holder_gives_it(workshop: Workshop) -> None:
    ana, stranger = workshop.signed_in(ANA), workshop.browser()
    own = f"/me/credentials/{workshop.badge}"
    file = stranger.get(f"/credentials/{workshop.badge}.json").content
    choose(ana, workshop, page="closed")
    ana.get(own)
    made = ana.post(f"{own}/links", label="Voss & Sons")
    assert made.headers["location"] == f"{own}?done=link#links"
    page = ana.get(f"{own}?done=link").text
    address = re.search(r"https://badges\.brightmoor\.example(/shared/[A-Za-z0-9_-]{43})", page)
    assert address is not None
    assert "Voss &amp; Sons" in page
    shared = stranger.get(address[1])
    assert shared.status_code == 200
    assert shared.headers["cache-control"] == "no-store"
    assert "Ana Núñez" in shared.text
    assert "The migration" in shared.text
    assert f"{address[1]}.json" in shared.text
    assert stranger.get(f"{address[1]}.json").content == file
    assert stranger.get(f"{address[1]}.jwt").status_code == 200
    certificate = stranger.get(f"{address[1]}.pdf")
    assert certificate.content.startswith(b"%PDF-")
    assert certificate.headers["cache-control"] == "no-store"
    assert address[1].encode() not in certificate.content
    ana.client.cookies.delete("__Host-guildmark-link")
    assert address[1] not in ana.get(own).text, "it is shown once"
    (link,) = re.findall(rf"{own}/links/([0-9a-f-]+)/end", ana.page)
    assert ana.post(f"{own}/links/{link}/end").headers["location"] == f"{own}?done=ended#links"
    assert stranger.get(address[1]).status_code == 404
    assert ana.post(f"{own}/links/{link}/end").status_code == 404


def test_a_link_needs_a_note_for_whom_it_is(workshop: Workshop) -> None:
    ana, own = workshop.signed_in(ANA), f"/me/credentials/{workshop.badge}"
    ana.get(own)
    refused = ana.post(f"{own}/links", label="")
    assert refused.status_code == 422
    assert "say for whom it is" in refused.text
    long = "x" * 81
    kept = ana.post(f"{own}/links", label=long)
    assert (kept.status_code, f'value="{long}"' in kept.text) == (422, True)


def test_nobody_gets_at_what_is_not_his(workshop: Workshop) -> None:
    ben, own = workshop.signed_in(BEN), f"/me/credentials/{workshop.badge}"
    ben.get("/me")
    token = re.search(r'csrf_token" value="([^"]+)"', ben.page)
    assert token is not None
    assert ben.get(own).status_code == 404
    assert ben.get(f"{own}/files/json").status_code == 404
    wanted = {"page": "closed", "name": "full", "evidence": "shown"}
    assert ben.post(f"{own}/show", csrf=token[1], **wanted).status_code == 404
    assert ben.post(f"{own}/links", csrf=token[1], label="me").status_code == 404
    assert "Ana Núñez" in workshop.browser().get(f"/credentials/{workshop.badge}").text


def test_its_holder_has_every_form_whatever_others_see(workshop: Workshop) -> None:
    ana, own = workshop.signed_in(ANA), f"/me/credentials/{workshop.badge}"
    choose(ana, workshop, page="closed")
    page = ana.get(own)
    for form in ("json", "jwt"):
        assert f"{own}/files/{form}" in page.text
        assert ana.get(f"{own}/files/{form}").status_code == 200
    certificate = ana.get(f"{own}/files/pdf")
    assert certificate.headers["content-type"] == "application/pdf"
    assert certificate.headers["cache-control"] == "no-store"
    assert "PDF zum Drucken" in ana.get(f"{own}?lang=de").text
    assert ana.get(f"{own}/files/gif").status_code == 404
    assert words(page.text).startswith("My certifications Apprentice Platform craft")


def test_erasing_a_person_erases_what_he_chose(workshop: Workshop) -> None:
    from sqlalchemy import func, select

    from issuer.erasure import erase_person
    from issuer.tables import ShareLinkRow, SharingRow

    ana, own = workshop.signed_in(ANA), f"/me/credentials/{workshop.badge}"
    choose(ana, workshop, page="closed")
    ana.post(f"{own}/links", label="Voss")
    erase_person(workshop.db, email=ANA, actor="test", now=workshop.clock())
    with workshop.db.read() as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (ShareLinkRow, SharingRow)] == [
            0,
            0,
        ]


def test_the_files_to_take_along_are_named_in_the_reader_s_language(workshop: Workshop) -> None:
    text = words(workshop.signed_in(ANA).get(f"/me/credentials/{workshop.badge}", **{"Accept-Language": "de"}).text)
    for told in ("QR-Code, PNG", "für den Bildschirm", "zum Drucken"):
        assert told in text, told
    assert "for screens" not in text
