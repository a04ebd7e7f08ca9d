"""A shared link: its picture, the embedded badge and oEmbed say what the page says to strangers, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from PIL import Image
from sqlalchemy import select
from starlette.testclient import TestClient

from issuer.sharing import Shown, show
from issuer.status import revoke
from issuer.tables import AwardRow, CredentialRow
from portal.language.language import ENGLISH, GERMAN
from portal.pages import card_drawing
from portal.pages.card import credential_card
from portal.pages.card_drawing import Drawing
from portal.pages.card_facts import public_facts
from portal.pages.card_seal import TONES
from portal.pages.rendering import Site, render
from portal.static_files import static_files
from portal.verifying.places import Overloaded
from tests.portal.conftest import BASE, BROWSER, House, build_house
from wallet_export.card import Card
from wallet_export.card_fonts import Fonts
from wallet_export.errors import RenderingFailed

PRIVATE = ("Zoë", "Kjærsgaard", "Z. K.", "practitioner", "Practitioner", "Cloud Engineering", "Warm standby")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, since these tests change what others look at."""
    house = build_house(tmp_path_factory.mktemp("cards"))
    yield house
    house.service.close()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Card]:
    """The cards that were drawn; instead of a process there is a small picture."""
    cards: list[Card] = []

    def draw(card: Card, _fonts: object) -> bytes:
        cards.append(card)
        file = BytesIO()
        Image.new("RGB", (1200, 630), (len(cards), 0, 0)).save(file, "PNG")
        return file.getvalue()

    monkeypatch.setattr(card_drawing, "card_png", draw)
    return cards


@pytest.fixture
def asked(busy: House, drawn: list[Card]) -> Iterator[TestClient]:
    with busy.client() as client:
        yield client


def show_as(house: House, name: str, wanted: Shown) -> None:
    credential_id = UUID(house.ids[name])
    with house.service.database.read() as session:
        person = session.scalars(
            select(AwardRow.person_id).join(CredentialRow, CredentialRow.award_id == AwardRow.id)
            .where(CredentialRow.id == credential_id)
        ).one()  # fmt: skip
    assert person is not None
    show(
        house.service.database, person_id=person, credential_id=credential_id, wanted=wanted, now=house.service.clock()
    )


def oembed_of(client: TestClient, url: str, **parameters: str) -> Any:
    return client.get("/oembed", params={"url": url, **parameters})


