"""The foot of one's e-mails: what mail programs keep, and nothing that people's words could make of it."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from wallet_export.signature import Signature

URL = "https://badges.brightmoor.example/credentials/1f0b8f2e"
BADGE = Signature("Notfallübung & Leitung", "Brightmoor <GmbH>", URL, f"{URL}.png", "Badge: Notfallübung & Leitung")


class _Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_it_is_a_table_with_its_styles_and_a_picture_that_can_be_heard() -> None:
    seen = _Seen(BADGE.html)
    assert [tag for tag, _ in seen.tags] == ["table", "tr", "td", "a", "img", "td", "a", "b", "br"]
    assert seen.words == "Notfallübung & LeitungBrightmoor <GmbH>"
    picture = next(members for tag, members in seen.tags if tag == "img")
    assert (picture["src"], picture["alt"]) == (f"{URL}.png", "Badge: Notfallübung & Leitung")
    assert {members["href"] for tag, members in seen.tags if tag == "a"} == {URL}
    assert not {"class", "id"} & {name for _, members in seen.tags for name in members}, "mails have no style sheet"


def test_without_a_picture_it_is_words() -> None:
    assert "<img" not in Signature("Apprentice", "Brightmoor", URL).html


def test_mails_without_html_have_the_same() -> None:
    assert BADGE.text == f"Notfallübung & Leitung – Brightmoor <GmbH>\n{URL}"


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_words_of_people_stay_words(name: str, organization: str, alt: str) -> None:
    usual = [(tag, set(members)) for tag, members in _Seen(BADGE.html).tags]
    seen = _Seen(Signature(name, organization, URL, f"{URL}.png", alt).html)
    assert [(tag, set(members)) for tag, members in seen.tags] == usual
