"""What a verifier says to a badge in each situation of its life, in both forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from credentials.contexts import ContextDamaged
from tests.world import Badge, Issuer, World
from verifier.result import CheckName, Outcome, Status

YEAR = timedelta(days=365)
BOTH = ("revocation", "suspension")


def _valid(_world: World, acme: Issuer) -> Badge:
    return acme.issue(valid_for=YEAR)


def _without_end(_world: World, acme: Issuer) -> Badge:
    return acme.issue()


def _without_status(_world: World, acme: Issuer) -> Badge:
    return acme.issue(valid_for=YEAR, status=())


def _expired(world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR)
    world.advance(2 * YEAR)
    acme.publish_list("revocation")
    return badge


def _not_yet_valid(world: World, acme: Issuer) -> Badge:
    return acme.issue(valid_from=world.now + timedelta(hours=1), valid_for=YEAR)


def _revoked(_world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR)
    acme.revoke(badge)
    return badge


def _neighbour_revoked(_world: World, acme: Issuer) -> Badge:
    badge, other = acme.issue(valid_for=YEAR), acme.issue(valid_for=YEAR)
    acme.revoke(other)
    return badge


def _suspended(_world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR, status=BOTH)
    acme.suspend(badge)
    return badge


def _reinstated(world: World, acme: Issuer) -> Badge:
    badge = _suspended(world, acme)
    acme.reinstate(badge)
    return badge


def _revoked_and_suspended(world: World, acme: Issuer) -> Badge:
    badge = _suspended(world, acme)
    acme.revoke(badge)
    return badge


def _revoked_and_expired(world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR)
    world.advance(2 * YEAR)
    acme.revoke(badge)
    return badge


def _expired_and_list_gone(world: World, acme: Issuer) -> Badge:
    badge = _expired(world, acme)
    world.fetcher.unreachable(acme.list_url("revocation"))
    return badge


def _list_gone(world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR)
    world.fetcher.unreachable(acme.list_url("revocation"))
    return badge


def _revoked_and_second_list_gone(world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR, status=BOTH)
    acme.revoke(badge)
    world.fetcher.slow(acme.list_url("suspension"))
    return badge


def _issuer_gone(world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR)
    world.fetcher.unreachable(acme.base_url)
    return badge


def _issuer_moved(world: World, acme: Issuer) -> Badge:
    badge = acme.issue(valid_for=YEAR)
    world.fetcher.redirect(acme.document_url, "https://mallory.example")
    return badge


Story = Callable[[World, Issuer], Badge]

STORIES: tuple[tuple[Story, Status, str], ...] = (
    (_valid, Status.VALID, "Signed by Acme GmbH (did:web:acme.example)"),
    (_without_end, Status.VALID, "has no end date"),
    (_without_status, Status.VALID, "Signed by Acme GmbH"),
    (_expired, Status.EXPIRED, "expired on 21 November 2027, 10:00 UTC"),
    (_not_yet_valid, Status.NOT_YET_VALID, "begins on 22 November 2026, 11:00 UTC"),
    (_revoked, Status.REVOKED, "revoked"),
    (_neighbour_revoked, Status.VALID, "Signed by"),
    (_suspended, Status.SUSPENDED, "for the time being"),
    (_reinstated, Status.VALID, "Signed by"),
    (_revoked_and_suspended, Status.REVOKED, "revoked"),
    (_revoked_and_expired, Status.REVOKED, "revoked"),
    (_expired_and_list_gone, Status.EXPIRED, "expired"),
    (_list_gone, Status.UNCHECKED, "the connection was refused"),
    (_revoked_and_second_list_gone, Status.REVOKED, "revoked"),
    (_issuer_gone, Status.UNCHECKED, "keys of Acme GmbH (did:web:acme.example) could not be looked up"),
    (_issuer_moved, Status.UNCHECKED, "another site"),
)


@pytest.mark.parametrize("form", ["json", "jwt"])
@pytest.mark.parametrize("case", STORIES, ids=lambda case: case[0].__name__.lstrip("_"))
def test_what_a_manager_reads(world: World, acme: Issuer, case: tuple[Story, Status, str], form: str) -> None:
    story, status, words = case
    badge = story(world, acme)
    result = world.verify(badge.forms()[form])
    assert result.status is status, [check.as_dict() for check in result.checks]
    assert words in result.sentence
    assert result.verified is (status is Status.VALID)
    assert result.exit_code == {Status.VALID: 0, Status.UNCHECKED: 2}.get(status, 1)
    assert result.form == form
    assert [check.name for check in result.checks] == list(CheckName)
    assert (result.document or {})["id"] == badge.id


@pytest.mark.parametrize("jwt_key", ["P-256", "P-384", "RSA", "Ed25519"])
def test_every_algorithm_of_our_issuers(world: World, jwt_key: str) -> None:
    from keys.algorithms import KeyType

    issuer = world.issuer(f"{jwt_key.lower()}.example", jwt_key=KeyType(jwt_key))
    assert world.verify(issuer.issue().jwt).status is Status.VALID


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_a_did_key_issuer_needs_no_network_but_for_its_list(world: World, form: str) -> None:
    issuer = world.issuer("key.example", method="key")
    assert world.verify(issuer.issue(status=()).forms()[form]).status is Status.VALID
    assert world.fetcher.requests == []
    assert world.verify(issuer.issue().forms()[form]).status is Status.VALID
    assert world.fetcher.requests == [issuer.list_url("revocation")]


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_an_https_issuer_with_a_controlled_identifier_document(world: World, form: str) -> None:
    issuer = world.issuer("https.example", method="https")
    assert world.verify(issuer.issue().forms()[form]).status is Status.VALID


def test_the_boundaries_of_the_validity_period_belong_to_it(world: World, acme: Issuer) -> None:
    badge = acme.issue(valid_from=world.now, valid_for=timedelta(hours=1), status=())
    assert world.verify(badge.json).status is Status.VALID
    world.advance(timedelta(hours=1))
    assert world.verify(badge.json).status is Status.VALID
    world.advance(timedelta(microseconds=1))
    assert world.verify(badge.json).status is Status.EXPIRED


def test_the_exp_of_a_token_stands_for_a_missing_end(world: World, acme: Issuer) -> None:
    from tests.world import payload_of

    payload = payload_of(acme.issue(status=()).document)
    end = int((world.now + timedelta(hours=1)).timestamp())
    token = acme.sign_anything_as_jwt({**payload, "exp": end})
    assert world.verify(token).status is Status.VALID
    world.advance(timedelta(hours=2))
    assert world.verify(token).status is Status.EXPIRED
    nonsense = acme.sign_anything_as_jwt({**payload, "exp": "tomorrow"})
    assert world.verify(nonsense).status is Status.INVALID


def test_a_proof_can_expire_before_its_credential(world: World, acme: Issuer) -> None:
    badge = acme.issue(valid_for=YEAR, status=())
    body = acme.sign_anything(badge.document, expires="2026-11-22T11:00:00Z")
    assert world.verify(body).status is Status.VALID
    world.advance(timedelta(hours=2))
    assert world.verify(body).status is Status.EXPIRED


def test_a_proof_counts_no_more_at_the_instant_at_which_it_expires(world: World, acme: Issuer) -> None:
    badge = acme.issue(valid_for=YEAR, status=())
    body = acme.sign_anything(badge.document, expires="2026-11-22T11:00:00Z")
    world.advance(timedelta(hours=1) - timedelta(seconds=1))
    assert world.verify(body).status is Status.VALID
    world.advance(timedelta(seconds=1))
    result = world.verify(body)
    assert (result.status, result.check("validity").outcome) == (Status.EXPIRED, Outcome.FAILED)
    assert "signature on it has expired" in result.sentence


def test_a_proof_from_the_future_is_refused_beyond_what_clocks_differ(world: World, acme: Issuer) -> None:
    document = acme.issue(valid_for=YEAR, status=()).document
    ahead = acme.sign_anything(document, created="2026-11-22T10:05:00Z")
    future = acme.sign_anything(document, created="2026-11-22T10:05:01Z")
    assert world.verify(ahead).status is Status.VALID
    world.fetcher.requests.clear()
    result = world.verify(future)
    assert (result.status, result.check("proof").outcome) == (Status.INVALID, Outcome.FAILED)
    assert "made in the future" in result.sentence
    assert world.fetcher.requests == []
    world.advance(timedelta(minutes=1))
    assert world.verify(future).status is Status.VALID


def test_one_proof_from_the_future_among_several_counts_against_all(world: World, acme: Issuer) -> None:
    signed = acme.sign_anything(acme.issue(valid_for=YEAR, status=()).document)
    both = acme.sign_anything(json.loads(signed), created="2027-11-22T10:00:00Z")
    assert world.verify(signed).status is Status.VALID
    assert world.verify(both).status is Status.INVALID


@pytest.mark.parametrize("instant", ["2099-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "soon", 7, None, []])
def test_a_proof_that_a_token_carries_along_does_not_secure_it(world: World, acme: Issuer, instant: object) -> None:
    from tests.world import payload_of

    payload = payload_of(json.loads(acme.issue(valid_for=YEAR, status=()).json))
    payload["proof"][0] |= {"created": instant, "expires": instant}
    result = world.verify(acme.sign_anything_as_jwt(payload))
    assert result.status in ((Status.VALID,) if isinstance(instant, str) and instant[0] == "2" else (Status.INVALID,))


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_a_damaged_installation_is_no_verdict(
    world: World, acme: Issuer, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = acme.issue(status=()).forms()[form]

    def damaged(*_: object) -> None:
        raise ContextDamaged("the package of the contexts is not installed; install it")

    monkeypatch.setattr("verifier.checks.conforms._refuse_what_does_not_conform", damaged)
    result = world.verify(body)
    assert (result.status, result.check("conforms").outcome) == (Status.UNCHECKED, Outcome.INCOMPLETE)
    assert "the package of the contexts is not installed; install it." in result.sentence
    assert result.check("proof").outcome is Outcome.SKIPPED


def test_whose_badge_it_is(world: World, acme: Issuer) -> None:
    badge = acme.issue(recipient="ada@acme.example")
    for form in badge.forms().values():
        assert world.verify(form, recipient=("emailAddress", "ada@acme.example")).status is Status.VALID
        other = world.verify(form, recipient=("emailAddress", "eve@acme.example"))
        assert other.status is Status.INVALID
        assert "not given to eve@acme.example" in other.sentence
    subject = badge.document["credentialSubject"]["id"]
    assert world.verify(badge.json, recipient=("id", subject)).verified
    assert world.verify(badge.json).check("recipient").outcome is Outcome.SKIPPED


def test_an_unknown_issuer_is_not_a_bad_one(world: World, acme: Issuer, mallory: Issuer) -> None:
    trusted = frozenset({acme.id})
    ours = world.verify(acme.issue().json, trusted_issuers=trusted)
    theirs = world.verify(mallory.issue().json, trusted_issuers=trusted)
    assert (ours.status, ours.issuer_trusted) == (Status.VALID, True)
    assert (theirs.status, theirs.issuer_trusted) == (Status.VALID, False)
    assert world.verify(acme.issue().json).issuer_trusted is None


def test_what_is_not_proven_to_be_by_a_trusted_issuer_is_not_trusted(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    world.fetcher.unreachable(acme.base_url)
    assert world.verify(badge.json, trusted_issuers=frozenset({acme.id})).issuer_trusted is False


def test_one_verification_asks_each_address_once(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=("revocation", "suspension"))
    world.verify(badge.json)
    assert sorted(world.fetcher.requests) == sorted(set(world.fetcher.requests))
    assert len(world.fetcher.requests) == 3
