"""The transparency log: every word we sign is in it, nothing can be taken back, and who tampers is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from credentials.log.checkpoints import Checkpoint, LogProof
from credentials.log.entries import LogEntry, digest_of, hash_of_id
from credentials.log.merkle import leaf_hash
from credentials.log.tiles import Tile, hashes_of, unbundled
from issuer import audit, doctor
from issuer.ending_keys import mark_compromised
from issuer.issue import issue
from issuer.log import growing
from issuer.log.growing import Grown, LogDamaged
from issuer.log.inspecting import inspect_log
from issuer.log.reading import LogState, NotInLog, log_state, proof_of, published_tile
from issuer.log.telling import EVENTS
from issuer.signing_keys import Use, rotate
from issuer.status import Change, reinstate, revoke, suspend
from issuer.store import Database
from issuer.tables import CredentialRow, LogEntryRow, RenderingRow
from keys.keyring import Keyring
from portal.admin.deeds import DEEDS
from tests.issuer.conftest import NOW, House

LATER = NOW + timedelta(hours=1)


def issued(house: House, *numbers: int, level: str = "associate") -> list[UUID]:
    requests = [house.request(number, level) for number in numbers]
    report = issue(
        house.db, house.keyring, issuer="acme", requests=requests, actor="t", now=NOW, randomness=house.randomness
    )
    return [one.id for one in report.new]


def grow(house: House) -> Grown:
    return growing.grow(house.db, house.keyring, now=LATER, randomness=house.randomness)


def state(house: House) -> LogState:
    found = log_state(house.db)
    assert found is not None
    return found


def entries(house: House) -> list[LogEntry]:
    with house.db.read() as session:
        return [LogEntry.of(one) for one in session.scalars(select(LogEntryRow.entry).order_by(LogEntryRow.position))]


def test_what_is_signed_and_what_becomes_of_it_is_told_without_names(house: House) -> None:
    (one,) = issued(house, 1, level="expert")
    suspend(house.db, house.keyring, credential_id=one, reason="Under review.", actor="anna", now=LATER)
    reinstate(house.db, house.keyring, credential_id=one, reason="Cleared.", actor="anna", now=LATER)
    revoke(house.db, house.keyring, credential_id=one, reason="Cheated.", actor="anna", now=LATER)
    old = rotate(
        house.db,
        house.keyring,
        issuer="acme",
        use=Use.DATA_INTEGRITY,
        actor="anna",
        now=LATER,
        randomness=house.randomness,
    ).retired
    assert old is not None
    mark_compromised(house.db, issuer="acme", fragment=old.fragment, reason="Stolen laptop", actor="anna", now=LATER)

    assert grow(house).added == 8
    told = entries(house)
    assert [one.event for one in told] == [
        "key added", "key added", "issued", "suspended", "reinstated", "revoked", "key added", "key compromised",
    ]  # fmt: skip
    assert {entry.credential for entry in told[2:6]} == {hash_of_id(f"http://localhost:8000/credentials/{one}")}
    assert told[7].key == old.fragment
    with house.db.read() as session:
        bodies = session.scalars(select(RenderingRow.body).where(RenderingRow.credential_id == one)).all()
        stored = b"".join(session.scalars(select(LogEntryRow.entry)))
    assert told[2].digests == tuple(sorted(map(digest_of, bodies)))
    for secret in (str(one), "Ana", "cloud", "expert", "Cheated", "Stolen", "anna"):
        assert secret.encode() not in stored


def test_every_event_that_is_told_is_one_that_the_trail_knows() -> None:
    assert set(EVENTS) <= set(DEEDS) | {f"credential {one}" for one in Change}


def test_a_credential_is_proven_to_be_in_it_for_ever(house: House) -> None:
    first, second = issued(house, 1, 2)
    with pytest.raises(NotInLog):
        proof_of(house.db, first)
    grow(house)
    early, key = proof_of(house.db, first), state(house).key
    issued(house, *range(3, 9))
    grow(house)
    late = proof_of(house.db, first)
    assert early.checked(key).size == 4
    assert late.checked(key).size == 10
    assert LogProof.of(late.text) == late
    assert (early.index, early.entry) == (late.index, late.entry)
    assert proof_of(house.db, second).index != early.index
    with pytest.raises(NotInLog):
        proof_of(house.db, UUID(int=7))


def test_growing_again_adds_nothing(house: House) -> None:
    issued(house, 1)
    assert grow(house) == Grown(3, 3)
    before = state(house)
    assert grow(house) == Grown(0, 3)
    assert state(house).checkpoint == before.checkpoint
    assert state(house).trail == audit.head(house.db).sequence


def test_many_workers_write_one_history(house: House) -> None:
    issued(house, 1, 2, 3)
    with ThreadPoolExecutor(4) as pool:
        grown = list(pool.map(lambda _: grow(house), range(8)))
    assert sum(one.added for one in grown) == 5
    assert inspect_log(house.db).fault is None
    assert len({one.action for one in audit.events(house.db, limit=1000)} & {"log begun"}) == 1


class TestTampering:
    """On SQLite: the checks are the same for every database."""

    @pytest.fixture
    def house_url(self, house_url_of_sqlite: str) -> str:
        return house_url_of_sqlite

    @pytest.fixture
    def logged(self, house: House) -> House:
        issued(house, 1, 2, 3)
        grow(house)
        return house

    def test_a_whole_log_is_whole(self, logged: House) -> None:
        early = state(logged).checkpoint
        issued(logged, 4)
        grow(logged)
        report = inspect_log(logged.db, remembered=[early, state(logged).checkpoint])
        assert (report.entries, report.fault) == (6, None)
        assert report.checkpoint == state(logged).checkpoint
        found = {one.name: one for one in doctor.examine(logged.db, now=LATER).examinations}["transparency log"]
        assert found.sound

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ("UPDATE log_entries SET entry = replace(entry, 'issued', 'copied') WHERE position = 3", "entry of event"),
            ("UPDATE log_entries SET entry = (SELECT entry FROM log_entries WHERE position = 4) WHERE position = 3",
             "says"),
            ("DELETE FROM log_entries WHERE position = 3", "missing in the log"),
            ("UPDATE log_entries SET position = 77 WHERE position = 4", "not in the order"),
            ("UPDATE log_tiles SET hashes = zeroblob(160) WHERE level = 0", "not what its entries make"),
            ("DELETE FROM log_tiles", "not what its entries make"),
            ("UPDATE log SET root = zeroblob(32)", "another tree"),
            ("UPDATE log SET size = 4", "another tree"),
            ("UPDATE log SET checkpoint = replace(checkpoint, char(10) || '5', char(10) || '4')",
             "signature"),
            ("UPDATE renderings SET body = CAST('[1]' AS BLOB) WHERE format = 'json'", "replaced since"),
            ("DELETE FROM audit_events WHERE action = 'credential issued'", "does not tell it|audit trail ends"),
        ],
    )  # fmt: skip
    def test_whoever_tampers_is_named(self, logged: House, change: str, named: str) -> None:
        with logged.db.write() as session:
            session.execute(text(change))
        fault = inspect_log(logged.db).fault
        assert fault is not None
        assert re.search(named, fault), fault

    def test_a_history_written_anew_is_found_by_whoever_remembers(self, logged: House) -> None:
        remembered = state(logged).checkpoint
        issued(logged, 4, 5)
        with logged.db.write() as session:  # the log is begun again, with the same key, one award left out of the trail
            row = session.execute(text("SELECT key_uri, public_key, origin FROM log")).one()
            for table in ("log", "log_entries", "log_tiles"):
                session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
            gone = "SELECT min(sequence) FROM audit_events WHERE action = 'credential issued'"
            session.execute(text(f"UPDATE audit_events SET action = 'noted' WHERE sequence = ({gone})"))  # noqa: S608
        grow(logged)
        with logged.db.write() as session:
            session.execute(
                text("UPDATE log SET key_uri = :u, public_key = :p, origin = :o"),
                {"u": row[0], "p": row[1], "o": row[2]},
            )
        signer = logged.keyring.signer(row[0])
        now = state(logged)
        forged = Checkpoint(now.key.name, now.size, now.root).signed(now.key, signer.sign)
        with logged.db.write() as session:
            session.execute(text("UPDATE log SET checkpoint = :c"), {"c": forged})
        assert inspect_log(logged.db).fault is None  # by itself it looks well
        fault = inspect_log(logged.db, remembered=[remembered]).fault
        assert fault is not None
        assert "first 5 entries" in fault

    def test_a_log_that_was_cut_off(self, logged: House) -> None:
        early = state(logged)
        issued(logged, 4)
        grow(logged)
        late = state(logged).checkpoint
        with logged.db.write() as session:
            session.execute(text("DELETE FROM log_entries WHERE position > 4"))
            session.execute(text("UPDATE log_tiles SET hashes = substr(hashes, 1, 160)"))
            session.execute(
                text("UPDATE log SET size = 5, root = :r, trail = :t, checkpoint = :c"),
                {"r": early.root, "t": early.trail, "c": early.checkpoint},
            )
        assert inspect_log(logged.db).fault is None
        assert "cut off" in str(inspect_log(logged.db, remembered=[late]).fault)

    def test_nothing_is_signed_on_top_of_what_was_tampered_with(self, logged: House) -> None:
        before = state(logged).checkpoint
        with logged.db.write() as session:
            session.execute(text("UPDATE log_tiles SET hashes = zeroblob(160) WHERE level = 0"))
        issued(logged, 4)
        with pytest.raises(LogDamaged, match="do not make the root"):
            grow(logged)
        assert state(logged).checkpoint == before

    def test_without_a_log_a_remembered_checkpoint_is_a_fault(self, house: House, logged: House) -> None:
        remembered = state(logged).checkpoint
        with house.db.write() as session:
            session.execute(text("DELETE FROM log"))
        assert inspect_log(house.db).fault is None
        assert inspect_log(house.db, remembered=[remembered]).fault is not None

    def test_who_was_erased_leaves_the_log_whole(self, logged: House) -> None:
        with logged.db.write() as session:
            one = session.scalars(select(CredentialRow.id)).first()
            session.execute(text("DELETE FROM renderings WHERE credential_id = :i"), {"i": one.hex if one else ""})
        assert inspect_log(logged.db).fault is None

    def test_tiles_are_those_of_the_entries(self, logged: House) -> None:
        data = unbundled(published_tile(logged.db, Tile(None, 0, 5)))
        assert [LogEntry.of(one) for one in data] == entries(logged)
        assert hashes_of(published_tile(logged.db, Tile(0, 0, 5))) == [leaf_hash(one) for one in data]
        assert len(published_tile(logged.db, Tile(0, 0, 3))) == 96  # as it was earlier
        for tile in (Tile(0, 0), Tile(0, 0, 6), Tile(0, 1, 1), Tile(None, 0, 6), Tile(3, 0, 1)):
            with pytest.raises(NotInLog):
                published_tile(logged.db, tile)

    def test_in_pages_as_at_once(self, logged: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """Tiles of several levels, taken in in small steps, are those of the whole."""
        with logged.db.write() as session:
            audit.append_all(
                session, at=NOW, actor="t", events=[("key retired", f"key:acme/k{n}", {}) for n in range(600)]
            )
        monkeypatch.setattr(growing, "PAGE", 70)
        assert grow(logged).size == 605
        assert inspect_log(logged.db).fault is None
        assert len(published_tile(logged.db, Tile(1, 0, 2))) == 64


def test_a_copy_for_a_wallet_says_in_the_trail_what_was_signed(house: House) -> None:
    (one,) = issued(house, 1)
    with house.db.write() as session:
        audit.append(
            session, at=NOW, actor="wallet", action="copy made", subject=f"credential:{one}", details={"digest": "abc"}
        )
    grow(house)
    assert entries(house)[-1].event == "copied"
    assert entries(house)[-1].digests == ("abc",)


def test_a_clock_reads_the_same_for_all(house: House) -> None:
    issued(house, 1)
    grow(house)
    assert state(house).signed_at == LATER
    assert json.loads(entries(house)[0].data)["at"] == "2026-11-22T10:00:00Z"


def test_without_an_issuer_there_is_nothing_to_tell(
    database: Database, keyring: Keyring, randomness: Callable[[int], bytes]
) -> None:
    assert growing.grow(database, keyring, now=NOW, randomness=randomness) == Grown(0, 0)
