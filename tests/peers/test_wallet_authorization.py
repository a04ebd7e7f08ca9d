"""A wallet by the library of others sends its owner to our sign-in and comes back with a code.

Its owner is a script here: it signs in by a link, looks at the page, and says yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest

from tests.journeys.conftest import Company, company
from tests.peers.process import Peer
from tests.peers.test_wallet_offers import did_document, pages

BACK = "com.example.wallet:/came-back"
ANA = "ana@brightmoor.example"
LDP, JWT = "first-aid.first-aider.ldp", "first-aid.first-aider.jwt"


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("academy")) as made:
        with made.closed(), (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
            file.write('smtp_host = "localhost"\nmail_from = "b@brightmoor.example"\nsign_in_by_mail = true\n')
        yield made


@pytest.fixture(scope="module")
def badge(academy: Company) -> dict[str, Any]:
    done = academy.command(
        "issue", "--json", "--name", "Ana Núñez", "--email", ANA, "--program", "first-aid", "--level", "first-aider"
    )  # fmt: skip
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json["issued"][0]
    return found


@pytest.fixture(scope="module")
def owner(academy: Company, badge: dict[str, Any]) -> Iterator[httpx2.Client]:
    """Ana’s browser, in which she is signed in."""
    with httpx2.Client(
        base_url=academy.base_url, headers={"Accept": "text/html"}, timeout=60, verify=False, follow_redirects=False
    ) as browser:
        made = academy.command("admin", "link", ANA)
        assert made.code == 0, made.err
        page = browser.get(made.out.strip())
        sent = browser.post(
            "/sign-in/link", data={"token": hidden(page.text, "token")}, headers={"Origin": academy.base_url}
        )
        assert sent.status_code == 303, sent.text
        yield browser


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def says(academy: Company, owner: httpx2.Client, url: str, answer: str = "allow") -> str:
    """Where the owner's browser is sent after he answered."""
    page = owner.get(url, follow_redirects=True)
    assert page.status_code == 200, page.text
    assert "com.example.wallet:" in page.text
    fields = {"csrf_token": hidden(page.text, "csrf_token"), "answer": answer, "badge": hidden(page.text, "badge")}
    sent = owner.post(str(page.url), data=fields, headers={"Origin": academy.base_url})
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"])


def link(academy: Company, badge: dict[str, Any]) -> str:
    """As it stands in the mail about the award."""
    return (
        f"openid-credential-offer://?credential_offer_uri={quote(academy.base_url, safe='')}%2Fwallet-offers%2F"
        + str(badge["id"])
    )


@pytest.mark.parametrize(("pushed", "dpop"), [(True, True), (False, False)])
def test_the_offer_of_a_mail_comes_to_the_wallet(
    academy: Company, peer: Peer, badge: dict[str, Any], owner: httpx2.Client, pushed: bool, dpop: bool
) -> None:
    begun = peer.ask(
        "begin-authorization", offer=link(academy, badge), scope=LDP, back=BACK, pushed=pushed, dpop=dpop
    )  # fmt: skip
    assert begun["method"] == "S256"
    assert ("request_uri" in parse_qs(urlsplit(begun["url"]).query)) is pushed
    url = says(academy, owner, begun["url"])
    got = peer.ask("finish-authorization", begun=begun, url=url, configuration=LDP, by="did:jwk")
    (credential,) = got["credentials"]
    assert got["token"]["token_type"] == ("DPoP" if dpop else "Bearer")
    assert credential["credentialSubject"]["id"] == got["holder"]["did"]
    assert credential["id"] == badge["url"]
    verdict = peer.ask("verify-credential", credential=credential, documents=pages(academy, credential))
    assert verdict["verified"], verdict
    with pytest.raises(Exception, match="invalid_grant"):
        peer.ask("finish-authorization", begun=begun, url=url, configuration=LDP)


def test_a_wallet_that_begins_by_itself(
    academy: Company, peer: Peer, badge: dict[str, Any], owner: httpx2.Client
) -> None:
    issuer = academy.get(f"/wallet-offers/{badge['id']}").json()["credential_issuer"]
    begun = peer.ask("begin-authorization", issuer=issuer, scope=JWT, back=BACK)
    got = peer.ask(
        "finish-authorization", begun=begun, url=says(academy, owner, begun["url"]), configuration=JWT, alg="EdDSA"
    )
    verdict = peer.ask(
        "verify-jwt", token=got["credentials"][0], didDocument=did_document(academy), algorithms=["RS256"]
    )
    assert verdict["verified"], verdict
    assert verdict["payload"]["jti"] == badge["url"]


def test_wrong_verifiers_addresses_and_a_no(
    academy: Company, peer: Peer, badge: dict[str, Any], owner: httpx2.Client
) -> None:
    begun = peer.ask("begin-authorization", offer=link(academy, badge), scope=LDP, back=BACK)
    url = says(academy, owner, begun["url"])
    for wrong in ({"verifier": "w" * 64}, {"back": BACK + "/"}):
        with pytest.raises(Exception, match="invalid_grant"):
            peer.ask("finish-authorization", begun=begun, url=url, configuration=LDP, **wrong)
    other = re.sub("iss=[^&]+", "iss=https%3A%2F%2Fevil.example", url)
    with pytest.raises(Exception, match="iss"):
        peer.ask("finish-authorization", begun=begun, url=other, configuration=LDP)
    assert peer.ask("finish-authorization", begun=begun, url=url, configuration=LDP)["credentials"]
    begun = peer.ask("begin-authorization", offer=link(academy, badge), scope=LDP, back=BACK)
    url = says(academy, owner, begun["url"], "deny")
    with pytest.raises(Exception, match="access_denied"):
        peer.ask("finish-authorization", begun=begun, url=url, configuration=LDP)
