"""Keys that are changed while verifiers remember the document in which they are published, or are at work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keys.algorithms import KeyType
from keys.signer import generate
from tests.verifier.test_caching import cache
from tests.world import Badge, Issuer, World
from verifier.caching_fetcher import SETTLED
from verifier.fetcher import Fetched
from verifier.policy import ORDINARY
from verifier.proof_times import CLOCK_SKEW
from verifier.resolve import DidResolver
from verifier.result import Status, VerificationResult
from verifier.verify import verify

MOMENT = timedelta(seconds=1)


class Remembering:
    """A verifier that keeps what it fetched, as a server does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._fetcher = cache(world)
        self._resolver = DidResolver(self._fetcher, allowed_origins=())

    def judge(self, document: bytes) -> VerificationResult:
        """The verdict, by the world's clock."""
        return verify(document, resolver=self._resolver, fetcher=self._fetcher, policy=ORDINARY, now=self._world.now)


def test_a_new_key_counts_at_once_for_whoever_remembers_the_old_document(world: World, acme: Issuer) -> None:
    verifier = Remembering(world)
    before = acme.issue()
    assert verifier.judge(before.json).verified
    world.advance(SETTLED)
    acme.change_key()
    after = acme.issue()
    assert verifier.judge(after.json).verified
    assert verifier.judge(before.json).verified


def test_whoever_names_keys_that_are_not_there_makes_nobody_be_asked_again_and_again(
    world: World, acme: Issuer
) -> None:
    verifier, forged = Remembering(world), _with_a_key_that_is_not_published(acme)
    world.fetcher.requests.clear()
    for _ in range(10):
        assert verifier.judge(forged).status is Status.INVALID
    assert world.fetcher.requests.count(acme.document_url) == 1
    world.advance(SETTLED)
    for _ in range(10):
        assert verifier.judge(forged).status is Status.INVALID
    assert world.fetcher.requests.count(acme.document_url) == 2


def test_a_key_that_was_withdrawn_meanwhile_is_not_believed_because_a_new_one_was_missed(
    world: World, acme: Issuer
) -> None:
    """All is decided by the newer document, also what the older one had allowed."""
    verifier = Remembering(world)
    badge = acme.issue()
    assert verifier.judge(badge.json).verified
    world.advance(SETTLED)
    acme.key = generate(KeyType.ED25519)
    acme.publish_keys()  # without the key that signed the badge
    body = world.fetcher.sites[f"{acme.base_url}/status-lists/revocation"]
    acme.publish_list("revocation")
    assert world.fetcher.sites[body.url] != body
    world.advance(timedelta(minutes=5))  # the list is asked for again, the document not yet
    assert verifier.judge(badge.json).status is Status.INVALID


def test_a_key_that_is_changed_in_the_midst_of_a_verification(world: World, acme: Issuer) -> None:
    """The issuer's document was asked for, then the key is changed, then the list comes, signed with the new one."""
    badge = acme.issue()
    badge.json  # noqa: B018  (signed now)

    class Changing:
        """A wire that takes the time between two answers to change the key; it remembers nothing."""

        changed = False

        def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
            if url.endswith("/status-lists/revocation") and not self.changed:
                self.changed = True
                acme.change_key()
            return world.fetcher.fetch(url, accept=accept, max_bytes=max_bytes)

        def forget(self, url: str, *, accept: str) -> bool:
            return True

    wire = Changing()
    resolver = DidResolver(wire, allowed_origins=())
    assert verify(badge.json, resolver=resolver, fetcher=wire, policy=ORDINARY, now=world.now).verified


@pytest.mark.parametrize("ahead", [timedelta(0), MOMENT, CLOCK_SKEW, CLOCK_SKEW + MOMENT])
def test_a_list_that_begins_in_a_moment_is_current(world: World, acme: Issuer, ahead: timedelta) -> None:
    """It was published after the verification had looked at the clock, or by a machine whose clock is ahead."""
    badge = acme.issue()
    badge.json  # noqa: B018  (signed now)
    begun = world.now
    world.advance(ahead)
    acme.revoke(badge)
    world.now = begun
    assert world.verify(badge.json).status is (Status.REVOKED if ahead <= CLOCK_SKEW else Status.INVALID)


def _with_a_key_that_is_not_published(issuer: Issuer) -> bytes:
    stranger = generate(KeyType.ED25519)
    badge: Badge = issuer.issue()
    fragment: Any = issuer._published(stranger, "Multikey").fragment
    seal = replace(badge.seal, key=stranger, verification_method=f"{issuer.id}#{fragment}")
    return seal.sign(badge.document).body
