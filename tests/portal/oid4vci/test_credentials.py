"""The credential endpoint: proofs that show a key and those that do not, DPoP, encryption, batches, notifications."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import func, select

from credentials.prepared import written
from credentials.proofs import compact_jws
from credentials.proofs.sd_jwt import token as sd_jwt
from issuer import audit
from issuer.erasure import erase_person
from issuer.offers.offers import NewOffer
from issuer.status import revoke, suspend
from issuer.tables import WalletCopyRow, WalletGrantRow, WalletIssuanceRow, WalletOfferRow
from keys import jwk
from keys.did import did_jwk, did_key, resolve_offline
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from tests.portal.conftest import BASE
from tests.portal.me.conftest import ANA
from tests.portal.oid4vci.conftest import IDENTIFIER, Wallet, named
from tests.portal.oid4vci.test_offers import CONFIGURATIONS, error_of

MakeOffer = Callable[..., NewOffer]
LDP, JWT, SD_JWT = CONFIGURATIONS


@pytest.fixture
def ready(wallet: Wallet, offer: MakeOffer) -> Wallet:
    """A wallet with a token."""
    assert wallet.redeem(offer().code).status_code == 200
    return wallet


def credential_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["credentials"][0]["credential"]


@pytest.mark.parametrize(
    ("kind", "method"),
    [(KeyType.ED25519, "did:key"), (KeyType.P256, "did:key"), (KeyType.P256, "jwk"), (KeyType.P384, "did:jwk")],
)
def test_the_key_is_bound_in_each_format(ready: Wallet, kind: KeyType, method: str) -> None:
    key = generate(kind)
    header = None if method == "jwk" else named(key, method)
    did = did_key(key.public_key) if method == "did:key" else did_jwk(key.public_key)
    verify = ready.shop.service.verify
    embedded = credential_of(ready.ask(LDP, ready.proof(key, header=header)))
    assert embedded["credentialSubject"]["id"] == did
    assert embedded["id"] == f"{BASE}/credentials/{ready.shop.badge}"
    assert verify(json.dumps(embedded)).verified
    token = credential_of(ready.ask(JWT, ready.proof(key, header=header)))
    assert verify(token).verified
    assert compact_jws.read(token, types=("jwt",)).payload["sub"] == did
    concealed = credential_of(ready.ask(SD_JWT, ready.proof(key, header=header)))
    assert verify(concealed).verified
    found = sd_jwt.read(concealed, types=("dc+sd-jwt",))
    assert found.claims["cnf"] == {"jwk": jwk.to_jwk(key.public_key)}
    assert found.claims["vct"].startswith(f"{BASE}/credential-types/")
    assert "recipient_name" not in found.token.payload
    assert found.claims["recipient_name"] == "Ana Núñez"
    type_ = ready.client.get(found.claims["vct"].removeprefix(BASE)).json()
    assert (type_["vct"], type_["name"]) == (found.claims["vct"], "Apprentice")


def test_the_same_key_gets_the_same_bytes_and_another_key_others(ready: Wallet) -> None:
    first, again = (credential_of(ready.ask(SD_JWT)) for _ in range(2))
    assert first == again
    assert credential_of(ready.ask(SD_JWT, ready.proof(generate(KeyType.P256)))) != first
    with ready.shop.db.read() as session:
        assert session.scalar(select(func.count()).select_from(WalletCopyRow)) == 2
    actions = [one.action for one in audit.events(ready.shop.db, subject=f"credential:{ready.shop.badge}")]
    assert actions.count("copy made") == 2


def test_copies_are_revoked_and_suspended_with_their_credential(ready: Wallet) -> None:
    shop = ready.shop
    keyring = shop.service.keyring
    assert keyring is not None
    copies = [credential_of(ready.ask(one)) for one in CONFIGURATIONS]
    texts = [one if isinstance(one, str) else json.dumps(one) for one in copies]
    suspend(shop.db, keyring, credential_id=shop.badge, actor="test", now=shop.clock(), reason="Under review.")
    assert {shop.service.verify(one).status.value for one in texts} == {"suspended"}
    revoke(shop.db, keyring, credential_id=shop.badge, actor="test", now=shop.clock(), reason="A mistake.")
    assert {shop.service.verify(one).status.value for one in texts} == {"revoked"}


def test_nothing_of_a_holders_wallets_is_left_when_he_is_erased(ready: Wallet) -> None:
    credential_of(ready.ask(LDP))
    erase_person(ready.shop.db, email=ANA, actor="test", now=ready.shop.clock())
    with ready.shop.db.read() as session:
        for table in (WalletOfferRow, WalletGrantRow, WalletIssuanceRow, WalletCopyRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert error_of(ready.ask(LDP), 401) == "invalid_token"


def test_several_keys_get_as_many_copies_at_once(ready: Wallet) -> None:
    keys = [generate(KeyType.P256) for _ in range(4)]
    nonce = ready.nonce()
    answer = ready.ask(LDP, *[ready.proof(one, nonce=nonce) for one in keys])
    subjects = [one["credential"]["credentialSubject"]["id"] for one in answer.json()["credentials"]]
    assert subjects == [did_jwk(one.public_key) for one in keys]
    nonce = ready.nonce()
    twice = [ready.proof(keys[0], nonce=nonce), ready.proof(keys[0], nonce=nonce)]
    assert error_of(ready.ask(LDP, *twice)) == "invalid_proof"
    assert error_of(ready.ask(LDP, ready.proof(keys[0]), ready.proof(keys[1]))) == "invalid_nonce"
    nonce = ready.nonce()
    many = [ready.proof(generate(KeyType.ED25519), nonce=nonce) for _ in range(11)]
    assert error_of(ready.ask(LDP, *many)) == "invalid_credential_request"


def test_a_nonce_is_good_once_and_for_minutes(ready: Wallet) -> None:
    used = ready.proof()
    credential_of(ready.ask(LDP, used))
    assert error_of(ready.ask(LDP, used)) == "invalid_nonce"
    assert error_of(ready.ask(LDP, ready.proof(nonce="A" * 43))) == "invalid_nonce"
    assert error_of(ready.ask(LDP, ready.proof(nonce="guessed"))) == "invalid_nonce"
    late = ready.proof()
    ready.shop.clock.now += timedelta(minutes=5)
    assert error_of(ready.ask(LDP, late)) == "invalid_nonce"


def wrong_proofs() -> dict[str, Callable[[Wallet], str]]:
    other = generate(KeyType.P256)

    def unsigned(wallet: Wallet) -> str:
        head, payload, _ = wallet.proof().split(".")
        return f"{head}.{payload}.{'A' * 86}"

    return {
        "signature": unsigned,
        "no nonce": lambda wallet: wallet.proof(nonce=None),
        "audience": lambda wallet: wallet.proof(aud=BASE),
        "no audience": lambda wallet: wallet.proof(aud=None),
        "old": lambda wallet: wallet.proof(iat=int(wallet.shop.clock().timestamp()) - 3_600),
        "future": lambda wallet: wallet.proof(iat=int(wallet.shop.clock().timestamp()) + 3_600),
        "no time": lambda wallet: wallet.proof(iat=None),
        "over": lambda wallet: wallet.proof(exp=int(wallet.shop.clock().timestamp()) - 1),
        "type": lambda wallet: wallet.proof(header={"typ": "JWT", "jwk": jwk.to_jwk(wallet.key.public_key)}),
        "no key": lambda wallet: wallet.proof(header={}),
        "two keys": lambda wallet: wallet.proof(
            header={**named(wallet.key, "did:jwk"), "jwk": jwk.to_jwk(wallet.key.public_key)}
        ),
        "other key": lambda wallet: wallet.proof(header={"jwk": jwk.to_jwk(other.public_key)}),
        "other did": lambda wallet: wallet.proof(header={"kid": "did:web:wallet.example#0"}),
        "other method": lambda wallet: wallet.proof(header={"kid": f"{did_jwk(wallet.key.public_key)}#1"}),
        "certificate": lambda wallet: wallet.proof(header={"x5c": ["MIIB"]}),
        "private key": lambda wallet: wallet.proof(header={"jwk": {**jwk.to_jwk(wallet.key.public_key), "d": "AA"}}),
        "no JWT": lambda _: "eyJ.e30.",
        "alg none": lambda wallet: wallet.proof(header={"alg": "none", "jwk": jwk.to_jwk(wallet.key.public_key)}),
    }


def test_proofs_that_show_nothing(ready: Wallet) -> None:
    for what, made in wrong_proofs().items():
        assert error_of(ready.ask(LDP, made(ready))) == "invalid_proof", what


WRONG_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"credential_configuration_id": LDP}, "invalid_proof"),
    ({"credential_configuration_id": LDP, "proofs": {}}, "invalid_proof"),
    ({"credential_configuration_id": LDP, "proofs": {"jwt": []}}, "invalid_proof"),
    ({"credential_configuration_id": LDP, "proofs": {"jwt": "eyJ"}}, "invalid_proof"),
    ({"credential_configuration_id": LDP, "proofs": {"di_vp": [{}]}}, "invalid_proof"),
    ({"credential_configuration_id": LDP, "proofs": {"jwt": ["x"], "attestation": ["x"]}}, "invalid_proof"),
    ({"credential_configuration_id": LDP, "proof": {"proof_type": "jwt", "jwt": "x"}}, "invalid_proof"),
    ({"proofs": {"jwt": ["x"]}}, "invalid_credential_request"),
    ({"credential_configuration_id": 7, "proofs": {"jwt": ["x"]}}, "invalid_credential_request"),
    (
        {"credential_configuration_id": LDP, "credential_identifier": "x", "proofs": {"jwt": ["x"]}},
        "invalid_credential_request",
    ),
    ({"credential_identifier": "x", "proofs": {"jwt": ["x"]}}, "invalid_credential_request"),
    ({"credential_configuration_id": "a.b.ldp", "proofs": {"jwt": ["x"]}}, "unknown_credential_configuration"),
    (
        {
            "credential_configuration_id": LDP,
            "proofs": {"jwt": ["x"]},
            "credential_response_encryption": {"jwk": {"kty": "EC"}, "enc": "A256GCM"},
        },
        "invalid_encryption_parameters",
    ),
    (
        {"credential_configuration_id": LDP, "proofs": {"jwt": ["x"]}, "credential_response_encryption": {}},
        "invalid_encryption_parameters",
    ),
]


def test_credential_requests_that_are_wrong(ready: Wallet) -> None:
    for body, code in WRONG_REQUESTS:
        assert error_of(ready.send("credential", body)) == code, body


def test_bodies_that_are_wrong(ready: Wallet) -> None:
    bearer = {"Authorization": f"Bearer {ready.token}"}

    def sent(data: bytes, kind: str) -> str:
        headers = {**bearer, "Content-Type": kind}
        return error_of(ready.client.post("/oid4vci/brightmoor/credential", content=data, headers=headers))

    assert sent(b"{", "application/json") == "invalid_credential_request"
    assert sent(b'{"a":1,"a":2}', "application/json") == "invalid_credential_request"
    assert sent(b"[]", "application/json") == "invalid_credential_request"
    assert sent(b"{}", "text/plain") == "invalid_credential_request"
    assert sent(b"a.b.c.d.e", "application/jwt") == "invalid_credential_request"


def test_tokens_that_are_none(ready: Wallet, offer: MakeOffer) -> None:
    good = ready.token
    body = {"credential_configuration_id": LDP, "proofs": {"jwt": ["x"]}}
    answer = ready.client.post("/oid4vci/brightmoor/credential", json=body)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    for wrong in ("A" * 43, "short", offer().code):
        ready.token = wrong
        assert error_of(ready.send("credential", body), 401) == "invalid_token"
        assert 'error="invalid_token"' in ready.send("credential", body).headers["www-authenticate"]
    ready.token = good
    ready.shop.clock.now += timedelta(hours=1)
    assert error_of(ready.send("credential", body), 401) == "invalid_token"


def test_a_token_that_is_bound_to_a_key_is_good_with_that_key_alone(wallet: Wallet, offer: MakeOffer) -> None:
    wallet.dpop = generate(KeyType.P256)
    answer = wallet.redeem(offer().code)
    assert answer.json()["token_type"] == "DPoP"
    assert credential_of(wallet.ask(LDP))
    body = {"credential_configuration_id": LDP, "proofs": {"jwt": [wallet.proof()]}}
    plain = wallet.client.post(
        "/oid4vci/brightmoor/credential", json=body, headers={"Authorization": f"Bearer {wallet.token}"}
    )
    assert error_of(plain, 401) == "invalid_token"
    headers = {"Authorization": f"DPoP {wallet.token}"}
    assert error_of(wallet.client.post("/oid4vci/brightmoor/credential", json=body, headers=headers), 401)
    once = wallet.dpop_proof("credential")
    assert wallet.send("credential", body, DPoP=once).status_code == 200
    replayed = wallet.send("credential", body, DPoP=once)
    assert error_of(replayed, 401) == "invalid_dpop_proof"
    assert replayed.headers["www-authenticate"].startswith("DPoP ")
    mallory = replace(wallet, dpop=generate(KeyType.P256))
    assert error_of(mallory.send("credential", body), 401) == "invalid_dpop_proof"


def test_dpop_proofs_that_are_wrong(wallet: Wallet, offer: MakeOffer) -> None:
    wallet.dpop = generate(KeyType.P256)
    wallet.redeem(offer().code)
    wallet.ask(LDP)
    wrong: tuple[dict[str, Any], ...] = (
        {"htm": "GET"},
        {"htu": f"{IDENTIFIER}/token"},
        {"htu": 7},
        {"iat": 1},
        {"ath": "A" * 43},
        {"jti": ""},
    )
    for claims in wrong:
        answer = wallet.send("credential", {}, DPoP=wallet.dpop_proof("credential", **claims))
        assert error_of(answer, 401) == "invalid_dpop_proof", claims


def test_a_dpop_proof_needs_our_nonce_and_costs_no_code(wallet: Wallet, offer: MakeOffer) -> None:
    wallet.dpop = generate(KeyType.P256)
    made = offer()
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "pre-authorized_code": made.code,
    }
    for nonce in ("", "A" * 43):
        answer = wallet.client.post(
            "/oid4vci/brightmoor/token", data=fields, headers={"DPoP": wallet.dpop_proof("token", nonce=nonce)}
        )
        assert error_of(answer) == "use_dpop_nonce"
        assert answer.headers["dpop-nonce"]
    assert wallet.redeem(made.code).status_code == 200
    c_nonce = wallet.nonce()
    body = {"credential_configuration_id": LDP, "proofs": {"jwt": [wallet.proof(nonce=c_nonce)]}}
    assert error_of(wallet.send("credential", body, DPoP=wallet.dpop_proof("credential", nonce=c_nonce)), 401) == (
        "use_dpop_nonce"
    )


def test_requests_and_answers_in_envelopes(ready: Wallet) -> None:
    metadata = ready.client.get("/.well-known/openid-credential-issuer/oid4vci/brightmoor").json()
    (public,) = metadata["credential_request_encryption"]["jwks"]["keys"]
    own = ECKey.generate_key("P-256", private=True)
    wanted = {"jwk": {**own.as_dict(private=False), "alg": "ECDH-ES", "kid": "mine"}, "enc": "A128GCM"}

    def sent(**changes: Any) -> Any:
        body = {
            "credential_configuration_id": LDP,
            "proofs": {"jwt": [ready.proof()]},
            "credential_response_encryption": {**wanted, **changes},
        }
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": public["kid"]}
        text = jwe.encrypt_compact(header, json.dumps(body), ECKey.import_key(public))
        headers = {"Authorization": f"Bearer {ready.token}", "Content-Type": "application/jwt"}
        return ready.client.post("/oid4vci/brightmoor/credential", content=text, headers=headers)

    answer = sent()
    assert answer.headers["content-type"] == "application/jwt"
    opened = jwe.decrypt_compact(answer.text, own)
    assert (opened.protected["kid"], opened.protected["enc"]) == ("mine", "A128GCM")
    (got,) = json.loads(opened.plaintext or b"")["credentials"]
    assert ready.shop.service.verify(json.dumps(got["credential"])).verified
    for changes in (
        {"enc": "A128CBC-HS256"},
        {"zip": "DEF"},
        {"jwk": {"kty": "EC", "alg": "ECDH-ES"}},
        {"jwk": {**wanted["jwk"], "alg": "RSA-OAEP"}},  # type: ignore[dict-item]
        {"jwk": {**wanted["jwk"], "x": "AA"}},  # type: ignore[dict-item]
    ):
        assert error_of(sent(**changes)) == "invalid_encryption_parameters"


def test_a_request_to_another_key_or_packed_is_not_read(ready: Wallet) -> None:
    stranger = ECKey.generate_key("P-256", private=True)
    headers = {"Authorization": f"Bearer {ready.token}", "Content-Type": "application/jwt"}
    for more, code in (
        ({"kid": "unknown"}, "invalid_encryption_parameters"),
        ({}, "invalid_encryption_parameters"),
        ({"kid": "x", "zip": "DEF"}, "invalid_encryption_parameters"),
    ):
        text = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM", **more}, "{}", stranger)
        answer = ready.client.post("/oid4vci/brightmoor/credential", content=text, headers=headers)
        assert error_of(answer) == code


def test_a_wallet_tells_what_became_of_it(ready: Wallet, offer: MakeOffer) -> None:
    told = ready.ask(LDP).json()["notification_id"]
    for _ in range(2):
        answer = ready.send("notification", {"notification_id": told, "event": "credential_accepted", "more": 1})
        assert (answer.status_code, answer.content) == (204, b"")
    gone = ready.send("notification", {"notification_id": told, "event": "credential_deleted"})
    assert gone.status_code == 204
    for body, code in (
        ({"notification_id": "A" * 43, "event": "credential_accepted"}, "invalid_notification_id"),
        ({"notification_id": told, "event": "credential_lost"}, "invalid_notification_request"),
        ({"notification_id": told}, "invalid_notification_request"),
        ({"event": "credential_accepted"}, "invalid_notification_request"),
    ):
        assert error_of(ready.send("notification", body)) == code
    ready.redeem(offer().code)
    other = ready.send("notification", {"notification_id": told, "event": "credential_accepted"})
    assert error_of(other) == "invalid_notification_id", "an id of another token"


def attestation(wallet: Wallet, signer: LocalSigner, **claims: Any) -> str:
    now = int(wallet.shop.clock().timestamp())
    told = {
        "iat": now,
        "exp": now + 600,
        "attested_keys": [jwk.to_jwk(wallet.key.public_key)],
        "key_storage": ["iso_18045_high"],
        **claims,
    }
    payload = {name: value for name, value in told.items() if value is not None}
    return compact_jws.sign({"typ": "key-attestation+jwt", "kid": "provider"}, written(payload), signer)


def with_attestation(wallet: Wallet, text: str) -> str:
    return wallet.proof(header={"jwk": jwk.to_jwk(wallet.key.public_key), "key_attestation": text})


def trusting(wallet: Wallet, signer: LocalSigner, **settings: Any) -> None:
    """From now on this one is trusted to attest."""
    service = wallet.shop.service
    file = service.settings.home / "attesters.json"
    file.write_text(json.dumps({"keys": [jwk.to_jwk(signer.public_key)]}))
    changed = service.settings.model_copy(update={"wallet_attestation_keys_file": file, **settings})
    wallet.shop.app.state.service = replace(service, settings=changed)


def test_an_attestation_is_read_if_it_is_sent(ready: Wallet) -> None:
    provider = generate(KeyType.P256)
    credential_of(ready.ask(LDP, with_attestation(ready, attestation(ready, provider))))
    other = jwk.to_jwk(generate(KeyType.P256).public_key)
    for claims in ({"attested_keys": [other]}, {"attested_keys": []}, {"exp": 1}, {"exp": None}, {"iat": "now"},
                   {"key_storage": []}, {"nonce": "another"}):  # fmt: skip
        assert error_of(ready.ask(LDP, with_attestation(ready, attestation(ready, provider, **claims)))) == (
            "invalid_proof"
        )
    assert error_of(ready.ask(LDP, with_attestation(ready, "no token"))) == "invalid_proof"


def test_an_attestation_may_be_demanded_of_somebody_who_is_trusted(ready: Wallet) -> None:
    provider = generate(KeyType.P384)
    trusting(ready, provider, wallet_attestations_required=True, wallet_key_storage=("iso_18045_high",))
    metadata = ready.client.get("/.well-known/openid-credential-issuer/oid4vci/brightmoor").json()
    proof_types = metadata["credential_configurations_supported"][LDP]["proof_types_supported"]
    assert proof_types["jwt"]["key_attestations_required"] == {"key_storage": ["iso_18045_high"]}
    assert error_of(ready.ask(LDP)) == "invalid_proof"
    stranger = with_attestation(ready, attestation(ready, generate(KeyType.P384)))
    assert error_of(ready.ask(LDP, stranger)) == "invalid_proof"
    weak = with_attestation(ready, attestation(ready, provider, key_storage=["iso_18045_basic"]))
    assert error_of(ready.ask(LDP, weak)) == "invalid_proof"
    credential_of(ready.ask(LDP, with_attestation(ready, attestation(ready, provider))))
    with ready.shop.db.read() as session:
        assert list(session.scalars(select(WalletIssuanceRow.attested))) == [True]


def test_an_attestation_alone_shows_all_its_keys_if_it_is_trusted(ready: Wallet) -> None:
    provider, keys = generate(KeyType.P256), [generate(KeyType.P256) for _ in range(3)]
    named_keys = [jwk.to_jwk(one.public_key) for one in keys]

    def ask(*texts: str) -> Any:
        return ready.send("credential", {"credential_configuration_id": LDP, "proofs": {"attestation": list(texts)}})

    def good(**claims: Any) -> str:
        told = {"attested_keys": named_keys, "nonce": ready.nonce(), "key_storage": None, **claims}
        return attestation(ready, provider, **told)

    def offered() -> Any:
        metadata = ready.client.get("/.well-known/openid-credential-issuer/oid4vci/brightmoor").json()
        return metadata["credential_configurations_supported"][LDP]["proof_types_supported"]

    assert "attestation" not in offered()
    assert error_of(ask(good())) == "invalid_proof", "nobody is trusted"
    trusting(ready, provider)
    assert offered()["attestation"]["key_attestations_required"] == {}
    assert error_of(ask(good(), good())) == "invalid_proof"
    assert error_of(ask(attestation(ready, generate(KeyType.P256), nonce=ready.nonce()))) == "invalid_proof"
    for claims in ({"nonce": None}, {"attested_keys": []}, {"attested_keys": ["x"]}, {"exp": 1}, {"iat": None},
                   {"attested_keys": [jwk.to_jwk(generate(KeyType.P256).public_key) for _ in range(11)]}):  # fmt: skip
        assert error_of(ask(good(**claims))) == "invalid_proof", claims
    assert error_of(ask(good(nonce="of another server"))) == "invalid_nonce"
    text = good(exp=None, attested_keys=[*named_keys, named_keys[0]])
    answer = ask(text)
    assert answer.status_code == 200, answer.text
    found = [one["credential"]["credentialSubject"]["id"] for one in answer.json()["credentials"]]
    assert found == [did_jwk(one.public_key) for one in keys]
    assert error_of(ask(text)) == "invalid_nonce", "once"
    with ready.shop.db.read() as session:
        assert list(session.scalars(select(WalletIssuanceRow.attested))) == [True]


def test_metadata_is_signed_for_whoever_asks(wallet: Wallet) -> None:
    address = "/.well-known/openid-credential-issuer/oid4vci/brightmoor"
    answer = wallet.client.get(address, headers={"Accept": "application/jwt, application/json;q=0.5"})
    assert answer.headers["content-type"] == "application/jwt"
    token = compact_jws.read(answer.text, types=("openidvci-issuer-metadata+jwt",), typed=True)
    document = wallet.client.get("/.well-known/did.json").json()
    (method,) = [one for one in document["verificationMethod"] if one["id"] == token.kid]
    compact_jws.verify(token, jwk.from_jwk(method["publicKeyJwk"]))
    plain = wallet.client.get(address).json()
    assert token.payload["sub"] == plain["credential_issuer"] == IDENTIFIER
    assert {name: token.payload[name] for name in plain} == plain
    for elsewhere in ("", "/brightmoor", "/oid4vci/other", "/x/oid4vci/brightmoor"):
        assert wallet.client.get(f"/.well-known/openid-credential-issuer{elsewhere}").status_code == 404


def test_without_keys_the_badge_waits(ready: Wallet) -> None:
    service = ready.shop.service
    ready.shop.app.state.service = replace(service, keyring=None)
    waits = ready.ask(LDP)
    assert waits.status_code == 202
    ready.shop.app.state.service = service
    done = ready.send("deferred", {"transaction_id": waits.json()["transaction_id"]})
    assert credential_of(done)["credentialSubject"]["id"] == did_jwk(ready.key.public_key)
    assert resolve_offline(did_jwk(ready.key.public_key))