class TestCard:
    """`/credentials/{id}/card.png`."""

    @pytest.mark.parametrize(
        ("name", "person", "says"),
        [
            ("valid", "Zoë Kjærsgaard", "Valid until 9 October 2028"),
            ("expired", "Łukasz Wójcik", "Expired since 5 January 2026"),
            ("revoked", "فاطمة الزهراء بنت عبد الرحمن المنصوري", "Revoked on 25 October 2026"),
            ("suspended", "田中 さくら", "Suspended since 25 October 2026"),
        ],
    )
    def test_it_says_what_whose_and_how_it_stands(self, house: House, name: str, person: str, says: str) -> None:
        card = credential_card(public_facts(house.service, UUID(house.ids[name])), ENGLISH, ())
        assert card.seal is not None
        assert f"{card.seal.word} {card.seal.line}" == says
        assert (card.person, card.eyebrow, card.issuer) == (person, "Cloud Engineering", "Brightmoor Academy")
        assert card.domain == "badges.brightmoor.example"
        assert card.foot == "Status of 22 November 2026"
        assert card.seal.is_good == (name == "valid")

    def test_it_speaks_german_to_who_asks_in_german(self, house: House) -> None:
        card = credential_card(public_facts(house.service, UUID(house.ids["valid"])), GERMAN, ())
        assert card.foot == "Status vom 22. November 2026"
        assert card.person_label == "Verliehen an"

    def test_it_is_a_picture_that_is_kept_until_something_changes(
        self, busy: House, asked: TestClient, drawn: list[Card]
    ) -> None:
        path = f"/credentials/{busy.ids['valid']}/card.png"
        first = asked.get(path)
        assert first.headers["content-type"] == "image/png"
        assert first.headers["cache-control"] == "public, max-age=0"
        assert first.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "Accept-Language" in first.headers["vary"]
        assert Image.open(BytesIO(first.content)).size == (1200, 630)
        assert asked.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        show_as(busy, "expired", Shown())  # a commit that is none of its business
        assert asked.get(path).content == first.content
        assert len(drawn) == 1, "what says the same is not drawn again"

    def test_a_revocation_turns_it(self, busy: House, asked: TestClient, drawn: list[Card]) -> None:
        path = f"/credentials/{busy.ids['expired']}/card.png"
        before = asked.get(path)
        assert drawn[-1].seal is not None
        assert drawn[-1].seal.word == "Expired"
        keyring = busy.service.keyring
        assert keyring is not None
        revoke(
            busy.service.database,
            keyring,
            credential_id=UUID(busy.ids["expired"]),
            actor="test",
            now=busy.clock(),
            reason="a secret reason",
        )
        after = asked.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert drawn[-1].seal is not None
        assert (drawn[-1].seal.word, drawn[-1].seal.is_good) == ("Revoked", False)
        assert "secret" not in repr(drawn[-1])

    def test_the_holder_decides_what_it_says(self, busy: House, asked: TestClient, drawn: list[Card]) -> None:
        path = f"/credentials/{busy.ids['valid']}/card.png"
        try:
            show_as(busy, "valid", Shown(full_name=False))
            asked.get(path)
            assert drawn[-1].person == "Z. K."
            show_as(busy, "valid", Shown(page_open=False))
            asked.get(path)
        finally:
            show_as(busy, "valid", Shown())
        closed = drawn[-1]
        assert (closed.title, closed.pictures) == ("A credential of Brightmoor Academy", ())
        assert not any(told in repr(closed) for told in PRIVATE)

    def test_what_there_is_not_has_none(self, busy: House, asked: TestClient) -> None:
        assert asked.get("/credentials/00000000-0000-4000-8000-000000000000/card.png").status_code == 404
        assert asked.get("/achievements/00000000-0000-4000-8000-000000000000/card.png").status_code == 404
        assert asked.get("/programs/no-such/card.png").status_code == 404
        assert asked.get("/credentials/../etc/card.png").status_code == 404
        assert busy.ids

    def test_levels_and_programs_have_simple_ones(self, busy: House, asked: TestClient, drawn: list[Card]) -> None:
        assert asked.get("/programs/cloud-engineering/card.png").status_code == 200
        assert (drawn[-1].title, drawn[-1].seal) == ("Cloud Engineering", None)
        assert len(drawn[-1].pictures) == len({level["level"] for level in levels(asked)})
        path = levels(asked)[0]["achievement"].removeprefix(BASE)
        assert asked.get(f"{path}/card.png").status_code == 200
        assert drawn[-1].title == levels(asked)[0]["name"]
        assert busy.ids

    def test_who_asks_when_many_are_drawn_is_told_to_come_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(card_drawing, "_MOST_WAITING", 0)
        with pytest.raises(Overloaded):
            Drawing().png(Card(title="A", title_else="B"))

    def test_a_picture_that_cannot_be_drawn_is_no_page_of_errors(
        self, busy: House, asked: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_card: Card, _fonts: object) -> bytes:
            raise RenderingFailed("no fonts, no memory")

        monkeypatch.setattr(card_drawing, "card_png", fail)
        answer = asked.get(f"/credentials/{busy.ids['suspended']}/card.png")
        assert answer.status_code == 503
        assert "no memory" not in answer.text

    def test_without_letters_for_german_it_speaks_english(
        self, busy: House, asked: TestClient, drawn: list[Card], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asked.app.state.drawing, "fonts", Fonts(system=False))  # type: ignore[attr-defined]
        asked.get(f"/credentials/{busy.ids['suspended']}/card.png", headers={"Accept-Language": "de"})
        assert drawn[-1].foot == "Status of 22 November 2026"

    def test_its_colours_are_those_of_the_pages(self) -> None:
        light = static_files()["tokens.css"].body.decode().partition("@media")[0]
        for kind, (tone, tint) in TONES.items():
            name = {"invalid": "revoked", "not-yet-valid": "early"}.get(kind, kind)
            assert f"--{name}: {tone};" in light
            assert f"--{name}-tint: {tint};" in light


