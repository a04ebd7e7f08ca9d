"""Who chose a language, and who gets which: the address, the cookie, then what the browser asks for."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.language.wanted import chosen_in_cookies, language_of_scope, query_without_choice
from tests.portal.conftest import BASE, BROWSER, House, build_house
from tests.portal.language.page_texts import page_texts

PAGE = {**BROWSER, "Accept-Language": "en"}


def scope(accept: str = "", cookie: str = "", query: str = "") -> dict[str, object]:
    """A request as ASGI has it."""
    given = {"accept-language": accept, "cookie": cookie}
    headers = [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value]
    return {"type": "http", "headers": headers, "query_string": query.encode()}


@pytest.mark.parametrize(
    ("accept", "cookie", "query", "tag"),
    [
        ("", "", "", "en"),
        ("de", "", "", "de"),
        ("de", "lang=en", "", "en"),
        ("de", "session=x; lang=en; other=y", "", "en"),
        ("en", "lang=en", "lang=de", "de"),
        ("en", "", "a=1&lang=de&b=2", "de"),
        ("de", "lang=fr", "lang=xx", "de"),
        ("de", "language=en; xlang=en", "slang=en&lang=en-US", "de"),
        ("fr;q=1, de;q=0.2, en;q=0.1", "", "", "de"),
        ("de;q=0, en;q=0.1", "", "", "en"),
        ("tlh, *", "", "", "en"),
        ("x" * 5000 + ",de", "", "", "de"),
        ("\xff\xfe", "lang=\xff", "lang=%FF", "en"),
    ],
)
def test_the_one_rule(accept: str, cookie: str, query: str, tag: str) -> None:
    assert language_of_scope(scope(accept, cookie, query)).tag == tag


def test_a_cookie_of_another_name_chooses_nothing() -> None:
    assert chosen_in_cookies(scope(cookie="notlang=de; lang2=de")) == ""
    assert query_without_choice(scope(query="state=valid&lang=de&q=a%20b")) == "state=valid&q=a%20b&"


def test_a_choice_is_remembered_and_nothing_else_is(house: House) -> None:
    with house.client() as client:
        assert "set-cookie" not in client.get("/verify", headers={**BROWSER, "Accept-Language": "de"}).headers
        chosen = client.get("/verify?lang=de", headers=PAGE)
        assert chosen.headers["set-cookie"] == "lang=de; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly; Secure"
        assert page_texts(chosen.text).tag == "de"
        again = client.get("/", headers=PAGE)
        assert page_texts(again.text).tag == "de"
        assert "set-cookie" not in again.headers
        assert "set-cookie" not in client.get("/verify?lang=de", headers=PAGE).headers
        back = client.get("/verify?lang=en", headers=PAGE)
        assert back.headers["set-cookie"].startswith("lang=en;")
        assert "set-cookie" not in client.get("/verify?lang=tlh", headers=PAGE).headers


def test_only_pages_remember(house: House) -> None:
    """A calendar feed has a parameter of that name too, and nobody chose anything by it."""
    with house.client() as client:
        for path in (f"/credentials/{house.ids['valid']}.json", "/openapi.json", f"/calendar/{'s' * 43}.ics"):
            assert "set-cookie" not in client.get(f"{path}?lang=de", headers={"Accept": "*/*"}).headers
        assert "set-cookie" not in client.post("/verify?lang=de", data={"text": ""}, headers=PAGE).headers


def test_the_switch_leads_to_the_same_page(house: House) -> None:
    with house.client() as client:
        page = client.get("/verify?tab=2&lang=de", headers=PAGE).text
        assert 'href="?tab=2&amp;lang=en" hreflang="en" lang="en"' in page
        assert '<span class="nav-here" lang="de" aria-current="true">Deutsch</span>' in page
        assert '<link rel="alternate" hreflang="de" href="?tab=2&amp;lang=de">' in page
        hostile = client.get('/verify?"><script>alert(1)</script>&lang=de', headers=PAGE).text
        assert "<script>alert" not in hostile
        answered = client.post("/verify", data={"text": ""}, headers=PAGE).text
        assert "hreflang" not in answered  # no address shows an answer to a form again


def test_below_a_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = build_house(tmp_path_factory.mktemp("below"), f"{BASE}/badges")
    with TestClient(create_app(house.service), base_url=BASE) as client:
        chosen = client.get("/badges/?lang=de", headers=PAGE)
        assert "Path=/badges;" in chosen.headers["set-cookie"]
        assert page_texts(client.get("/badges/verify", headers=PAGE).text).tag == "de"
    house.service.close()


def test_kept_answers_never_mix_languages(house: House) -> None:
    path = f"/credentials/{house.ids['valid']}"
    with house.client() as client:
        tags: dict[str, set[str]] = {}
        for _ in range(3):
            for language in ("en", "de", "fr,de;q=0.5", "de-CH"):
                answer = client.get(path, headers={**BROWSER, "Accept-Language": language})
                tag = "en" if language == "en" else "de"
                assert answer.headers["content-language"] == page_texts(answer.text).tag == tag
                tags.setdefault(tag, set()).add(answer.headers["etag"])
        client.get(f"{path}?lang=de", headers=PAGE)
        assert page_texts(client.get(path, headers=PAGE).text).tag == "de"
        client.cookies.clear()
        assert page_texts(client.get(path, headers=PAGE).text).tag == "en"
        english = client.get(path, headers=PAGE).headers["etag"]
        told = client.get(path, headers={**BROWSER, "Accept-Language": "de", "If-None-Match": english})
        assert told.status_code == 200
        known = client.get(path, headers={**PAGE, "If-None-Match": english})
        assert known.status_code == 304
        assert known.headers["vary"] == "Accept, Accept-Language, Cookie"
    assert {len(found) for found in tags.values()} == {1}
    assert tags["en"] != tags["de"]
    entries = house.service.documents.memory._entries
    kept = [key for key in entries if isinstance(key, tuple) and path in key and "text/html" in str(key)]
    assert len({re.sub(r"\W", "", str(key)) for key in kept if key[0] == "answer"}) == 2
