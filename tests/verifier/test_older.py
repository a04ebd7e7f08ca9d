"""Badges of Open Badges 2.0, as they lie in mail boxes and on old pages: what they are, and what could be checked."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from credentials.instants import format_instant
from keys import openssl_keys
from keys.algorithms import KeyType
from keys.errors import KeysError
from keys.pem import public_key_of_pem
from keys.signer import Signer
from tests.world import World, compact_jws, signer
from verifier.fetcher import Fetched, FetchGone
from verifier.result import REVOKED, CheckName, Outcome, Status, VerificationResult

CONTEXT = "https://w3id.org/openbadges/v2"
HOST = "https://old.example"
ISSUER, CLASS, ASSERTION, KEY, LIST = (f"{HOST}/{name}" for name in ("issuer", "class", "assertions/1", "key", "list"))
ADA = "ada@old.example"
HASHED = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"


def pem(key: Signer) -> str:
    public = openssl_keys.load(key.public_key.type, key.public_key.material)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Older:
    """An organization that still issues Open Badges 2.0."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = signer("old.example", KeyType.RSA)
        self.profile: dict[str, Any] = {"@context": CONTEXT, "id": ISSUER, "type": "Profile", "name": "Old GmbH"}
        self.badge_class = {"@context": CONTEXT, "id": CLASS, "type": "BadgeClass", "name": "Rust", "issuer": ISSUER}
        self.serve(self.badge_class)
        self.serve(self.profile)

    def serve(self, document: dict[str, Any]) -> None:
        self.world.fetcher.serve(document["id"], json.dumps(document).encode())

    def assertion(self, **members: Any) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "id": ASSERTION,
            "type": "Assertion",
            "recipient": {"type": "email", "hashed": False, "identity": ADA},
            "badge": CLASS,
            "verification": {"type": "HostedBadge"},
            "issuedOn": format_instant(self.world.now - timedelta(days=700)),
        } | members

    def hosted(self, **members: Any) -> bytes:
        document = self.assertion(**members)
        self.serve(document)
        return json.dumps(document, indent=2).encode()

    def signed(self, *, by: Signer | None = None, alg: str = "RS256", **members: Any) -> bytes:
        self.profile |= {"publicKey": KEY, "revocationList": LIST}
        self.serve(self.profile)
        self.serve({"id": KEY, "type": "CryptographicKey", "owner": ISSUER, "publicKeyPem": pem(self.key)})
        self.revoke()
        verification = {"type": "SignedBadge", "creator": KEY}
        payload = self.assertion(**{"id": "urn:uuid:1", "verification": verification} | members)
        return compact_jws({"alg": alg}, payload, (by or self.key).sign)

    def revoke(self, *entries: Any) -> None:
        self.serve({"@context": CONTEXT, "id": LIST, "type": "RevocationList", "revokedAssertions": [*entries]})


@pytest.fixture
def older(world: World) -> Older:
    return Older(world)


def decided(result: VerificationResult) -> tuple[Status, CheckName]:
    assert "Open Badges 2.0" in result.sentence
    check = result.deciding_check
    assert check is not None
    return result.status, check.name


def test_a_hosted_badge_is_fetched_at_its_own_address(world: World, older: Older) -> None:
    body = older.hosted()
    result = world.verify(body).require()
    assert result.sentence.startswith("This is an Open Badges 2.0 badge")
    assert world.fetcher.requests == [ASSERTION, CLASS, ISSUER]
    assert [check.name for check in result.checks] == list(CheckName)
    assert result.document is not None
    assert result.document["id"] == ASSERTION


def test_so_is_one_whose_address_is_given_or_baked(world: World, older: Older) -> None:
    older.hosted()
    assert world.verify(ASSERTION).require().source == ASSERTION
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">'
        f'<openbadges:assertion verify="{ASSERTION}"/></svg>'
    )
    assert world.verify(svg).require().form == "svg"


def test_and_a_signed_one_in_an_image(world: World, older: Older) -> None:
    token = older.signed().decode()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">'
        f'<openbadges:assertion verify="{token}"/></svg>'
    )
    world.verify(svg).require()


def test_a_hosted_badge_that_was_changed(world: World, older: Older) -> None:
    document = json.loads(older.hosted())
    document["expires"] = "2099-01-01T00:00:00Z"
    assert decided(world.verify(json.dumps(document))) == (Status.INVALID, CheckName.PROOF)


