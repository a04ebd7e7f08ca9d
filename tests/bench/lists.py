"""Line 9: change one bit of a status list and publish it, in lists of 131,072 and of 10,000,000 entries.

What is measured is the work of one edition in the database (`issuer.list_editions.publish`): read the edition before
and what was recorded since, change the bit, sign, read back and verify, store. One entry in a hundred is set already.
What the whole of `issuer.status.revoke` takes, with its rows, notices and trail, is told beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import select, update

from credentials.prepared import prepare
from credentials.proofs import data_integrity
from credentials.status_list import Bitstring, status_list_credential
from issuer import list_turns
from issuer.addresses import status_list_url
from issuer.bulk_status import change_many
from issuer.list_editions import LIST_VALIDITY, TTL, publish
from issuer.signing_keys import Use, active_key, opened
from issuer.status import revoke
from issuer.status_transitions import Change
from issuer.tables import IssuerRow, StatusEntryRow, StatusListRow
from keys.public_key import KeyType
from keys.signer import generate
from portal.service import Service, open_service
from portal.settings import load_settings
from tests.bench.harness import Bench, Goal, Row, judged, told
from tests.bench.house import house

LINE = 9
_GOALS = {
    131_072: Goal(1.0, 0.2, "{:.2f} ms", more_is_better=False),
    10_000_000: Goal(5.0, 2.2, "{:.2f} ms", more_is_better=False),
}
_SET = 100  # one entry in so many is revoked
_TOGETHER = 100


def rows(bench: Bench) -> Iterator[Row]:
    """Both sizes, each in an installation of its own."""
    alone = 30 if bench.quick else 150
    for size, goal in _GOALS.items():
        with house(alone + _TOGETHER) as home:
            service = open_service(load_settings(home.home, {}), _now)
            try:
                _enlarge(service, size)
                yield from _changes(service, size, goal, [UUID(one) for one in home.ids])
            finally:
                service.close()


def _changes(service: Service, size: int, goal: Goal, ids: Sequence[UUID]) -> Iterator[Row]:
    assert service.keyring is not None
    whole = []
    with _timed_publishing() as published:
        for one in ids[:-_TOGETHER]:
            begun = time.process_time()
            revoke(service.database, service.keyring, credential_id=one, reason="bench", actor="bench", now=_now())
            whole.append(time.process_time() - begun)
    milliseconds = 1_000 * statistics.median(published)
    what = f"list of {size:,}: change one bit and publish"
    revoking = 1_000 * statistics.median(whole)
    signature = 1_000 * _signature()
    words = f"all of revoke {revoking:.2f} ms; a signature alone {signature:.3f} ms"
    yield judged(LINE, what, goal, milliseconds, words, revoke_ms=revoking, signature_ms=signature)
    begun = time.process_time()
    with _timed_publishing() as published:
        done = change_many(
            service.database,
            service.keyring,
            credential_ids=ids[-_TOGETHER:],
            change=Change.REVOKED,
            reason="bench",
            actor="bench",
            now=_now(),
        )
    each = 1_000 * (time.process_time() - begun) / _TOGETHER
    assert len({one.edition for one in done}) == len(published) == 1, "they were not published together"
    words = f"{each:.2f} ms of revoke each, one edition of {1_000 * published[0]:.2f} ms for all"
    yield told(LINE, f"list of {size:,}: {_TOGETHER} changes together", words, each_ms=each)


def _signature() -> float:
    """The seconds of processor time of one signature at this moment: of an edition, it is what cannot be saved."""
    signer, times = generate(KeyType.ED25519), []
    for _ in range(200):
        begun = time.process_time()
        signer.sign(bytes(64))
        times.append(time.process_time() - begun)
    return statistics.median(times)


@contextmanager
def _timed_publishing() -> Iterator[list[float]]:
    """The seconds of processor time of each edition that is published inside the block."""
    seconds: list[float] = []

    def timed(*arguments: Any) -> int:
        begun = time.process_time()
        edition = publish(*arguments)
        seconds.append(time.process_time() - begun)
        return edition

    with patch.object(list_turns, "publish", timed):
        yield seconds


def _enlarge(service: Service, size: int) -> None:
    """Make the one list of the installation as large as wanted, signed, with one entry in a hundred set.

    Nobody was ever given those entries: to issue ten million credentials for it takes longer than everything else here.
    """
    chance = Random(size)  # noqa: S311
    with service.database.write() as session:
        row = session.scalars(select(StatusListRow)).one()
        owner = session.get_one(IssuerRow, row.issuer_id)
        given = set(session.scalars(select(StatusEntryRow.position)))
        changes = {index: True for index in chance.sample(range(size), size // _SET) if index not in given}
        key = active_key(session, owner, Use.DATA_INTEGRITY)
        assert service.keyring is not None
        document = status_list_credential(
            url=status_list_url(owner.base_url, row.id),
            issuer=owner.did,
            purpose="revocation",
            bits=Bitstring.of_length(size).with_bits(changes),
            valid_from=_now(),
            valid_until=_now() + LIST_VALIDITY,
            ttl=TTL,
        )
        secured = data_integrity.add_proof(
            prepare(document),
            opened(service.keyring, key),
            verification_method=key.verification_method,
            created=_now(),
        )
        session.execute(update(StatusListRow).values(size=size, body=secured.body, published_at=_now()))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
