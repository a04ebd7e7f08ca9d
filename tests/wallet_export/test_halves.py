"""An image is read once, and what is baked into it afterwards is what was baked before that was so."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wallet_export import pictures
from wallet_export import png, png_chunks
from wallet_export.baking import bake, unbake
from wallet_export.credential_text import credential_text, own_credential_text
from wallet_export.errors import ImageRefused, NotACredential
from wallet_export.png import OLD_KEYWORD


@settings(deadline=None)
@given(pictures.pngs(), st.lists(pictures.json_credentials(), min_size=1, max_size=3))
def test_a_png_gets_one_chunk_behind_the_first_and_nothing_else_changes(image: bytes, credentials: list[str]) -> None:
    first, *rest = png_chunks.read_chunks(image)
    for credential in credentials:
        body = b"openbadgecredential\0\0\0\0\0" + credential_text(credential).ascii
        assert bake(image, credential) == png_chunks.write_chunks([first, (b"iTXt", body), *rest])
        assert bake(bake(image, "a.b.c"), credential) == bake(image, credential)


def test_what_is_refused_is_refused_each_time() -> None:
    image = pictures.with_chunks(pictures.png(), pictures.chunk(b"prVt", OLD_KEYWORD + b"\0pixels"))
    for _ in range(2):
        with pytest.raises(ImageRefused, match="prVt"):
            bake(image, pictures.JSON_CREDENTIAL)


def test_the_images_that_are_kept_are_few_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    from wallet_export import halves

    cut: list[bytes] = []

    def remember(image: bytes) -> halves.Halves:
        cut.append(image)
        return halves.Halves(image, b"", lambda credential: (credential.ascii,))

    find = halves.kept(remember)
    small, large = b"s", b"l" * (halves._LARGEST_KEPT + 1)
    for image in (small, small, large, large, small):
        find(image)
    assert cut == [small, large, large]
    for number in range(halves._MOST_KEPT):
        find(bytes([number]))
    find(small)
    assert cut.count(small) == 2


@settings(deadline=None)
@given(pictures.json_credentials())
def test_own_credentials_are_spelt_like_those_of_others(credential: str) -> None:
    """But for white space between tokens, which what is signed here has none of."""
    spelt = credential_text(credential)
    assert own_credential_text(spelt.ascii) == spelt
    again = own_credential_text(credential.encode())
    assert credential_text(again.text) == spelt


@pytest.mark.parametrize(
    "text",
    [
        '{"proof":{"a":"}"}}',
        '{"proof":{"a":"},"}}',
        '{"proof":{"a":"{"}}',
        '{"proof":{"a":"{","B":1}}',
        '{"proof":{"a":"\\"{\\"b\\":1}"}}',
        '{"proof":{"a":"\\\\"},"b":"}"}',
        '{"proof":{},"a":[{},{"1":"x"}]}',
        '{"proof":[{"a":"x}]}"}],"b":"},{"}',
        '{"proof":{"é“":"<{&}>\x7f😀"}}',
    ],
)
def test_braces_and_marks_in_strings_are_escaped(text: str) -> None:
    spelt_as_wanted(text)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text('ab"\\\\{}<>&\x7f é“张😀', max_size=6),
        st.text('ab"\\\\{}<>&\x7f é“张😀', max_size=40) | st.just({}) | st.just([{}]),
        max_size=6,
    )
)
def test_any_strings_are_escaped(members: dict[str, object]) -> None:
    spelt_as_wanted(json.dumps(members, ensure_ascii=False, separators=(",", ":")))


def spelt_as_wanted(text: str) -> None:
    spelt = own_credential_text(text.encode())
    assert json.loads(spelt.text) == json.loads(text)
    depth = 0
    for character in spelt.text:  # as readers do that know no strings
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth > 0 or character == "}"
    assert depth == 0
    assert spelt.text.isascii()
    assert not set("<>&\x7f") & set(spelt.text)


@pytest.mark.parametrize("stored", [b'a.b.c"/><x', b"a.b.c&amp;", "a.b.é".encode(), b"a.b.c\n"])
def test_a_stored_token_that_is_none_breaks_out_of_nothing(stored: bytes) -> None:
    with pytest.raises(NotACredential, match="doctor"):
        own_credential_text(stored)


@pytest.mark.parametrize("image", [pictures.png(), pictures.SVG])
def test_own_credentials_are_read_back(image: bytes) -> None:
    for signed in (pictures.JSON_CREDENTIAL, pictures.JWT):
        own = own_credential_text(credential_text(signed).ascii)
        assert bake(image, own) == bake(image, signed)
        assert unbake(bake(image, own)).text == own.text


def test_the_bakery_is_imported_to_bake_and_not_to_look() -> None:
    assert "openbadges_bakery" not in vars(png)
