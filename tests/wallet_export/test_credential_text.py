"""The text that goes into an image: another spelling of the same JSON, never another value."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given

from tests.conftest import vectors
from tests.wallet_export.pictures import JWT, json_credentials, signed_json
from wallet_export.credential_text import credential_text
from wallet_export.errors import NotACredential


def same_json(one: str, other: str) -> bool:
    """Equality of value, order of members and spelling of numbers."""
    read = [json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str) for text in (one, other)]
    return bool(read[0] == read[1])


@given(json_credentials())
def test_any_credential_keeps_its_value_and_becomes_ascii_without_a_brace_in_a_string(text: str) -> None:
    baked = credential_text(text).text
    assert same_json(baked, text)
    assert baked.isascii()
    assert baked.isprintable()
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', baked)
    assert not re.search(r"[{}<>&]", "".join(strings))
    assert credential_text(baked).text == baked


def test_the_signed_example_of_the_standard_keeps_its_value() -> None:
    example = vectors("ob3", "examples", "linked-data-proof-ob--signed-credential.json").read_text("utf-8")
    baked = credential_text(example)
    assert baked.form == "json"
    assert same_json(baked.text, example)
    assert len(baked.text) < len(example)


def test_numbers_and_existing_escapes_are_left_as_they_were_signed() -> None:
    text = '{ "a" : 1.0 , "b":1e5, "c": "\\u00e9\\/\\"\\\\{" , "d":-0.0, "proof":[{}] }'
    assert credential_text(text).text == ('{"a":1.0,"b":1e5,"c":"\\u00e9\\/\\"\\\\\\u007b","d":-0.0,"proof":[{}]}')


def test_characters_beyond_the_basic_plane_become_a_surrogate_pair() -> None:
    assert '"\\ud83d\\ude00"' in credential_text(signed_json(name="😀").replace("\\ud83d\\ude00", "😀")).text


def test_a_jwt_is_not_touched() -> None:
    assert credential_text(JWT).text == JWT
    assert credential_text(f"  {JWT}\n").text == JWT, "white space around a file's content is no part of the token"
    assert credential_text(JWT).form == "jwt"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither JSON nor a compact JWS"),
        ("hello", "neither JSON nor a compact JWS"),
        ('["a"]', "neither JSON nor a compact JWS"),
        ("aaaa.bbbb", "neither JSON nor a compact JWS"),
        ("aaaa..cccc", "neither JSON nor a compact JWS"),
        ("aaaa.bb=.cccc", "neither JSON nor a compact JWS"),
        ('{"proof": {"a": 1}', "not acceptable JSON"),
        ('{"proof": {"a": 1}, "proof": {"a": 2}}', "not acceptable JSON"),
        ('{"a": NaN, "proof": {"a": 1}}', "not acceptable JSON"),
        ('{"a": "\\ud800", "proof": {"a": 1}}', "not acceptable JSON"),
        ('{"a": 1}', "no proof"),
        ('{"proof": []}', "no proof"),
        ('{"a":' + "[" * 10_000, "not acceptable JSON"),
        ("a." + "b" * 5_000_000 + ".c", "longer than"),
    ],
)
def test_what_is_no_signed_credential_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(NotACredential, match=said):
        credential_text(text)
