"""Two at once, on both databases: one code is one token, one nonce one request, one key one copy."""

from __future__ import annotations

from hashlib import sha256
from secrets import token_bytes
from uuid import UUID

import pytest
from sqlalchemy import func, select

from issuer.issue import issue
from issuer.offers import nonces
from issuer.offers.authorizations import allow, ask
from issuer.offers.configurations import configurations_of, offerer
from issuer.offers.grants import find_grant, find_waiting, note_waiting, take_waiting
from issuer.offers.offers import MOST_TRIES, NewOffer, make_offer
from issuer.offers.redeeming import redeem
from issuer.offers.redeeming_codes import redeem_code
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, WalletCopyRow, WalletGrantRow
from issuer.token_status_lists import statuses
from issuer.wallet_copies import CopyFormat, copy_for_holder
from keys import base64url
from keys.public_key import KeyType
from keys.signer import generate
from tests.issuer.conftest import NOW, House
from tests.issuer.test_concurrency import at_once
from wallet_export.holder_key import Holder
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_authorization import Wanted, return_address


@pytest.fixture
def badge(house: House) -> UUID:
    report = issue(
        house.db, house.keyring, issuer="acme", requests=[house.request()], actor="t", now=NOW, randomness=token_bytes
    )
    return report.credentials[0].id


def offered(house: House, badge: UUID, *, with_tx_code: bool = False) -> NewOffer:
    return make_offer(
        house.db, credential_id=badge, with_tx_code=with_tx_code, actor="t", now=NOW, randomness=token_bytes
    )


def redeemed(db: Database, made: NewOffer, tx_code: str | None = None) -> str:
    """The token, or the code of the refusal."""
    try:
        return redeem(
            db,
            issuer_id=offerer(db, None).row_id,
            code=made.code,
            tx_code=tx_code,
            wanted=None,
            dpop_key=None,
            now=NOW,
            randomness=token_bytes,
        ).token
    except Oid4vciError as error:
        return error.code


def test_of_four_who_bring_one_code_one_gets_a_token(house: House, house_url: str, badge: UUID) -> None:
    made = offered(house, badge, with_tx_code=True)
    found = at_once(house_url, [lambda db: redeemed(db, made, made.tx_code)] * 4)
    assert found.count("invalid_grant") == 3
    with house.db.read() as session:
        assert session.scalar(select(func.count()).select_from(WalletGrantRow)) == 1


def test_of_four_who_bring_a_code_that_a_person_allowed_one_gets_a_token(
    house: House, house_url: str, badge: UUID
) -> None:
    owner, verifier = offerer(house.db, None).row_id, "v" * 64
    with house.db.read() as session:
        award = session.get_one(AwardRow, session.get_one(CredentialRow, badge).award_id)
        assert award.person_id is not None
        (level,) = {one for one in configurations_of(session, badge).values() if one.endswith(".ldp")}
        person = award.person_id
    wanted = Wanted(
        client_id="a wallet",
        back=return_address("com.example.wallet:/cb"),
        state="",
        challenge=base64url.encode(sha256(verifier.encode()).digest()),
        configurations=(level,),
        with_details=False,
    )

    def handle() -> str:
        return ask(house.db, owner, wanted, pushed=False, now=NOW, randomness=token_bytes)

    def allowed(db: Database) -> str:
        told = allow(db, question, person_id=person, credential_id=badge, now=NOW, randomness=token_bytes)
        return told.code if told is not None else ""

    def brought(db: Database) -> str:
        try:
            found, _ = redeem_code(
                db,
                issuer_id=owner,
                code=code,
                client_id="a wallet",
                redirect_uri="com.example.wallet:/cb",
                verifier=verifier,
                wanted=None,
                dpop_key=None,
                now=NOW,
                randomness=token_bytes,
            )
        except Oid4vciError as error:
            return error.code
        return found.token

    question = handle()
    codes = at_once(house_url, [allowed] * 4)
    assert codes.count("") == 3, "a form that is sent four times allows once"
    (code,) = [one for one in codes if one]
    tokens = at_once(house_url, [brought] * 4)
    assert tokens.count("invalid_grant") == 3
    with house.db.read() as session:
        assert session.scalar(select(func.count()).select_from(WalletGrantRow)) == 1


def test_guesses_that_come_at_once_are_counted_each(house: House, house_url: str, badge: UUID) -> None:
    made = offered(house, badge, with_tx_code=True)
    wrong = f"{(int(made.tx_code) + 1) % 1_000_000:06}"
    assert set(at_once(house_url, [lambda db: redeemed(db, made, wrong)] * MOST_TRIES)) == {"invalid_grant"}
    assert redeemed(house.db, made, made.tx_code) == "invalid_grant"


def test_a_nonce_a_proof_and_a_transaction_are_taken_once(house: House, house_url: str, badge: UUID) -> None:
    nonce = nonces.new_nonce(house.db, nonces.PROOF, now=NOW, randomness=token_bytes)
    assert sorted(at_once(house_url, [lambda db: nonces.take_nonce(db, nonce, now=NOW)] * 3)) == [False, False, True]

    def taken(db: Database) -> bool:
        return nonces.take_proof(db, "thumb", "jti", now=NOW, life=nonces.LIFE)

    assert sorted(at_once(house_url, [taken] * 3)) == [False, False, True]
    token = redeemed(house.db, offered(house, badge))
    grant = find_grant(house.db, token, issuer_id=offerer(house.db, None).row_id, now=NOW)
    assert grant is not None
    transaction = note_waiting(
        house.db, grant, CopyFormat.LDP_VC, ["did:example:1"], attested=False, now=NOW, randomness=token_bytes
    )
    waiting = find_waiting(house.db, grant, transaction)
    assert waiting is not None
    ids = at_once(house_url, [lambda db: take_waiting(db, waiting, now=NOW, randomness=token_bytes)] * 3)
    assert ids.count(None) == 2


def test_one_key_has_one_copy_whoever_makes_it(house: House, house_url: str, badge: UUID) -> None:
    holder = Holder.of_key(generate(KeyType.ED25519).public_key)

    def copied(db: Database) -> bytes:
        return copy_for_holder(
            db,
            house.keyring,
            credential_id=badge,
            format_=CopyFormat.SD_JWT,
            holder=holder,
            actor="t",
            now=NOW,
            randomness=token_bytes,
        ).body

    assert len(set(at_once(house_url, [copied] * 3))) == 1
    with house.db.read() as session:
        assert session.scalar(select(func.count()).select_from(WalletCopyRow)) == 1


def test_the_places_of_a_token_status_list_are_those_of_the_other() -> None:
    from credentials.bitstring import Bitstring
    from credentials.token_status_list import INVALID, SUSPENDED, VALID, status_at
    from keys import base64url

    revoked = Bitstring.of_length(131_072).with_bits({0: True, 9: True, 131_071: True})
    import zlib

    packed = base64url.encode(zlib.compress(statuses(revoked, [1, 9, 70_000])))
    listed = {"bits": 2, "lst": packed}
    wanted = {0: INVALID, 1: SUSPENDED, 2: VALID, 8: VALID, 9: INVALID, 70_000: SUSPENDED, 131_071: INVALID}
    assert {place: status_at(place, listed) for place in wanted} == wanted
