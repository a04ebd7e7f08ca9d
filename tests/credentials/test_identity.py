"""Whose badge is it? Hashed and plain recipient identifiers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from credentials.identity import hashed_identity, matches, plain_identity
from credentials.model.classes import IdentityObject

KOSHER = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_the_value_of_the_standard() -> None:
    identity = hashed_identity("a@example.com", "emailAddress", "Kosher")
    assert identity == {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": KOSHER,
        "identityType": "emailAddress",
        "salt": "Kosher",
    }
    assert matches(identity, "a@example.com", "emailAddress")


def test_what_is_made_is_an_identity_object() -> None:
    for identity in (hashed_identity("x", "ext:staff", "s"), plain_identity("Zoë Ångström", "name")):
        assert IdentityObject.from_json(identity).as_json() == identity


@given(value=TEXT, salt=TEXT, other=TEXT)
def test_a_hash_matches_its_own_value_only(value: str, salt: str, other: str) -> None:
    identity = hashed_identity(value, "userName", salt)
    assert matches(identity, value, "userName")
    assert not matches(identity, value, "accountId")
    assume(other not in (value, salt))
    assert not matches(identity, other, "userName")
    assume(value + other != value + salt)
    assert not matches(identity | {"salt": other}, value, "userName")


@given(value=TEXT, place=st.integers(7, 70))
def test_any_other_digit_in_the_hash_matches_nobody(value: str, place: int) -> None:
    identity = hashed_identity(value, "userName", "salt")
    text = identity["identityHash"]
    changed = "0" if text[place] != "0" else "1"
    assert not matches(identity | {"identityHash": text[:place] + changed + text[place + 1 :]}, value, "userName")


def test_hexadecimal_may_be_upper_case_and_the_hash_md5_in_what_others_made() -> None:
    digest = hashlib.md5(b"ana@example.orgpepper", usedforsecurity=False).hexdigest()
    identity = {"type": "IdentityObject", "hashed": True, "identityType": "emailAddress", "salt": "pepper"}
    assert matches(identity | {"identityHash": f"md5${digest}"}, "ana@example.org", "emailAddress")
    assert matches(identity | {"identityHash": f"md5${digest.upper()}"}, "ana@example.org", "emailAddress")
    assert not matches(identity | {"identityHash": f"sha256${digest}"}, "ana@example.org", "emailAddress")
    assert not matches(identity | {"identityHash": f"MD5${digest}"}, "ana@example.org", "emailAddress")


def test_no_salt_means_not_salted() -> None:
    digest = hashlib.sha256(b"4711").hexdigest()
    identity = {"type": "IdentityObject", "hashed": True, "identityType": "sourcedId"}
    assert matches(identity | {"identityHash": f"sha256${digest}"}, "4711", "sourcedId")


def test_plain_text_is_compared_as_it_is_and_its_salt_means_nothing() -> None:
    identity = plain_identity("Ana", "userName") | {"salt": "not-used"}
    assert matches(identity, "Ana", "userName")
    assert not matches(identity, "ana", "userName")


@pytest.mark.parametrize("issued_to", ["Ana.Silva@Example.org", "ana.silva@example.org", "Ana.Silva@example.org"])
@pytest.mark.parametrize("hashed", [True, False])
def test_a_mail_address_is_found_in_the_usual_spellings(issued_to: str, hashed: bool) -> None:
    identity = hashed_identity(issued_to, "emailAddress", "s") if hashed else plain_identity(issued_to, "emailAddress")
    assert matches(identity, issued_to, "emailAddress")
    assert matches(identity, "Ana.Silva@Example.org", "emailAddress")
    assert not matches(identity, "ana.sylva@example.org", "emailAddress")
    assert not matches(identity, "Ana.Silva@Example.org", "userName")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"hashed": "true"},
        {"hashed": 1},
        {"hashed": None},
        {"identityHash": None},
        {"identityHash": 7},
        {"identityHash": "a@example.com"},
        {"identityHash": KOSHER + "\n"},
        {"identityHash": "sha512$" + "ab" * 64},
        {"salt": None},
        {"salt": ["Kosher"]},
        {"salt": "\ud800"},
        {"identityType": None},
    ],
)
def test_what_is_malformed_matches_nobody(broken: dict[str, object]) -> None:
    identity = hashed_identity("a@example.com", "emailAddress", "Kosher")
    assert not matches(identity | broken if broken else {}, "a@example.com", "emailAddress")


def test_nobody_is_found_by_an_empty_identifier() -> None:
    digest = hashlib.sha256(b"").hexdigest()
    identity = {"hashed": True, "identityType": "name", "identityHash": f"sha256${digest}"}
    assert not matches(identity, "", "name")
    assert not matches({"hashed": False, "identityType": "name", "identityHash": ""}, "", "name")
    assert not matches({"hashed": True, "identityType": "name", "identityHash": KOSHER}, "\ud800", "name")


@pytest.mark.parametrize(
    ("value", "identity_type", "salt", "words"),
    [
        ("", "emailAddress", "s", "empty"),
        ("a@example.com", "emailAddress", "", "salt"),
        ("a@example.com", "email", "s", "“email” is no identity type"),
        ("\ud800", "emailAddress", "s", "utf-8"),
    ],
)
def test_an_identity_that_cannot_be_made_is_refused(value: str, identity_type: str, salt: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        hashed_identity(value, identity_type, salt)
