"""Questions to wallets and exchanges, on both databases: one answer, one delivery, and no secret in any row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_bytes
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.errors import Refused, UnknownCredential
from issuer.tables import WalletExchangeRow, WalletRequestRow
from issuer.wallet_requests import requests
from issuer.wallet_requests.exchanges import EXCHANGE_LIFE, challenge_of, exchange_of, open_exchange, take
from issuer.wallet_requests.forgetting import forget_what_is_over
from issuer.wallet_requests.requests import Found, State, Way, handle
from tests.issuer.conftest import NOW, House
from tests.issuer.test_sharing import issued

BROWSER, OTHER = "b" * 43, "o" * 43
SHOWN = [{"format": "ldp_vc", "text": "{}", "holder": "did:key:z", "bound": True}]


def asked(house: House) -> UUID:
    return requests.ask(
        house.db, browser_secret=BROWSER, levels=[], query={"credentials": []}, seed=b"s" * 40, now=NOW,
        randomness=token_bytes,
    )  # fmt: skip


def found(house: House, request_id: UUID, way: Way) -> Found:
    there = requests.of_wallet(house.db, handle(BROWSER, request_id, way), now=NOW)
    assert there is not None
    assert there.way is way
    return there


def answered(house: House, question: Found) -> str | None:
    return requests.answer(house.db, question, shown=SHOWN, now=NOW, randomness=token_bytes)


def test_many_answer_at_once_and_one_is_taken(house: House) -> None:
    request_id = asked(house)
    questions = [found(house, request_id, way) for way in (Way.HERE, Way.THERE) * 4]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda one: answered(house, one), questions))
    assert len([code for code in codes if code is not None]) == 1
    assert requests.of_wallet(house.db, handle(BROWSER, request_id, Way.HERE), now=NOW) is None


def test_the_answer_is_for_the_browser_that_asked_and_brings_the_code(house: House) -> None:
    request_id = asked(house)
    code = answered(house, found(house, request_id, Way.HERE))
    assert code
    waiting = requests.of_browser(house.db, request_id, BROWSER, now=NOW)
    assert waiting is not None
    assert (waiting.answer, waiting.awaits_code, waiting.seed) == ((), True, None)
    assert requests.of_browser(house.db, request_id, OTHER, now=NOW) is None
    assert not requests.bring_code(house.db, request_id, OTHER, code, now=NOW)
    assert not requests.bring_code(house.db, request_id, BROWSER, OTHER, now=NOW)
    assert requests.bring_code(house.db, request_id, BROWSER, code, now=NOW)
    assert not requests.bring_code(house.db, request_id, BROWSER, code, now=NOW), "once"
    seen = requests.of_browser(house.db, request_id, BROWSER, now=NOW)
    assert seen is not None
    assert (seen.state, list(seen.answer)) == (State.ANSWERED, SHOWN)


def test_no_row_holds_a_secret_and_none_is_kept(house: House) -> None:
    request_id = asked(house)
    with house.db.read() as session:
        (row,) = session.scalars(select(WalletRequestRow))
        written = str(vars(row))
    for secret in (BROWSER, handle(BROWSER, request_id, Way.HERE), handle(BROWSER, request_id, Way.THERE)):
        assert secret not in written
    over = NOW + requests.LIFE
    assert requests.of_browser(house.db, request_id, BROWSER, now=over) is None
    late = requests.answer(house.db, found(house, request_id, Way.THERE), shown=None, now=over, randomness=token_bytes)
    assert late is None
    assert forget_what_is_over(house.db, now=over) == 1


def test_there_are_only_so_many_questions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "MOST", 2)
    asked(house)
    asked(house)
    with pytest.raises(Refused, match="too many"):
        asked(house)


def test_a_credential_is_fetched_by_one_wallet(house: House) -> None:
    credential, person = issued(house)
    secret = open_exchange(house.db, person_id=person, credential_id=credential, now=NOW, randomness=token_bytes)
    there = exchange_of(house.db, secret, now=NOW)
    assert there is not None
    assert (there.credential_id, there.person_id, there.taken) == (credential, person, False)
    assert challenge_of(secret) != challenge_of(OTHER)
    with house.db.read() as session:
        (row,) = session.scalars(select(WalletExchangeRow))
        assert secret not in str(vars(row))
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: take(house.db, secret, now=NOW), range(8))) == 1
    assert exchange_of(house.db, secret, now=NOW + EXCHANGE_LIFE) is None


def test_an_exchange_ends(house: House) -> None:
    credential, person = issued(house)
    first = open_exchange(house.db, person_id=person, credential_id=credential, now=NOW, randomness=token_bytes)
    second = open_exchange(house.db, person_id=person, credential_id=credential, now=NOW, randomness=token_bytes)
    assert exchange_of(house.db, first, now=NOW) is None, "a new one ends the one before"
    assert not take(house.db, second, now=NOW + EXCHANGE_LIFE)
    with pytest.raises(UnknownCredential):
        open_exchange(house.db, person_id=UUID(int=5), credential_id=credential, now=NOW, randomness=token_bytes)
    assert forget_what_is_over(house.db, now=NOW + EXCHANGE_LIFE - timedelta(seconds=1)) == 0