def test_an_address_that_says_gone_means_revoked(world: World, older: Older) -> None:
    body = older.hosted()

    def gone(url: str) -> Fetched:
        raise FetchGone(url, f"{url} answered with status 410")

    world.fetcher._troubles[ASSERTION] = gone
    result = world.verify(body)
    assert decided(result) == (Status.INVALID, CheckName.PROOF)
    assert "was revoked: its own address" in result.sentence
    assert result.check("proof").problems[0].type == REVOKED
    assert result.check("status").outcome is Outcome.SKIPPED
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org">'
        f'<openbadges:assertion verify="{ASSERTION}"/></svg>'
    )
    assert decided(world.verify(svg)) == (Status.INVALID, CheckName.CONFORMS)


def test_a_hosted_badge_that_is_gone(world: World, older: Older) -> None:
    body = older.hosted()
    world.fetcher.unreachable(ASSERTION)
    assert decided(world.verify(body)) == (Status.UNCHECKED, CheckName.PROOF)
    world.fetcher.heal()
    world.fetcher.unreachable(ISSUER)
    assert decided(world.verify(body)) == (Status.UNCHECKED, CheckName.KEY_BELONGS_TO_ISSUER)


@pytest.mark.parametrize("host", ["https://mallory.example", "https://old.example.mallory.example"])
def test_whoever_hosts_it_elsewhere_is_not_its_issuer(world: World, older: Older, host: str) -> None:
    """And what he brings along of its issuer says nothing."""
    brought = {**older.profile, "verification": {"allowedOrigins": ["mallory.example"], "startsWith": [host]}}
    body = older.hosted(id=f"{host}/1", badge={**older.badge_class, "issuer": brought})
    result = world.verify(body)
    assert decided(result) == (Status.INVALID, CheckName.KEY_BELONGS_TO_ISSUER)


def test_an_issuer_may_name_other_places(world: World, older: Older) -> None:
    elsewhere = "https://cdn.example/old/1"
    body = older.hosted(id=elsewhere, badge={**older.badge_class, "id": "urn:uuid:2"})
    for rules, status in (
        ({"allowedOrigins": ["cdn.example"]}, Status.VALID),
        ({"allowedOrigins": "cdn.example", "startsWith": "https://cdn.example/old/"}, Status.VALID),
        ({"startsWith": ["https://cdn.example/new/"]}, Status.INVALID),
        ({"startsWith": ["https://cdn.example.mallory.example/"]}, Status.INVALID),
        ({"allowedOrigins": ["old.example"]}, Status.INVALID),
    ):
        older.serve({**older.profile, "verification": rules})
        assert world.verify(body).status is status


def test_a_hosted_badge_says_itself_that_it_was_revoked(world: World, older: Older) -> None:
    body = older.hosted()
    for left in (json.loads(body), {"@context": CONTEXT, "id": ASSERTION, "type": "Assertion"}):
        older.serve({**left, "revoked": True, "revocationReason": "Copied"})
        result = world.verify(body)
        assert decided(result) == (Status.REVOKED, CheckName.STATUS)
        assert "Copied" in result.sentence


def test_dates(world: World, older: Older) -> None:
    body = older.hosted(expires=format_instant(world.now + timedelta(days=1)))
    world.verify(body).require()
    world.advance(timedelta(days=2))
    assert decided(world.verify(body)) == (Status.EXPIRED, CheckName.VALIDITY)
    world.advance(timedelta(days=-800))
    assert decided(world.verify(body)) == (Status.NOT_YET_VALID, CheckName.VALIDITY)


def test_whose_it_is(world: World, older: Older) -> None:
    plain = older.hosted()
    world.verify(plain, recipient=("emailAddress", ADA)).require()
    other = world.verify(plain, recipient=("emailAddress", "bob@old.example"))
    assert decided(other) == (Status.INVALID, CheckName.RECIPIENT)
    hashed = older.hosted(recipient={"type": "email", "hashed": True, "salt": "Kosher", "identity": HASHED})
    world.verify(hashed, recipient=("emailAddress", "a@example.com")).require()
    assert not world.verify(hashed, recipient=("url", "a@example.com")).verified


