"""A holder's wallet fetches his credential by itself: the libraries of the Learner Credential Wallet, and others."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from issuer.wallet_requests.exchanges import EXCHANGE_LIFE
from tests.peers.loopback import served
from tests.peers.process import Peer
from tests.portal.conftest import BASE
from tests.portal.me.conftest import ANA, BEN, Workshop, built, words, workshop
from tests.portal.sign_in.conftest import Browser

__all__ = ["built", "workshop"]


@dataclass
class House:
    """The workshop, served, with Ana's browser."""

    shop: Workshop
    server: str
    browser: Browser
    peer: Peer

    @property
    def path(self) -> str:
        return f"/me/credentials/{self.shop.badge}/exchange"

    def link(self, begins: str) -> str:
        """A new link, as the page shows it."""
        self.browser.get(f"/me/credentials/{self.shop.badge}")
        made = self.browser.post(self.path)
        assert made.status_code == 303
        assert made.headers["location"] == self.path, "without its secret"
        found = re.search(f'href="({re.escape(begins)}[^"]+)"', self.browser.get(self.path).text)
        assert found is not None
        return html.unescape(found[1])

    def fetch(self, link: str, wallet: str = "lcw", **instead: str) -> dict[str, Any]:
        answered: dict[str, Any] = self.peer.ask(
            "fetch-by-exchange", link=link, server=self.server, wallet=wallet, instead=instead
        )
        return answered


@pytest.fixture
def house(workshop: Workshop, peer: Peer) -> Iterator[House]:
    workshop.clock.now = datetime.now(UTC)
    with served(workshop.app) as server:
        yield House(workshop, server, workshop.signed_in(ANA), peer)


@pytest.mark.parametrize(("wallet", "begins"), [("lcw", "https://lcw.app/request?request="), ("other", "interaction:")])
def test_a_wallet_fetches_a_copy_that_is_bound_to_its_did(house: House, wallet: str, begins: str) -> None:
    link = house.link(begins)
    assert "Into your wallet" in words(house.browser.get(house.path).text)
    fetched = house.fetch(link, wallet)
    assert (fetched["status"], fetched["asked"]) == (200, "DIDAuthentication"), fetched["body"]
    (credential,) = fetched["body"]["verifiablePresentation"]["verifiableCredential"]
    assert credential["credentialSubject"]["id"] == fetched["did"]
    assert credential["id"] == f"{BASE}/credentials/{house.shop.badge}"
    assert house.shop.service.verify(json.dumps(credential)).verified
    published = house.shop.service.documents
    pages = {f"did:web:{BASE.removeprefix('https://')}": published.find("/.well-known/did.json")}
    status = credential["credentialStatus"]
    entries = status if isinstance(status, list) else [status]
    for entry in entries:
        pages[entry["statusListCredential"]] = published.find(entry["statusListCredential"].removeprefix(BASE))
    documents = {url: json.loads(page.body) for url, page in pages.items() if page is not None}
    assert house.peer.accepts(credential, documents)

    assert "It is in your wallet" in words(house.browser.get(house.path).text)
    assert house.fetch(link, wallet)["status"] == 409, "once"


def test_only_who_proves_his_did_for_this_exchange_gets_it(house: House) -> None:
    link = house.link("https://lcw.app/")
    for instead in ({"challenge": "another"}, {"domain": "https://evil.example"}):
        refused = house.fetch(link, **instead)
        assert refused["status"] == 400
        assert refused["body"]["type"].rpartition("#")[2] == "problem-not-verified"
    assert house.fetch(link)["status"] == 200, "nothing of that used it up"


def test_a_link_ends_and_a_new_one_ends_the_one_before(house: House) -> None:
    first = house.link("https://lcw.app/")
    second = house.link("https://lcw.app/")
    assert house.fetch(first)["status"] == 404
    house.shop.clock.now += EXCHANGE_LIFE + timedelta(seconds=1)
    assert house.fetch(second)["status"] == 404
    assert "This link is over" in words(house.browser.get(house.path).text)
    assert house.fetch(second.replace("exchanges%2F", "exchanges%2FA"))["status"] == 404, "guessed"


def test_nobody_makes_a_link_to_what_is_not_his(house: House) -> None:
    ben = house.shop.signed_in(BEN)
    ben.get("/me")
    assert ben.post(house.path).status_code == 404
