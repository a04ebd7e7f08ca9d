"""Offers and their codes: what a wallet finds, what is good once, and what never works."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest
from sqlalchemy import select

from issuer.offers.offers import MOST_TRIES, NewOffer, end_offer, offers_of
from issuer.status import revoke, suspend
from issuer.tables import WalletGrantRow, WalletOfferRow
from portal.oid4vci.answering import CODES
from tests.conftest import vectors
from tests.portal.conftest import BASE
from tests.portal.me.conftest import ANA, BEN
from tests.portal.oid4vci.conftest import IDENTIFIER, Wallet
from wallet_export.oid4vci import PRE_AUTHORIZED, Offer, TxCode, link_by_reference, link_by_value

MakeOffer = Callable[..., NewOffer]
CONFIGURATIONS = ["craft.apprentice.ldp", "craft.apprentice.jwt", "craft.apprentice.sd-jwt"]


def error_of(answer: Any, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"])


def six_digits(page: str) -> str:
    """As the page of an offer shows them, in two groups."""
    ((first, second),) = re.findall(r"<span>(\d{3})</span><span>(\d{3})</span>", page)
    return f"{first}{second}"


def test_a_wallet_is_led_to_an_offer_and_nothing_names_its_holder(wallet: Wallet, offer: MakeOffer) -> None:
    made = offer(with_tx_code=True)
    address = f"/oid4vci/brightmoor/offers/{made.reference}"
    answer = wallet.client.get(address)
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found["credential_issuer"] == IDENTIFIER
    assert found["credential_configuration_ids"] == CONFIGURATIONS
    grant = found["grants"][PRE_AUTHORIZED]
    assert grant["pre-authorized_code"] == made.code
    assert grant["tx_code"]["length"] == 6
    assert len(grant["tx_code"]["description"]) <= 300
    link = link_by_reference(f"{IDENTIFIER}/offers/{made.reference}")
    assert parse_qs(urlsplit(link).query) == {"credential_offer_uri": [f"{IDENTIFIER}/offers/{made.reference}"]}
    for text in (answer.text, link):
        assert "Ana" not in text
        assert str(made.credential_id) not in text


def test_by_value_the_same_stands_in_the_link() -> None:
    told = Offer("https://a.example/oid4vci/b", ["one.two.ldp"], "code", TxCode(6, "Ask.", "text"))
    (text,) = parse_qs(urlsplit(link_by_value(told)).query)["credential_offer"]
    assert json.loads(text) == told.document()


def test_neither_code_nor_token_stands_in_the_database(wallet: Wallet, offer: MakeOffer) -> None:
    made = offer(with_tx_code=True)
    wallet.redeem(made.code, tx_code=made.tx_code)
    with wallet.shop.db.read() as session:
        rows = [*session.scalars(select(WalletOfferRow)), *session.scalars(select(WalletGrantRow))]
        text = repr(
            [{name: value for name, value in vars(row).items() if name != "_sa_instance_state"} for row in rows]
        )
    for secret in (made.reference, made.code, made.tx_code, wallet.token):
        assert secret
        assert secret not in text


def test_a_code_is_good_once(wallet: Wallet, offer: MakeOffer) -> None:
    made = offer()
    first = wallet.redeem(made.code)
    assert first.status_code == 200
    assert first.json()["token_type"] == "Bearer"
    token = wallet.token
    assert error_of(wallet.redeem(made.code)) == "invalid_grant"
    wallet.token = token
    assert wallet.ask(CONFIGURATIONS[0]).status_code == 200, "who was first keeps what he has"
    assert wallet.client.get(f"/oid4vci/brightmoor/offers/{made.reference}").status_code == 404


def test_a_code_is_over_guessed_ended_or_of_another_kind(wallet: Wallet, offer: MakeOffer) -> None:
    shop = wallet.shop
    over = offer(life=timedelta(minutes=1))
    shop.clock.now += timedelta(minutes=1)
    assert error_of(wallet.redeem(over.code)) == "invalid_grant"
    ended = offer()
    assert end_offer(shop.db, ended.id, actor="test", now=shop.clock())
    assert not end_offer(shop.db, ended.id, actor="test", now=shop.clock())
    assert error_of(wallet.redeem(ended.code)) == "invalid_grant"
    assert error_of(wallet.redeem("A" * 43)) == "invalid_grant"
    assert error_of(wallet.redeem("short")) == "invalid_grant"
    assert error_of(wallet.redeem(over.reference)) == "invalid_grant", "the reference is not the code"
    assert {one.state for one in offers_of(shop.db, shop.badge, now=shop.clock())} == {"over", "ended"}


def test_a_transaction_code_can_be_guessed_five_times(wallet: Wallet, offer: MakeOffer) -> None:
    made = offer(with_tx_code=True)
    wrong = f"{(int(made.tx_code) + 1) % 1_000_000:06}"
    assert error_of(wallet.redeem(made.code)) == "invalid_request"
    for _ in range(MOST_TRIES - 1):
        assert error_of(wallet.redeem(made.code, tx_code=wrong)) == "invalid_grant"
    assert wallet.redeem(made.code, tx_code=made.tx_code).status_code == 200, "the fifth try may be the right one"
    made = offer(with_tx_code=True)
    wrong = f"{(int(made.tx_code) + 1) % 1_000_000:06}"
    for _ in range(MOST_TRIES):
        assert error_of(wallet.redeem(made.code, tx_code=wrong)) == "invalid_grant"
    assert error_of(wallet.redeem(made.code, tx_code=made.tx_code)) == "invalid_grant"


def test_a_transaction_code_that_nobody_asked_for(wallet: Wallet, offer: MakeOffer) -> None:
    made = offer()
    assert error_of(wallet.redeem(made.code, tx_code="123456")) == "invalid_request"
    assert wallet.redeem(made.code).status_code == 200


WRONG_FORMS: list[tuple[dict[str, Any], str]] = [
    ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
    ({"grant_type": "refresh_token", "refresh_token": "x"}, "unsupported_grant_type"),
    ({"code": "x"}, "invalid_request"),
    ({"grant_type": PRE_AUTHORIZED}, "invalid_request"),
    ({"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "x", "authorization_details": "{"}, "invalid_request"),
    (
        {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "x", "authorization_details": '[{"type":"other"}]'},
        "invalid_authorization_details",
    ),
    ({"grant_type": [PRE_AUTHORIZED, PRE_AUTHORIZED], "pre-authorized_code": "x"}, "invalid_request"),
]


def test_token_requests_that_are_wrong(wallet: Wallet) -> None:
    for fields, code in WRONG_FORMS:
        assert error_of(wallet.client.post("/oid4vci/brightmoor/token", data=fields)) == code, fields


def test_a_token_request_that_is_no_form(wallet: Wallet) -> None:
    answer = wallet.client.post("/oid4vci/brightmoor/token", json={"grant_type": PRE_AUTHORIZED})
    assert error_of(answer) == "invalid_request"
    assert wallet.client.post("/oid4vci/nobody/token", data={"grant_type": "x"}).status_code == 404


def test_details_choose_among_what_is_offered(wallet: Wallet, offer: MakeOffer) -> None:
    def details(name: str, **more: Any) -> str:
        return json.dumps([{"type": "openid_credential", "credential_configuration_id": name, **more}])

    made = offer()
    other = wallet.redeem(made.code, authorization_details=details("craft.master.ldp"))
    assert error_of(other) == "invalid_authorization_details"
    elsewhere = wallet.redeem(made.code, authorization_details=details(CONFIGURATIONS[0], locations=["https://x"]))
    assert error_of(elsewhere) == "invalid_authorization_details"
    answer = wallet.redeem(made.code, authorization_details=details(CONFIGURATIONS[1], locations=[IDENTIFIER]))
    (given,) = answer.json()["authorization_details"]
    (identifier,) = given["credential_identifiers"]
    assert error_of(wallet.ask(CONFIGURATIONS[1])) == "invalid_credential_request"
    body = {"credential_identifier": identifier, "proofs": {"jwt": [wallet.proof()]}}
    assert wallet.send("credential", body).json()["credentials"][0]["credential"].startswith("eyJ")
    body = {"credential_identifier": f"{identifier}x", "proofs": {"jwt": [wallet.proof()]}}
    assert error_of(wallet.send("credential", body)) == "unknown_credential_identifier"


def test_a_network_brings_only_so_many_codes(wallet: Wallet) -> None:
    for _ in range(CODES.most):
        wallet.client.post("/oid4vci/brightmoor/token", data={"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "x"})
    answer = wallet.client.post("/oid4vci/brightmoor/token", data={"grant_type": PRE_AUTHORIZED})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 900


def test_what_is_revoked_is_neither_offered_nor_delivered(wallet: Wallet, offer: MakeOffer) -> None:
    shop = wallet.shop
    assert shop.service.keyring is not None
    made = offer()
    wallet.redeem(made.code)
    revoke(shop.db, shop.service.keyring, credential_id=shop.badge, actor="test", now=shop.clock(), reason="A mistake.")
    assert error_of(wallet.ask(CONFIGURATIONS[0])) == "credential_request_denied"
    with pytest.raises(Exception, match="revoked"):
        offer()


def test_the_holder_makes_an_offer_on_his_badges_page(wallet: Wallet) -> None:
    shop = wallet.shop
    browser = shop.signed_in(ANA)
    page = browser.get(f"/me/credentials/{shop.badge}").text
    assert f'action="/me/credentials/{shop.badge}/wallet"' in page
    answer = browser.post(f"/me/credentials/{shop.badge}/wallet")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/me/credentials/{shop.badge}/wallet")
    page = browser.get(f"/me/credentials/{shop.badge}/wallet").text
    assert "Ana" not in page.split("openid-credential-offer://")[1].split('"')[0]
    link = page.split('href="openid-credential-offer://')[1].split('"')[0]
    (uri,) = parse_qs(link.removeprefix("?"))["credential_offer_uri"]
    digits = six_digits(page)
    drawn = browser.get(f"/me/credentials/{shop.badge}/wallet.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    code = wallet.client.get(uri).json()["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    assert wallet.redeem(code, tx_code=digits).status_code == 200
    assert "A wallet took the offer" in browser.get(f"/me/credentials/{shop.badge}/wallet").text
    assert browser.get(f"/me/credentials/{shop.badge}/wallet.svg").status_code == 404


def test_the_holder_ends_an_offer_and_nobody_else_sees_it(wallet: Wallet) -> None:
    shop = wallet.shop
    ana, ben = shop.signed_in(ANA), shop.signed_in(BEN)
    ana.get(f"/me/credentials/{shop.badge}")
    ana.post(f"/me/credentials/{shop.badge}/wallet")
    page = ana.get(f"/me/credentials/{shop.badge}/wallet").text
    end = page.split('action="')[1:]
    path = next(one.split('"')[0] for one in end if one.split('"')[0].endswith("/end"))
    assert ben.get(f"/me/credentials/{shop.badge}/wallet").status_code == 404
    for forbidden in (f"/me/credentials/{shop.badge}/wallet", path):
        ben.get("/me/sessions")
        assert ben.post(forbidden).status_code == 404
    assert [one.state for one in offers_of(shop.db, shop.badge, now=shop.clock())] == ["open"]
    assert ana.post(path).status_code == 303
    assert "No offer is open" in ana.get(f"/me/credentials/{shop.badge}/wallet").text
    german = ana.get(f"/me/credentials/{shop.badge}/wallet?lang=de").text
    assert "Kein Angebot ist offen" in german


def test_a_suspended_badge_waits_and_comes_when_it_is_reinstated(wallet: Wallet, offer: MakeOffer) -> None:
    from issuer.status import reinstate

    shop = wallet.shop
    keyring = shop.service.keyring
    assert keyring is not None
    suspend(shop.db, keyring, credential_id=shop.badge, actor="test", now=shop.clock(), reason="Under review.")
    answer = wallet.redeem(offer().code)
    assert answer.json()["expires_in"] > 86_400
    waits = wallet.ask(CONFIGURATIONS[2])
    assert waits.status_code == 202
    transaction = waits.json()["transaction_id"]
    assert waits.json()["interval"] > 0
    again = wallet.send("deferred", {"transaction_id": transaction})
    assert (again.status_code, again.json()["transaction_id"]) == (202, transaction)
    reinstate(shop.db, keyring, credential_id=shop.badge, actor="test", now=shop.clock(), reason="Found in order.")
    shop.clock.now += timedelta(days=2)
    done = wallet.send("deferred", {"transaction_id": transaction})
    assert done.status_code == 200, done.text
    assert shop.service.verify(done.json()["credentials"][0]["credential"]).verified
    assert error_of(wallet.send("deferred", {"transaction_id": transaction})) == "invalid_transaction_id"
    assert error_of(wallet.send("deferred", {"transaction_id": "A" * 43})) == "invalid_transaction_id"
    assert error_of(wallet.send("deferred", {})) == "invalid_credential_request"


def test_metadata_and_messages_fit_the_foundations_schemas(wallet: Wallet, offer: MakeOffer) -> None:
    folder = vectors("oidf-schemas")
    metadata = wallet.client.get("/.well-known/openid-credential-issuer/oid4vci/brightmoor").json()
    told = wallet.client.get(f"/oid4vci/brightmoor/offers/{offer(with_tx_code=True).reference}").json()
    asked = {"credential_configuration_id": CONFIGURATIONS[0], "proofs": {"jwt": [wallet.proof()]}}
    for one in metadata["credential_configurations_supported"].values():
        if one["format"] == "ldp_vc":  # the schema has no branch for what section A.1.2 asks of this format
            assert one.pop("credential_definition")["@context"]
            assert one.pop("credential_signing_alg_values_supported") == ["eddsa-rdfc-2022"]
    for name, document in (("issuer_metadata", metadata), ("offer", told), ("request", asked)):
        schema = json.loads((folder / f"credential_{name}-1_0.json").read_text())
        assert [str(one) for one in jsonschema_rs.validator_for(schema).iter_errors(document)] == []


def test_the_mail_about_an_award_holds_an_offer_that_says_nothing_of_anybody(wallet: Wallet) -> None:
    from issuer.messages.composing import compose
    from issuer.messages.matters import Letter, Matter
    from issuer.messages.notices import Kind

    shop = wallet.shop
    page = f"/credentials/{shop.badge}"
    matter = Matter(Kind.ISSUED, "Apprentice", "Craft", "craft/apprentice", credential_id=shop.badge, link=BASE + page)
    letter = Letter("Brightmoor", BASE, "badges.example", "Ana Núñez", None, shop.today, (matter,))
    mail = compose(letter, shop.clock())
    (link,) = re.findall(r"openid-credential-offer://\S+", mail.text)
    assert f'href="{link}"' in mail.html
    assert f"{BASE}/me{page}/wallet" in mail.text
    (uri,) = parse_qs(urlsplit(link).query)["credential_offer_uri"]
    assert uri == f"{BASE}/wallet-offers/{shop.badge}"
    assert set(wallet.client.get(uri).json()["grants"]) == {"authorization_code"}, (
        "no code that lies in a mail for years"
    )
    assert shop.browser().get(f"/me{page}/wallet").headers["location"].startswith("/sign-in")
    browser = shop.signed_in(ANA)
    shown = browser.get(f"/me{page}/wallet").text
    assert "Make an offer" in shown
    assert html.escape(link) in shown
    assert browser.get(f"/me{page}/wallet.svg").headers["content-type"] == "image/svg+xml"


def test_an_admin_offers_a_badge_at_the_desk(wallet: Wallet) -> None:
    from issuer.sign_in.roles import Role

    shop = wallet.shop
    desk, page = shop.signed_in(BEN, Role.ADMIN), f"/admin/credentials/{shop.badge}"
    assert "Offer to a wallet" in desk.get(page).text
    assert desk.post(page + "/wallet").headers["location"].endswith(page + "/wallet")
    shown = desk.get(page + "/wallet").text
    (link,) = re.findall(r"openid-credential-offer://[^<]+", shown)
    digits = six_digits(shown)
    (uri,) = parse_qs(urlsplit(link).query)["credential_offer_uri"]
    assert desk.get(page + "/wallet.svg").headers["content-type"] == "image/svg+xml"
    code = wallet.client.get(uri).json()["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    assert wallet.redeem(code, tx_code=digits).status_code == 200
    assert "A wallet took the offer" in desk.get(page + "/wallet").text
    assert desk.get(page + "/wallet.svg").status_code == 404
    (made,) = offers_of(shop.db, shop.badge, now=shop.clock())
    assert made.created_by.startswith("person:")
    assert desk.get(page + "/wallet?lang=de").status_code == 200
