"""OpenID4VP 1.0 by its own examples: queries, what answers them, and answers that are none."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.conftest import vectors
from wallet_export import lcw
from wallet_export.oid4vp_dcql import (
    JWT_VC,
    LDP_VC,
    OPEN_BADGE,
    SD_JWT_VC,
    QueryFault,
    Shown,
    Unanswered,
    badge_query,
    read_query,
    require_answer,
    select,
)
from wallet_export.oid4vp_request import encryption_jwk, wallet_link
from wallet_export.oid4vp_response import AnswerRefused, public_key, read_answer

SEED = bytes(range(40))
PID = {"family_name": "Doe", "given_name": "John", "address": {"street_address": "42 Market"}, "postal_code": "90210"}


def example(name: str) -> Any:
    return json.loads((vectors("oid4vp") / f"{name}.json").read_text(encoding="utf-8"))


def pid(vct: str = "https://credentials.example.com/identity_credential", **claims: Any) -> Shown:
    return Shown(SD_JWT_VC, PID | claims, vct=vct)


@pytest.mark.parametrize(
    "name", ["claims_alternatives", "complex_mdoc", "credentials_alternatives", "multi_credentials", "simple",
             "simple_mdoc", "value_matching_simple"],
)  # fmt: skip
def test_the_examples_of_queries_are_read(name: str) -> None:
    text = (vectors("oid4vp") / "query_lang" / f"{name}.json").read_text(encoding="utf-8")
    query = json.loads(text + "}" * (text.count("{") - text.count("}")))  # one of them lacks its last brace
    assert list(read_query(query).credentials) == [one["id"] for one in query["credentials"]]


def test_values_and_sets_of_claims_are_asked_for() -> None:
    query = read_query(example("query_lang/value_matching_simple"))
    require_answer(query, {"my_credential": [pid()]})
    for wrong in (pid(postal_code="10115"), pid(postal_code=90210), pid(vct="another"), Shown(LDP_VC, PID)):
        with pytest.raises(Unanswered):
            require_answer(query, {"my_credential": [wrong]})
    sets = read_query(example("query_lang/claims_alternatives"))
    require_answer(sets, {"pid": [pid(date_of_birth="1970-01-01")]})
    with pytest.raises(Unanswered, match="does not say"):
        require_answer(sets, {"pid": [pid()]})


def test_one_of_the_ways_to_answer_is_taken_whole() -> None:
    query = read_query(example("query_lang/credentials_alternatives"))
    first = pid("https://credentials.example.com/reduced_identity_credential")
    second = pid("https://cred.example/residence_credential", locality="X", region="Y")
    require_answer(query, {"pid": [pid()]})
    require_answer(query, {"pid_reduced_cred_1": [first], "pid_reduced_cred_2": [second]})
    for shown in (
        {},
        {"pid_reduced_cred_1": [first]},
        {"pid": [pid(), pid()]},
        {"pid": []},
        {"pid": [pid()], "another": [pid()]},
    ):
        with pytest.raises(Unanswered):
            require_answer(query, shown)


def test_types_are_known_by_both_their_names() -> None:
    query = read_query(badge_query(["https://b.example/achievements/1"], []))
    badge = {"credentialSubject": {"achievement": {"id": "https://b.example/achievements/1"}}}
    for types in (("VerifiableCredential", "OpenBadgeCredential"), ("AchievementCredential",), (OPEN_BADGE,)):
        require_answer(query, {"badge_jwt": [Shown(JWT_VC, badge, types=types)]})
    with pytest.raises(Unanswered, match="another type"):
        require_answer(query, {"badge_jwt": [Shown(JWT_VC, badge, types=("VerifiableCredential",))]})


def test_queries_that_are_none_are_refused() -> None:
    good = example("query_lang/simple")
    (one,) = good["credentials"]
    bad: list[Any] = [
        [],
        {},
        {"credentials": []},
        {"credentials": [one, one]},
        good | {"more": 1},
        good | {"credential_sets": [{"options": [["other"]]}]},
        {"credentials": [one | {"id": "a b"}]},
        {"credentials": [one | {"meta": {}}]},
        {"credentials": [one | {"claims": [{"path": [-1]}]}]},
        {"credentials": [one | {"claims": [{"path": ["a"], "values": [1.5]}]}]},
        {"credentials": [one | {"claims": [{"path": ["a"]}], "claim_sets": [["a"]]}]},
        {"credentials": [one | {"trusted_authorities": [{"type": "x", "values": ["y"]}]}]},
        {"credentials": [one | {"multiple": "yes"}]},
    ]
    for query in bad:
        with pytest.raises(QueryFault):
            read_query(query)
    strict = read_query({"credentials": [one | {"trusted_authorities": [{"type": "aki", "values": ["s9tIpP"]}]}]})
    with pytest.raises(Unanswered, match="authority"):
        require_answer(strict, {"my_credential": [pid()]})


def test_paths_lead_as_the_standard_says() -> None:
    claims = {"name": "Arthur", "degrees": [{"type": "BSc"}, {"type": "MSc"}], "nationalities": ["British", "B"]}
    assert select(claims, ("name",)) == ["Arthur"]
    assert select(claims, ("degrees", None, "type")) == ["BSc", "MSc"]
    assert select(claims, ("nationalities", 1)) == ["B"]
    assert select(claims, ("nationalities", 7)) == select(claims, ("name", "x")) == select(claims, ("name", None)) == []


def test_our_query_is_one_of_the_schema_of_the_conformance_suite() -> None:
    schema = json.loads((vectors("oidf-schemas") / "dcql_request.json").read_text(encoding="utf-8"))
    for achievements, vcts in (((), ("https://b.example/t",)), (("https://b.example/achievements/1",), ("t", "u"))):
        query = badge_query(achievements, vcts)
        known = [one for one in query["credentials"] if one["format"] == SD_JWT_VC]  # it knows no other of ours
        jsonschema_rs.validator_for(schema).validate({"credentials": known})


def encrypted(payload: dict[str, Any], **header: Any) -> str:
    protected = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": "k", **header}
    key = ECKey.import_key(dict(public_key(SEED).jwk_members()))
    names = ["ECDH-ES", "ECDH-ES+A128KW", "A128GCM", "A256GCM", "A128CBC-HS256", "DEF"]
    return jwe.encrypt_compact(protected, json.dumps(payload), key, algorithms=names)


def form(**members: str) -> bytes:
    return urlencode(members).encode()


def test_an_answer_is_read_as_it_was_asked_for() -> None:
    token = {"badge": [{"type": ["VerifiablePresentation"]}]}
    open_ = form(vp_token=json.dumps(token), state="s")
    assert read_answer(open_, seed=None, kid="").presentations == {"badge": tuple(token["badge"])}
    sealed = form(response=encrypted({"vp_token": token, "state": "s"}))
    assert read_answer(sealed, seed=SEED, kid="k").state == "s"
    assert read_answer(form(error="access_denied", state="s"), seed=SEED, kid="k").error == "access_denied"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        form(vp_token="{}", state="s"),
        form(vp_token='{"badge": []}', state="s"),
        form(vp_token='{"badge": {}}', state="s"),
        form(vp_token='{"badge": [1]}', state="s"),
        form(vp_token='{"badge": ["x"], "badge": ["y"]}', state="s"),
        form(vp_token='{"badge": ["x"]}'),
        b"vp_token=%7B%22a%22%3A%5B%22x%22%5D%7D&state=s&state=t",
        form(response="x.y.z"),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerRefused) as refused:
        read_answer(body, seed=None, kid="")
    assert refused.value.code == "invalid_request"


@pytest.mark.parametrize(
    "body",
    [
        form(vp_token='{"badge": ["x"]}', state="s"),
        form(response=encrypted({"vp_token": {"badge": ["x"]}, "state": "s"}, kid="other")),
        form(response=encrypted({"vp_token": {"badge": ["x"]}, "state": "s"}, alg="ECDH-ES+A128KW")),
        form(response=encrypted({"vp_token": {"badge": ["x"]}, "state": "s"}, enc="A128CBC-HS256")),
        form(response=encrypted({"vp_token": {"badge": ["x"]}, "state": "s"}, zip="DEF")),
        form(response=encrypted({"vp_token": {"badge": ["x"]}, "state": "s"})[:-2] + "AA"),
        form(response="a..b.c.d"),
    ],
)
def test_what_is_not_encrypted_as_was_asked_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerRefused):
        read_answer(body, seed=SEED, kid="k")


@given(st.binary(max_size=200))
def test_anything_else_is_refused_too(body: bytes) -> None:
    for seed in (None, SEED):
        with pytest.raises(AnswerRefused):
            read_answer(b"vp_token=" + body, seed=seed, kid="k")


def test_links_name_who_asks_and_where() -> None:
    link = urlsplit(wallet_link("decentralized_identifier:did:web:b.example", "https://b.example/r?x=1&y=2"))
    assert parse_qs(link.query) == {
        "client_id": ["decentralized_identifier:did:web:b.example"],
        "request_uri": ["https://b.example/r?x=1&y=2"],
        "request_uri_method": ["post"],
    }
    key = encryption_jwk(public_key(SEED), "k")
    assert (key["kty"], key["crv"], key["use"], key["alg"], key["kid"]) == ("EC", "P-256", "enc", "ECDH-ES", "k")
    deep = urlsplit(lcw.deep_link("https://b.example/exchanges/s"))
    assert json.loads(parse_qs(deep.query)["request"][0]) == {
        "credentialRequestOrigin": "https://b.example",
        "protocols": {"vcapi": "https://b.example/exchanges/s"},
    }
