"""Every text that the pages can say is in every catalogue, with the same values in it, and nothing else is."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from portal.language.language import LANGUAGES, Language

PROJECT = Path(__file__).resolve().parents[3]
ROOMS = ("credentials", "wallet_export", "verifier", "issuer", "portal")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "sentence": None, "counted": (2, 3)}
MARKS = ("credentials.sentence", "def gettext(")
OTHERS = tuple(language for language in LANGUAGES if language.tag != "en")

Text = str | tuple[str, str]


@cache
def said() -> Mapping[Text, str]:
    """All texts that templates and rooms mark to be said, and where the first of each stands."""
    found: dict[Text, str] = {}
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.*")):
            method = {".html": "jinja2.ext:babel_extract", ".py": "python"}.get(path.suffix)
            if method is None or "node_modules" in path.parts:
                continue
            if path.suffix == ".py" and not any(mark in path.read_text() for mark in MARKS):
                continue
            options = {"trimmed": "true", "silent": "false"} if path.suffix == ".html" else {}
            for line, text, _, _ in extract_from_file(method, path, keywords=KEYWORDS, options=options):
                where = f"{path.relative_to(PROJECT)}:{line}"
                found.setdefault(text if isinstance(text, str) else (text[0], text[1]), where)
    return found


def names_in(text: str) -> set[str]:
    """The names of the values in a pattern, of either kind: `{name}` and `%(name)s`."""
    named = {name for _, name, _, _ in string.Formatter().parse(text.replace("%(", "%%(")) if name}
    return named | {part.split(")", 1)[0] for part in text.split("%(")[1:]}


def messages(tag: str) -> Iterator[tuple[Text, list[str]]]:
    """What all files of a language translate, and into what."""
    for path in sorted((PROJECT / "portal" / "language" / tag).glob("*.po")):
        with path.open("rb") as file:
            yield from _of_file(read_po(file, locale=tag))


def _of_file(catalogue: Catalog) -> Iterator[tuple[Text, list[str]]]:
    for message in catalogue:
        if message.id:
            identifier = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            yield identifier, [message.string] if isinstance(message.string, str) else [*(message.string or ())]


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.tag)
def test_every_text_is_translated(language: Language) -> None:
    known = dict(messages(language.tag))
    missing = {text: place for text, place in said().items() if not all(known.get(text, [""]))}
    assert not missing, f"these texts have no translation: {missing}"


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.tag)
def test_no_text_is_translated_twice(language: Language) -> None:
    texts = Counter(text for text, _ in messages(language.tag))
    assert not [text for text, number in texts.items() if number > 1]


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.tag)
def test_no_translation_is_left_over(language: Language) -> None:
    texts = said()
    extra = [text for text, _ in messages(language.tag) if text not in texts]
    assert not extra, f"nobody says these any more: {extra}"


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.tag)
def test_translations_hold_the_same_values(language: Language) -> None:
    for text, strings in messages(language.tag):
        wanted = names_in(text) if isinstance(text, str) else names_in(text[0]) | names_in(text[1])
        for translated in strings:
            assert names_in(translated) <= wanted, f"{translated!r} has values that {text!r} has not"
            if isinstance(text, str):
                assert names_in(translated) == wanted, f"{translated!r} lacks values of {text!r}"


def test_a_wallet_has_one_gender_in_german() -> None:
    """Both are heard; one page after the other must not change it."""
    other = re.compile(
        r"\b(das|dem|des|ein|einem|kein|keinem|mein|meinem|ihr|ihrem|im|ins|zum|vom|beim|\w+es|\w+em)"
        r" (learner credential )?wallet\b",
        re.IGNORECASE,
    )
    found = [text for _, strings in messages("de") for text in strings if other.search(text)]
    assert not found, f"it is “die Wallet”: {found}"


def test_a_badge_has_one_gender_in_german() -> None:
    """As with wallets: it is “der Badge”."""
    other = re.compile(r"\b(das|dieses|jedes|ins|ein \w+es|kein \w+es) badge\b|\bbadge, das\b", re.IGNORECASE)
    found = [text for _, strings in messages("de") for text in strings if other.search(text)]
    assert not found, f"it is “der Badge”: {found}"
