"""Cards: text of any script and length finds its place, and a name is drawn right or not at all."""

from __future__ import annotations

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wallet_export.card import HEIGHT, WIDTH, Card, Seal, card_png, card_svg
from wallet_export.card_fonts import Face, Fonts, Letters, clusters, runs
from wallet_export.card_scripts import ADVICE, SCRIPTS, missing_scripts
from wallet_export.card_text import drawable, fit, plain
from wallet_export.errors import RenderingFailed

SEAL = Seal(
    "#0b6b40", "#e6f4ec", '<circle cx="32" cy="32" r="30" fill="#0b6b40"/>', "Valid", "until 3 March 2027", True
)


class Even(dict[tuple[str, str], float | None]):
    """Letters that are all half an em wide, but for those that no font has."""

    def __init__(self, missing: str = "") -> None:
        self._missing = missing

    def get(self, key: tuple[str, str], default: object = None) -> float | None:
        return None if any(one in self._missing for one in key[1]) else 0.5


EVEN = Letters(Even())


class TestText:
    """Fitted into a box."""

    @given(st.text(min_size=1, max_size=300), st.integers(2, 30), st.integers(1, 4))
    @settings(max_examples=150)
    def test_nothing_is_wider_than_its_box_nor_has_more_lines(self, text: str, ems: int, lines: int) -> None:
        fitted = fit(plain(text), Face.BOLD, EVEN, width=ems * 40, sizes=(60, 50, 40), lines=lines)
        assert len(fitted.lines) <= lines
        for line in fitted.lines:
            assert EVEN.width(Face.BOLD, line) * fitted.size <= ems * 40 + 0.01

    def test_type_becomes_smaller_before_anything_is_cut(self) -> None:
        fitted = fit("one two three four", Face.BOLD, EVEN, width=240, sizes=(60, 48, 20), lines=1)
        assert (fitted.size, fitted.lines) == (20, ("one two three four",))
        cut = fit("one two three four", Face.BOLD, EVEN, width=100, sizes=(60, 20), lines=1)
        assert cut.lines == ("one two…",)

    def test_lines_are_about_equally_long(self) -> None:
        fitted = fit("Practitioner of cloud platforms", Face.TITLE, EVEN, width=28 * 20, sizes=(40,), lines=2)
        assert fitted.lines == ("Practitioner of", "cloud platforms")

    def test_ideographs_break_anywhere_and_marks_stay_with_their_letters(self) -> None:
        assert fit("専門家認定", Face.BOLD, EVEN, width=60, sizes=(40,), lines=2).lines == ("専門家", "認定")
        assert list(clusters("e\u0301a अनुष्का")) == ["e\u0301", "a", " ", "अ", "नु", "ष्", "का"]

    @pytest.mark.parametrize(
        ("hostile", "left"),
        [
            ("Ada\u202egpj.exe", "Adagpj.exe"),
            ("A\x00d\ud800a\u2067", "Ada"),
            ("Z\u0351\u036b\u0343\u036a\u0302\u036b\u033da", "Z\u0351\u036b\u0313a"),
            ("  Ada \n Lovelace\t", "Ada Lovelace"),
        ],
    )
    def test_what_could_disturb_other_lines_is_left_out(self, hostile: str, left: str) -> None:
        assert plain(hostile) == left

    def test_a_name_is_drawn_right_or_not_at_all(self) -> None:
        letters = Letters(Even(missing="ë🎉"))
        assert drawable("Zoë", Face.BOLD, letters) == ""
        assert drawable("Ada 🎉", Face.BOLD, letters) == "Ada"

    def test_each_script_is_asked_of_fonts_of_its_own(self) -> None:
        assert [run.text for run in runs("Ada अनुष्का 🎉 <b>")] == ["Ada ", "अनुष्का ", "🎉 ", "<b>"]


class TestCard:
    """The picture."""

    def test_text_is_text_whatever_it_holds(self) -> None:
        card = Card(title='</text><script>&"', title_else="", person="<image href='file:///etc/passwd'/>", seal=SEAL)
        drawn = ElementTree.fromstring(card_svg(card, EVEN))  # noqa: S314  (our own)
        assert {re.sub("{.*}", "", one.tag) for one in drawn.iter()} <= {"svg", "rect", "circle", "g", "text"}

    def test_without_letters_for_the_name_it_says_where_to_look(self) -> None:
        card = Card(title="Ada", title_else="B", person="Zoë", person_label="Awarded to", person_else="See its page.")
        svg = card_svg(card, Letters(Even(missing="ë")))
        assert "See its page." in svg
        assert "Awarded" not in svg

    def test_a_machine_without_fonts_still_draws_our_own_words(self) -> None:
        """Also what a card costs: this draws one, and measures its letters first."""
        fonts = Fonts(system=False)
        card = Card(title="Practitioner", title_else="", person="王小明", person_else="See its page.", seal=SEAL)
        letters = fonts.letters([(Face.TITLE, "Practitioner …"), (Face.BOLD, "王ë")])
        assert letters.has(Face.TITLE, "Practitioner …")
        assert letters.without(Face.BOLD, "王ë") == "王ë"
        assert 4 < letters.width(Face.TITLE, "Practitioner") < 8
        picture = Image.open(BytesIO(card_png(card, fonts)))
        assert picture.size == (WIDTH, HEIGHT)
        ink = picture.convert("L").crop((496, 152, 1136, 526)).point(lambda shade: 255 if shade < 128 else 0)
        assert ink.getbbox() is not None

    def test_what_cannot_be_drawn_is_an_error_in_words(self) -> None:
        with pytest.raises(RenderingFailed, match="could not be drawn"):
            Fonts(system=False).draw("<svg")

    def test_an_operator_learns_which_names_are_left_out(self) -> None:
        assert missing_scripts(Fonts(system=False)) == tuple(SCRIPTS)
        assert ADVICE.startswith("Install")
