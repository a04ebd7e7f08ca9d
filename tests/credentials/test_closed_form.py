"""One dataset, one document: every other spelling of a badge is refused before its signature is believed."""

from __future__ import annotations

from typing import Any

import pytest

from credentials import closed_form, contexts
from credentials.canonical import canonicalize
from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, OPEN_BADGES_3_0_3
from credentials.status_list import status_entry
from tests.credentials.badges import ISSUER, LIST_URL, badge

PURPOSES = ((1, "revocation"), (2, "suspension"))
EXPIRY = "https://www.w3.org/2018/credentials#validUntil"


def test_a_badge_as_it_is_issued_is_in_closed_form() -> None:
    assert closed_form.check(badge()) == ()


def test_so_is_one_with_an_embedded_endorsement() -> None:
    endorsement = {"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3], "type": ["VerifiableCredential"]}
    assert closed_form.check(badge(endorsement=[endorsement])) == ()


def _without(name: str) -> dict[str, Any]:
    document = badge()
    del document[name]
    return document


SAME_DATASET = {
    "an expiry under its full IRI": {
        **_without("validUntil"),
        EXPIRY: {"@value": "2028-01-15T22:59:59Z", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
    },
    "a value object": badge(name={"@value": "Cloud Engineering Practitioner"}),
    "an index": badge(evidence=[{**badge()["evidence"][0], "@index": "1"}]),
    "a keyword for its alias": {**_without("id"), "@id": badge()["id"]},
    "a set object": badge(evidence={"@set": badge()["evidence"]}),
    "nested arrays": badge(evidence=[badge()["evidence"]]),
    "a context twice": badge(**{"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, {}]}),
}


@pytest.mark.parametrize("story", SAME_DATASET)
def test_other_spellings_of_the_same_dataset_are_refused(story: str) -> None:
    document = SAME_DATASET[story]
    assert closed_form.check(document)


@pytest.mark.parametrize("story", ["a value object", "a keyword for its alias", "an expiry under its full IRI"])
def test_and_they_really_are_the_same_dataset(story: str) -> None:
    """Otherwise the test above would prove nothing."""
    assert canonicalize(SAME_DATASET[story]) == canonicalize(badge())


def _pointing_at_itself(**more: Any) -> dict[str, Any]:
    """A badge whose evidence is the badge itself: in RDF both are one node."""
    kind = ["VerifiableCredential", "OpenBadgeCredential", "Evidence"]
    return badge(type=kind, evidence=[{"id": badge()["id"], "type": kind, **more}])


def test_what_is_true_of_the_credential_cannot_hide_in_another_object_of_its_id() -> None:
    honest = _pointing_at_itself()
    forged = _pointing_at_itself(validUntil=honest["validUntil"], credentialStatus=honest["credentialStatus"])
    del forged["validUntil"], forged["credentialStatus"]
    assert canonicalize(forged) == canonicalize(honest)
    assert [problem.pointer for problem in closed_form.check(forged)] == ["/evidence/0"]
    assert closed_form.check(honest) == ()


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ("a text", ""),
        ({"id": "urn:x"}, "/@context"),
        (badge(**{"@context": []}), "/@context"),
        (badge(**{"@context": [CREDENTIALS_V2, {"validUntil": None}]}), "/@context/1"),
        (badge(**{"@context": [CREDENTIALS_V2, "https://evil.example/context"]}), "/@context/1"),
        (badge(validUntil=None), "/validUntil"),
        (badge(**{"@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3] * 2}), "/@context"),
        (badge(**{"@context": [CREDENTIALS_V2] * 5000}), "/@context"),
        (
            badge(
                type=["VerifiableCredential", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"]
            ),
            "/type",
        ),
        (badge(evidence=[{"type": ["Evidence"], "@context": [CREDENTIALS_V2]}]), "/evidence/0/@context"),
        (badge(**{"schema:name": "x"}), "/schema:name"),
        (badge(**{"@graph": []}), "/@graph"),
        (badge(evidence=[{"name": [None]}]), "/evidence/0/name/0"),
    ],
)
def test_each_problem_says_where(document: Any, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in closed_form.check(document)]


def test_two_objects_of_one_id_must_not_disagree() -> None:
    """Their members are one node's, and could change places."""
    revocation, suspension = (status_entry(list_url=LIST_URL, index=index, purpose=p) for index, p in PURPOSES)
    document = badge(credentialStatus=[revocation, {**suspension, "id": revocation["id"]}])
    assert any("say different things" in problem.detail for problem in closed_form.check(document))
    creator = {"id": ISSUER, "type": ["Profile"], "name": badge()["issuer"]["name"]}
    document = badge()
    document["credentialSubject"]["achievement"]["creator"] = creator
    assert closed_form.check(document) == ()


def test_the_contexts_with_prefixes_are_those_that_define_one() -> None:
    def defines(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        simple = (iri for name, iri in value.items() if isinstance(iri, str) and not name.startswith("@"))
        return any(iri[-1:] in set(":/?#[]@") for iri in simple) or any(map(defines, value.values()))

    assert {url for url in contexts.known() if defines(contexts.load(url))} == contexts.WITH_PREFIXES


def _older(**members: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V1],
        "id": "urn:uuid:7a1f3f9e-8f43-4a3c-a1fb-5f60f3d0c1d4",
        "type": ["VerifiableCredential"],
        "issuer": "https://w3id.org/security#acme",
        "issuanceDate": "2020-01-01T00:00:00Z",
        "credentialSubject": {"id": "https://www.w3.org/2018/credentials#ada"},
        **members,
    }


COMPACT = {
    "a link": (_older(issuer="sec:acme"), "/issuer"),
    "a type": (_older(evidence={"type": "cred:JsonSchemaValidator2018"}), "/evidence/type"),
    "an id": (_older(credentialSubject={"id": "cred:ada"}), "/credentialSubject/id"),
    "the whole IRI of a term": (
        _older(credentialSchema={"id": "urn:x", "type": "https://www.w3.org/2018/credentials#JsonSchemaValidator2018"}),
        "/credentialSchema/type",
    ),
    "a key": (_older(**{"cred:expirationDate": "2021-01-01T00:00:00Z"}), "/cred:expirationDate"),
    "one context, as a text": (_older(**{"@context": CREDENTIALS_V1}, issuer="sec:acme"), "/issuer"),
}


@pytest.mark.parametrize("story", COMPACT)
def test_a_prefix_of_the_older_context_hides_nothing(story: str) -> None:
    assert closed_form.check(_older()) == ()
    document, place = COMPACT[story]
    assert place in [problem.pointer for problem in closed_form.check(document)]


def test_and_it_really_would_have_hidden_it() -> None:
    assert canonicalize(_older(issuer="sec:acme")) == canonicalize(_older())
    assert canonicalize(_older(credentialSubject={"id": "cred:ada"})) == canonicalize(_older())


def test_a_prefix_hides_nothing_in_an_endorsement_either() -> None:
    inner = _older(issuer="sec:acme")
    assert closed_form.check(badge(endorsement=[inner]))