def levels(client: TestClient) -> list[dict[str, str]]:
    found: list[dict[str, str]] = client.get("/programs/cloud-engineering").json()["levels"]
    return found


class TestHead:
    """What those who unfold a link read in the head of a page."""

    def test_a_credential_has_all_of_it(self, house: House, client: TestClient) -> None:
        url = f"{BASE}/credentials/{house.ids['valid']}"
        head = client.get(url, headers=BROWSER).text.partition("</head>")[0]
        told = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', head))
        assert told["og:image"] == f"{url}/card.png"
        assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
        assert told["og:title"].endswith("– Zoë Kjærsgaard")
        assert told["og:description"].startswith("Valid until 9 October 2028")
        assert told["og:image:alt"]
        assert (told["og:type"], told["og:url"], told["twitter:card"]) == ("website", url, "summary_large_image")
        assert f'type="application/json+oembed" href="{BASE}/oembed?format=json&amp;url=https%3A%2F%2F' in head

    def test_in_german_it_names_the_german_picture(self, house: House, client: TestClient) -> None:
        path = f"/credentials/{house.ids['valid']}"
        assert "/card.png?lang=de" in client.get(path, headers={**BROWSER, "Accept-Language": "de"}).text

    def test_levels_and_programs_have_it_too(self, client: TestClient) -> None:
        program = client.get("/programs/cloud-engineering", headers=BROWSER).text
        assert f'"og:image" content="{BASE}/programs/cloud-engineering/card.png"' in program
        level = levels(client)[0]["achievement"]
        path = level.removeprefix(BASE)
        assert f'"og:image" content="{level}/card.png"' in client.get(path, headers=BROWSER).text


