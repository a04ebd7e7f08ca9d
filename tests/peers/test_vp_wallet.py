"""A wallet that others wrote is asked for a badge and shows it: every format, in the open and encrypted.

What is held against it is all of OpenID4VP: its library reads our link and our signed request, another one our query,
and the presentations are made by libraries of a third kind.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from credentials.proofs import compact_jws
from credentials.proofs.sd_jwt import token as sd_jwt_token
from issuer.status import revoke
from issuer.tables import WalletRequestRow
from issuer.wallet_copies import CopyFormat, copy_for_holder
from issuer.wallet_requests import requests
from issuer.wallet_requests.forgetting import forget_what_is_over
from issuer.wallet_requests.requests import Way
from keys import jwk
from tests.peers.loopback import served
from tests.peers.process import Peer, PeerRefused
from tests.portal.me.conftest import Workshop, built, words, workshop
from tests.portal.sign_in.conftest import Browser
from wallet_export.holder_key import Holder
from wallet_export.oid4vp_dcql import FORMATS, JWT_VC, LDP_VC, SD_JWT_VC

__all__ = ["built", "workshop"]


@dataclass
class Wallet:
    """A wallet that holds Ana's badge in one format, bound to its key."""

    peer: Peer
    server: str
    format: str
    credential: str
    claims: dict[str, Any]
    key: dict[str, Any]

    def answer(self, link: str, **instead: Any) -> dict[str, Any]:
        answered: dict[str, Any] = self.peer.ask(
            "answer-vp-request",
            link=link,
            server=self.server,
            format=self.format,
            credential=self.credential,
            claims=self.claims,
            key=self.key,
            instead=instead,
        )
        return answered


@dataclass
class House:
    """The workshop, served, with a browser in which somebody asks."""

    shop: Workshop
    server: str
    browser: Browser
    peer: Peer

    def wallet(self, kind: str) -> Wallet:
        """A wallet with a copy of Ana's badge for a key of its own."""
        if kind == LDP_VC:
            key = self.peer.ask("generate-key")
            holder = Holder.of_did(key["controller"])
        else:
            private = self.peer.ask("generate-jwk", alg="ES256")["private"]
            public = {name: private[name] for name in ("kty", "crv", "x", "y")}
            holder = Holder.of_key(jwk.from_jwk(public))
            key = {"jwk": private, "did": holder.did, "frame": {"recipient_name": True}}
        assert self.shop.service.keyring is not None
        copy = copy_for_holder(
            self.shop.db,
            self.shop.service.keyring,
            credential_id=self.shop.badge,
            format_=CopyFormat(kind),
            holder=holder,
            actor="test",
            now=self.shop.clock(),
            randomness=self.shop.random.randbytes,
        )
        return Wallet(self.peer, self.server, kind, copy.text, claims_of(kind, copy.text), key)

    def ask(self, *levels: str, encrypted: bool = True) -> str:
        """The path of the page that shows the code."""
        self.browser.get("/verify/wallet")
        answer = self.browser.post("/verify/wallet", level=list(levels), secret="yes" if encrypted else "")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def level(self, name: str) -> str:
        """The id by which the form knows a level."""
        page = self.browser.get("/verify/wallet").text
        found = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>\s*<label[^>]*><bdi>{name}</bdi>', page)
        assert found is not None
        return found[1]

    def here(self, page: str) -> str:
        """The link that opens a wallet on the same device."""
        found = re.search(r'href="(openid4vp:[^"]+)"', self.browser.get(page).text)
        assert found is not None
        return html.unescape(found[1])

    def there(self, page: str) -> str:
        """What the code says, for a wallet on another device."""
        cookie = next(one.value for one in self.browser.client.cookies.jar if one.name.endswith("-asking"))
        assert cookie is not None
        here = UUID(page.rpartition("/")[2])
        link, (before, after) = self.here(page), (requests.handle(cookie, here, way) for way in (Way.HERE, Way.THERE))
        assert before in link
        return link.replace(before, after)

    def shown(self, page: str) -> str:
        """The words of the page."""
        return words(self.browser.get(page).text)


def claims_of(kind: str, text: str) -> dict[str, Any]:
    if kind == LDP_VC:
        return dict(json.loads(text))
    if kind == JWT_VC:
        return dict(compact_jws.read(text, types=("vc+jwt", "jwt")).payload)
    return dict(sd_jwt_token.read(text, types=("dc+sd-jwt",)).claims)


@pytest.fixture
def house(workshop: Workshop, peer: Peer) -> Iterator[House]:
    workshop.clock.now = datetime.now(UTC)
    with served(workshop.app) as server:
        yield House(workshop, server, workshop.browser(), peer)


