"""The canonical form is the standard's, loses nothing, and always ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from credentials import contexts
from credentials.canonical import canonicalize
from credentials.problems import TOO_COMPLEX, UNSIGNED_TERM, Unacceptable
from tests.conftest import vectors
from tests.credentials.badges import badge
from tests.work import work_of_at_most


@pytest.mark.vectors
def test_the_vector_of_vc_di_eddsa() -> None:
    folder = vectors("vc-di-eddsa")
    examples = json.loads(vectors("vcdm2-contexts", "examples", "v2").read_text())

    def load(url: str) -> Mapping[str, Any]:
        return examples if url.endswith("examples/v2") else contexts.load(url)

    document = json.loads((folder / "unsigned.json").read_text())
    expected = (folder / "eddsa-rdfc-2022" / "canonDocDataInt.txt").read_bytes()
    assert canonicalize(document, load=load) == expected


@pytest.mark.vectors
@pytest.mark.parametrize("guide", ["impl-guide", "impl-guide-clr"])
def test_the_vectors_of_the_implementation_guides(guide: str) -> None:
    folder = vectors("ob3", guide)
    document = json.loads((folder / "07-signed-credential.json").read_text())
    if guide == "impl-guide-clr":
        with pytest.raises(Unacceptable, match="clr"):
            canonicalize(document)
        return
    document.pop("proof")
    assert canonicalize(document) == (folder / "document-canon.txt").read_bytes()


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
NUMBERS = st.integers(0, 2**53 - 1) | st.floats(1e-6, 1e6)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(TEXTS, max_size=4), NUMBERS, st.lists(st.tuples(TEXTS, TEXTS), max_size=4), st.booleans())
def test_pyld_makes_the_same_of_any_badge(
    name: str, tags: list[str], credits: float, evidence: list[tuple[str, str]], hashed: bool
) -> None:
    document = badge(name=name, evidence=[{"type": ["Evidence"], "name": n, "genre": g} for n, g in evidence])
    document["credentialSubject"]["creditsEarned"] = credits
    document["credentialSubject"]["identifier"][0]["hashed"] = hashed
    document["credentialSubject"]["achievement"]["tag"] = tags
    assert canonicalize(document).decode() == _pyld(document)


def _pyld(document: dict[str, Any]) -> str:
    def load(url: str, _options: Any = None) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": contexts.load(url),
        }

    text = json.loads(
        json.dumps(document),
        parse_float=lambda digits: int(float(digits)) if float(digits).is_integer() else float(digits),
    )
    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": load,
        "base": None,
    }
    return jsonld.normalize(text, options)


def test_a_whole_number_is_the_same_however_it_is_written() -> None:
    """ECMAScript reads 3.0 as 3, so everybody must."""
    one, two = badge(), badge()
    one["credentialSubject"]["creditsEarned"], two["credentialSubject"]["creditsEarned"] = 3, 3.0
    assert canonicalize(one) == canonicalize(two)


def test_threads_do_not_disturb_each_other() -> None:
    documents = [badge(name=f"Badge {number}") for number in range(40)]
    alone = [canonicalize(document) for document in documents]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(canonicalize, documents)) == alone


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"salary": "100000"}, "salary"),
        ({"endorsementJwt": ["a.b.c"]}, "endorsementJwt"),
        ({"type": ["VerifiableCredential", "OpenBadgeCredential", "Promotion"]}, "Promotion"),
        ({"id": "credentials/7"}, "credentials/7"),
        ({"id": "_:b0"}, "_:b0"),
        ({"issuer": {"id": "did:web:x y", "type": ["Profile"]}}, "did:web:x y"),
        ({"evidence": [{"type": ["Evidence"], "name": None}]}, "null"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "OpenBadgeCredential"),
        ({"@context": [contexts.OPEN_BADGES_3_0_3, "urn:unknown"]}, "urn:unknown"),
        ({"type": 5}, "JSON-LD"),
    ],
)
def test_what_would_go_unsigned_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Unacceptable, match=says):
        canonicalize(badge(**changes))


def test_every_undefined_type_is_reported_at_once() -> None:
    with pytest.raises(Unacceptable) as refusal:
        canonicalize(badge(type=["VerifiableCredential", "One", "Two"]))
    details = " ".join(problem.detail for problem in refusal.value.problems if problem.type == UNSIGNED_TERM)
    assert "One" in details
    assert "Two" in details


def _profile(depth: int, width: int) -> dict[str, Any]:
    inner = {"parentOrg": [_profile(depth - 1, width) for _ in range(width)]} if depth else {}
    return {"type": ["Profile"], "name": "p", **inner}


def _chain(length: int) -> dict[str, Any]:
    identifier = {"type": "IdentifierEntry", "identifier": "1", "identifierType": "name"}
    profile: dict[str, Any] = {"type": ["Profile"], "name": "p"}
    for _ in range(length):
        profile = {"type": ["Profile"], "parentOrg": profile, "otherIdentifier": [identifier] * 40}
    return profile


def _with_result_description(**more: Any) -> dict[str, Any]:
    subject = badge()["credentialSubject"]
    subject["achievement"]["resultDescription"][0].update(more)
    return {"credentialSubject": subject}


HOSTILE = {
    "a tree of equal profiles": {"credentialSubject": {"type": ["AchievementSubject"], "source": _profile(9, 2)}},
    "a bush of equal profiles": {"credentialSubject": {"type": ["AchievementSubject"], "source": _profile(6, 3)}},
    "chains with equal siblings": {"credentialSubject": {"type": ["AchievementSubject"], "source": _chain(30)}},
    "thousands of parts": {"evidence": [{"type": ["Evidence"], "name": str(number)} for number in range(5000)]},
    "too deep": {"issuer": _chain(60)},
    "a long list of equal values": _with_result_description(allowedValue=["a"] * 900),
    "a context many times": {"@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3_0_3] * 1000},
}


@pytest.mark.parametrize("story", HOSTILE)
def test_documents_made_to_be_expensive_are_given_up_soon(story: str) -> None:
    with work_of_at_most(20):
        with pytest.raises(Unacceptable) as refusal:
            canonicalize(badge(**HOSTILE[story]))
        assert refusal.value.problems[0].type == TOO_COMPLEX


def test_a_long_list_of_words_takes_time_in_proportion() -> None:
    document = badge()
    document["credentialSubject"]["achievement"]["tag"] = [f"tag {number}" for number in range(19_000)]
    with work_of_at_most(20):
        canonicalize(document)