class TestEmbed:
    """`/credentials/{id}/embed`."""

    def test_it_alone_may_stand_in_pages_of_others(self, house: House, client: TestClient) -> None:
        path = f"/credentials/{house.ids['valid']}"
        embed, page = client.get(f"{path}/embed"), client.get(path, headers=BROWSER)
        assert "x-frame-options" not in embed.headers
        policy = embed.headers["content-security-policy"]
        assert "frame-ancestors *" in policy
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "<script" not in embed.text
        assert "set-cookie" not in embed.headers
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        for other in ("/", "/verify", f"{path}.json", "/oembed", "/no-such"):
            assert client.get(other).headers["x-frame-options"] == "DENY", other

    @pytest.mark.parametrize(("name", "word"), [("valid", "Valid"), ("revoked", "Revoked"), ("suspended", "Suspended")])
    def test_it_says_how_it_stands_now(self, house: House, client: TestClient, name: str, word: str) -> None:
        answer = client.get(f"/credentials/{house.ids[name]}/embed")
        assert f"<strong>{word}</strong>" in answer.text
        assert f'href="{BASE}/credentials/{house.ids[name]}" target="_blank" rel="noopener noreferrer"' in answer.text
        assert client.get(answer.url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304

    def test_the_snippet_is_on_the_page(self, house: House, client: TestClient) -> None:
        page = client.get(f"/credentials/{house.ids['valid']}", headers=BROWSER).text
        found = re.search(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", page, re.DOTALL)
        assert found is not None
        code = unescape(found[1])
        assert code.startswith(f'<iframe src="{BASE}/credentials/{house.ids["valid"]}/embed"')
        assert "Zoë Kjærsgaard" in code
        assert code == oembed_of(client, f"{BASE}/credentials/{house.ids['valid']}").json()["html"]

    def test_a_closed_credential_tells_nothing_anywhere(self, busy: House, asked: TestClient) -> None:
        path = f"/credentials/{busy.ids['valid']}"
        show_as(busy, "valid", Shown(page_open=False))
        try:
            answers = [
                asked.get(path, headers=BROWSER),
                asked.get(f"{path}/embed"),
                oembed_of(asked, BASE + path),
                oembed_of(asked, BASE + path, format="xml"),
            ]
        finally:
            show_as(busy, "valid", Shown())
        assert [answer.status_code for answer in answers] == [200, 200, 401, 401]
        assert "<strong>Valid</strong>" in answers[1].text
        for answer in answers:
            assert not any(told in answer.text for told in PRIVATE)
        assert "oembed" not in answers[0].text

    def test_a_hostile_name_stays_a_name(self, house: House) -> None:
        facts = public_facts(house.service, UUID(house.ids["valid"]))
        html = render("embed.html", Site("A", ""), page=Hostile(facts))
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


class Hostile:
    """An embedded badge whose image and title come from somebody who means harm."""

    def __init__(self, facts: Any) -> None:
        self.facts = facts
        self.title = '"><script>alert(1)</script>'
        self.image = '"><script>alert(2)</script>'


class TestOEmbed:
    """`/oembed`, by the specification at oembed.com."""

    def test_it_answers_in_json_and_xml_alike(self, house: House, client: TestClient) -> None:
        url = f"{BASE}/credentials/{house.ids['valid']}"
        answer = oembed_of(client, url)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"
        said = answer.json()
        assert (said["version"], said["type"], said["width"], said["height"]) == ("1.0", "rich", 480, 204)
        assert (said["thumbnail_url"], said["thumbnail_width"]) == (f"{url}/card.png", 1200)
        assert said["provider_name"] == "Brightmoor Academy"
        xml = oembed_of(client, url, format="xml")
        assert xml.headers["content-type"].startswith("text/xml")
        members = {one.tag: one.text for one in ElementTree.fromstring(xml.text)}  # noqa: S314  (our own)
        assert members == {name: str(value) for name, value in said.items()}

    def test_what_it_gives_fits(self, house: House, client: TestClient) -> None:
        url = f"{BASE}/credentials/{house.ids['valid']}"
        narrow = oembed_of(client, url, maxwidth="300").json()
        assert (narrow["type"], narrow["width"]) == ("rich", 280)
        assert 'width="280" height="236"' in narrow["html"]
        assert "thumbnail_url" not in narrow
        none = oembed_of(client, url, maxheight="90").json()
        assert none["type"] == "link"
        assert "html" not in none
        assert oembed_of(client, url, maxwidth="wide").status_code == 400

    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("", 400),
            ("https://evil.example/credentials/{id}", 404),
            ("https://badges.brightmoor.example.evil.example/credentials/{id}", 404),
            ("https://badges.brightmoor.example@evil.example/credentials/{id}", 404),
            ("https://[", 404),
            ("javascript:alert(1)", 404),
            ("{base}/verify", 404),
            ("{base}/credentials/{id}.json", 404),
            ("{base}/credentials/00000000-0000-4000-8000-000000000000", 404),
            ("{base}/credentials/{id}/#checks", 200),
            ("{base}/credentials/{id}?utm_source=mail", 200),
        ],
    )
    def test_only_our_own_credentials(self, house: House, client: TestClient, url: str, status: int) -> None:
        answer = oembed_of(client, url.replace("{base}", BASE).replace("{id}", house.ids["valid"]))
        assert answer.status_code == status, answer.text

    def test_another_format_is_not_implemented(self, house: House, client: TestClient) -> None:
        url = f"{BASE}/credentials/{house.ids['valid']}"
        assert oembed_of(client, url, format="yaml").status_code == 501

    def test_the_address_on_the_page_answers(self, house: House, client: TestClient) -> None:
        page = client.get(f"/credentials/{house.ids['revoked']}", headers=BROWSER).text
        for kind in ("json", "xml"):
            found = re.search(rf'type="[a-z]+/{kind}\+oembed" href="([^"]+)"', page)
            assert found is not None
            assert client.get(unescape(found[1]).removeprefix(BASE)).status_code == 200
        assert json.dumps(house.ids)