def test_a_signed_badge(world: World, older: Older) -> None:
    token = older.signed()
    result = world.verify(token).require()
    assert "Open Badges 2.0" in result.sentence
    assert set(world.fetcher.requests) == {CLASS, ISSUER, KEY, LIST}


def test_a_signed_badge_that_was_changed_or_signed_by_another(world: World, older: Older) -> None:
    header, payload, _ = older.signed().decode().split(".")
    other = older.signed(by=signer("mallory.example", KeyType.RSA))
    _, _, signature = other.decode().split(".")
    for token in (other, f"{header}.{payload}.{signature}"):
        assert decided(world.verify(token)) == (Status.INVALID, CheckName.PROOF)


def test_a_key_that_the_issuer_does_not_publish(world: World, older: Older) -> None:
    mallory = signer("mallory.example", KeyType.RSA)
    key = "https://mallory.example/key"
    older.serve({"id": key, "type": "CryptographicKey", "owner": ISSUER, "publicKeyPem": pem(mallory)})
    token = older.signed(by=mallory, verification={"type": "SignedBadge", "creator": key})
    assert decided(world.verify(token)) == (Status.INVALID, CheckName.KEY_BELONGS_TO_ISSUER)
    assert key not in world.fetcher.requests


def test_a_key_of_somebody_else(world: World, older: Older) -> None:
    token = older.signed()
    older.serve({"id": KEY, "owner": "https://mallory.example", "publicKeyPem": pem(older.key)})
    assert decided(world.verify(token)) == (Status.INVALID, CheckName.PROOF)


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_algorithms_that_prove_nothing(world: World, older: Older, alg: str) -> None:
    assert world.verify(older.signed(alg=alg)).status is Status.INVALID
    assert world.fetcher.requests == []


def test_the_list_of_what_was_revoked(world: World, older: Older) -> None:
    token = older.signed()
    older.revoke("urn:uuid:2", {"id": "urn:uuid:1", "revocationReason": "Copied"})
    result = world.verify(token)
    assert decided(result) == (Status.REVOKED, CheckName.STATUS)
    assert "Copied" in result.sentence
    world.fetcher.unreachable(LIST)
    assert decided(world.verify(token)) == (Status.UNCHECKED, CheckName.STATUS)


@pytest.mark.parametrize(
    "members",
    [
        {"issuedOn": "yesterday"},
        {"recipient": ADA},
        {"verification": {"type": "SignedBadge"}},
        {"verification": None},
        {"id": "urn:uuid:1"},
        {"id": 5},
        {"expires": None},
    ],
)
def test_what_has_not_its_form_is_not_looked_up(world: World, older: Older, members: dict[str, Any]) -> None:
    result = world.verify(json.dumps(older.assertion(**members)))
    assert decided(result) == (Status.INVALID, CheckName.CONFORMS)
    assert world.fetcher.requests == []


@pytest.mark.parametrize("badge", [5, [], {"id": CLASS}, "urn:uuid:1", {"issuer": {"id": 5}}, f"{HOST}/elsewhere"])
def test_hostile_surroundings(world: World, older: Older, badge: Any) -> None:
    world.fetcher.serve(f"{HOST}/elsewhere", json.dumps(older.badge_class).encode())
    assert world.verify(older.hosted(badge=badge)).status is Status.INVALID


def test_trust_is_in_the_issuer_and_only_if_it_said_it(world: World, older: Older) -> None:
    trusted = frozenset({ISSUER})
    assert world.verify(older.hosted(), trusted_issuers=trusted).issuer_trusted is True
    forged = older.hosted(id="https://mallory.example/1")
    assert world.verify(forged, trusted_issuers=trusted).issuer_trusted is False


def test_it_is_never_taken_for_an_endorsement(world: World, older: Older) -> None:
    issuer = world.issuer("acme.example")
    badge = issuer.issue(status=())
    document = {**badge.document, "endorsementJwt": [older.signed().decode()]}
    payload = {**document, "iss": issuer.id, "jti": badge.id, "sub": document["credentialSubject"]["id"]}
    payload["nbf"] = int((world.now - timedelta(days=1)).timestamp())
    assert world.verify(issuer.sign_anything_as_jwt(payload)).check("endorsements").outcome is Outcome.FAILED


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\nAAAA\n", "x" * 9000])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(KeysError):
        public_key_of_pem(text)
