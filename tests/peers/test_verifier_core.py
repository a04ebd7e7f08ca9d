"""`@digitalcredentials/verifier-core`, which wallets and the consortium’s web verifier use. It does not sign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keys.algorithms import KeyType
from tests.peers.company import with_another_name, with_another_signature
from tests.peers.process import Peer
from tests.peers.test_cryptosuites import ours, theirs


def test_it_finds_our_badge_signed_and_not_over(peer: Peer) -> None:
    found = peer.ask("verifier-core", credential=ours("eddsa-rdfc-2022", KeyType.ED25519))
    assert found["errors"] == []
    assert (found["steps"]["valid_signature"], found["steps"]["expiration"]) == (True, True)


def test_it_finds_a_peers_badge_as_it_finds_ours(peer: Peer) -> None:
    mine, other = (
        peer.ask("verifier-core", credential=sign("eddsa-rdfc-2022", KeyType.ED25519))
        for sign in (ours, lambda *named: theirs(peer, *named))
    )
    assert mine == other


@pytest.mark.parametrize("damaged", [with_another_name, with_another_signature])
def test_it_refuses_a_damaged_one(peer: Peer, damaged: Any) -> None:
    found = peer.ask("verifier-core", credential=damaged(ours("eddsa-rdfc-2022", KeyType.ED25519)))
    assert found["errors"] or not found["steps"]["valid_signature"]


def test_the_badge_of_these_tests_is_not_over_yet() -> None:
    assert datetime.fromisoformat(ours("eddsa-rdfc-2022", KeyType.ED25519)["validUntil"]) > datetime.now(UTC)