@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "open"])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_wallet_shows_a_badge_in_every_format(house: House, kind: str, encrypted: bool) -> None:
    page = house.ask(house.level("Apprentice"), encrypted=encrypted)
    answered = house.wallet(kind).answer(house.here(page))
    assert answered["matched"] is True, "the reference implementation of the query says that the badge answers it"
    assert answered["mode"] == ("direct_post.jwt" if encrypted else "direct_post")
    assert answered["seen"][0] == "POST /openid4vp/requests"
    assert answered["status"] == 200, answered["body"]

    back = urlsplit(answered["body"]["redirect_uri"])
    waiting = house.browser.get(page)
    assert "Go back to it" in waiting.text, "on this device only the code that the wallet was given shows the answer"
    led = house.browser.get(f"{back.path}?{back.query}")
    shown = house.browser.get(led.headers["location"])
    told = words(shown.text)
    assert "What the wallet showed" in shown.text
    assert "Valid" in told
    assert "Ana Núñez" in told
    assert "It is bound to a key of its holder" in told
    assert "Apprentice" in told


@pytest.mark.parametrize("kind", FORMATS)
def test_an_answer_to_another_question_or_for_another_verifier_is_refused(house: House, kind: str) -> None:
    page = house.ask(house.level("Apprentice"))
    wallet, link = house.wallet(kind), house.there(page)
    for instead in ({"nonce": "another"}, {"audience": "decentralized_identifier:did:web:evil.example"}):
        refused = wallet.answer(link, **instead)
        assert (refused["status"], refused["body"]["error"]) == (400, "invalid_request"), refused
    assert "Waiting for the answer" in house.shown(page), "and the question is still open"
    answered = wallet.answer(link, twice=True)
    assert (answered["status"], answered["body"]) == (200, {}), "another device is led nowhere"
    assert (answered["again"]["status"], answered["again"]["body"]["error"]) == (400, "invalid_request"), "replayed"
    assert "Ana Núñez" in house.shown(page), "who asked sees it where the code is shown"
    assert house.shop.browser().get(page).status_code == 404, "and nobody else"


def test_what_was_not_asked_for_is_no_answer(house: House) -> None:
    wallet = house.wallet(LDP_VC)
    other = house.there(house.ask(house.level("Journeyman")))
    assert wallet.answer(other)["matched"] is False
    for query in ("badge_ldp", "badge_jwt", "badge_sd_jwt", "something"):
        refused = wallet.answer(other, queryId=query)
        assert (refused["status"], refused["body"]["error"]) == (400, "invalid_request"), query
    stated = wallet.answer(house.there(house.ask()), state="another")
    assert (stated["status"], stated["body"]["error"]) == (400, "invalid_request")
    assert wallet.answer(house.there(house.ask()))["status"] == 200, "any badge will do"


def test_a_badge_of_somebody_else_is_said_to_be(house: House) -> None:
    thief, ana = house.wallet(LDP_VC), house.wallet(LDP_VC)
    thief.credential, thief.claims = ana.credential, ana.claims
    page = house.ask(house.level("Apprentice"))
    assert thief.answer(house.there(page))["status"] == 200
    assert "It is somebody else’s." in house.shown(page)
    sd_jwt, other = house.wallet(SD_JWT_VC), house.wallet(SD_JWT_VC)
    sd_jwt.key = {**other.key}
    refused = sd_jwt.answer(house.there(house.ask()))
    assert (refused["status"], refused["body"]["error"]) == (400, "invalid_request"), "it is not his key"


def test_a_revoked_badge_is_shown_as_revoked(house: House) -> None:
    wallet = house.wallet(JWT_VC)
    assert house.shop.service.keyring is not None
    revoke(
        house.shop.db,
        house.shop.service.keyring,
        credential_id=house.shop.badge,
        reason="Awarded by mistake.",
        actor="test",
        now=house.shop.clock(),
    )
    page = house.ask(house.level("Apprentice"))
    assert wallet.answer(house.there(page))["status"] == 200
    assert "Revoked" in house.shown(page)


def test_a_question_ends(house: House) -> None:
    wallet, page = house.wallet(LDP_VC), house.ask()
    link = house.there(page)
    declined = wallet.answer(house.there(house.ask()), error="access_denied")
    assert declined["status"] == 200
    house.shop.clock.now += requests.LIFE + timedelta(seconds=1)
    with pytest.raises(PeerRefused, match="request_uri"):
        wallet.answer(link)
    assert house.browser.get(page).status_code == 404
    forget_what_is_over(house.shop.db, now=house.shop.clock())
    with house.shop.db.read() as session:
        assert session.query(WalletRequestRow).count() == 0, "and nothing of it is kept"
