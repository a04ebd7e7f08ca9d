"""What somebody finds under “My certifications”."""

from __future__ import annotations

from datetime import date

from tests.portal.me.conftest import ANA, BEN, Workshop, words


def test_what_to_do_is_on_top_with_why_and_until_when(workshop: Workshop) -> None:
    page = workshop.signed_in(ANA).get("/me")
    assert page.status_code == 200
    text = words(page.text)
    todo = text[text.index("What I must do") : text.index("What I hold")]
    assert "Apprentice" in todo
    assert "“Apprentice” expires on 20 January 2027 and can be renewed now." in todo
    assert "Due on 20 January 2027 (in 59 days)" in todo
    assert "“Journeyman” is required: for everyone, within 90 days of assignment." in todo
    held = text[text.index("What I hold") : text.index("What I may go for next")]
    assert "Valid until 20 January 2027" in held
    assert "Can be renewed now" in held
    assert f'href="/me/credentials/{workshop.badge}"' in page.text


def test_next_levels_say_what_is_missing_and_how_long_others_took(workshop: Workshop) -> None:
    text = words(workshop.signed_in(ANA).get("/me").text)
    following = text[text.index("What I may go for next") :]
    assert "Others took about 5 months, half of them between 3 and 6 months (6 people)." in following
    assert "First earn “Journeyman”." in following
    assert following.index("Open to you") < following.index("Not open yet")


def test_a_forecast_never_points_at_few(workshop: Workshop) -> None:
    for name in ("cem", "dan", "eve", "fay"):
        workshop.award(name, "safety", date(2026, 3, 1))
    text = words(workshop.signed_in(ANA).get("/me").text)
    safety = text[text.index("Safety at work") :]
    assert "Others took" not in safety[: safety.index("Master")]


def test_who_holds_nothing_is_told_what_will_be_there(workshop: Workshop) -> None:
    text = words(workshop.signed_in(BEN).get("/me").text)
    assert "Nothing yet. What you earn stands here" in text
    assert "First earn “Apprentice”." in text


def test_in_german(workshop: Workshop) -> None:
    page = workshop.signed_in(ANA).get("/me", **{"Accept-Language": "de"})
    text = words(page.text)
    assert '<html lang="de">' in page.text
    assert "Meine Zertifizierungen" in text
    assert "20. Januar 2027" in text
    assert "Andere brauchten etwa 5 Monate" in text


def test_the_same_number_of_questions_however_much_there_is(workshop: Workshop) -> None:
    ana, ben = workshop.signed_in(ANA), workshop.signed_in(BEN)
    few = workshop.counted()
    ben.get("/me")
    few = list(few)
    workshop.award("ana", "journeyman", date(2026, 5, 1))
    workshop.award("ana", "safety", date(2026, 5, 1))
    workshop.counted()
    ana.get("/me")
    assert len(workshop.statements) <= len(few) + 1, "one more for the link from a credential to its successors"
    assert len(workshop.statements) < 40


def test_the_history_is_told_in_the_reader_s_language(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    assert "Apprentice issued (version 1, earned on 20 January 2026)" in words(ana.get("/me/history").text)
    assert "verdient am 20. Januar 2026" in words(ana.get("/me/history", **{"Accept-Language": "de"}).text)
    assert "Nothing happened yet." in words(workshop.signed_in(BEN).get("/me/history").text)
    assert ana.get("/me/history?page=7").status_code == 200
    assert ana.get("/me/history?page=0").status_code == 422
