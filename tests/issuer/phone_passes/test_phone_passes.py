"""A pass follows its credential: through renewal, suspension and the end; whoever holds it is told of each change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from issuer.erasure import erase_person
from issuer.errors import Unknown
from issuer.issue import issue
from issuer.phone_passes import telling
from issuer.phone_passes.changes import PhonePass
from issuer.phone_passes.devices import MOST_DEVICES, passes_of, register, unregister
from issuer.phone_passes.passes import Kind, make_pass, pass_of, pass_of_credential, secret_of
from issuer.phone_passes.telling import CLAIM, PAUSES, Telling, claim, collect
from issuer.sharing import Shown, show
from issuer.status import reinstate, revoke, suspend
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.tables import (
    AwardRow,
    CredentialRow,
    PassDeviceRow,
    PassHouseRow,
    PassRegistrationRow,
    PassTellingRow,
    PhonePassRow,
)
from tests.issuer.conftest import NOW, House

PHONE, OTHER = "5c3d2e9f0a1b4c6d8e7f00112233aabb", "ffffffffffffffffffffffffffffffff"
MINUTE = timedelta(minutes=1)


@dataclass
class Hall:
    """A house whose people have passes."""

    house: House
    made: dict[UUID, PhonePass] = field(default_factory=dict)

    def award(self, number: int = 1, level: str = "expert", at: datetime = NOW) -> UUID:
        done = issue(
            self.house.db,
            self.house.keyring,
            issuer=None,
            requests=[self.house.request(number, level)],
            actor="test",
            now=at,
            randomness=self.house.randomness,
        )
        return done.credentials[0].id

    def person(self, credential: UUID) -> UUID:
        with self.house.db.read() as session:
            query = select(AwardRow.person_id).join(CredentialRow, CredentialRow.award_id == AwardRow.id)
            found = session.scalar(query.where(CredentialRow.id == credential))
        assert found is not None
        return found

    def make(self, credential: UUID, kind: Kind = "apple", at: datetime = NOW) -> PhonePass:
        return make_pass(
            self.house.db,
            self.house.keyring,
            kind=kind,
            credential_id=credential,
            person_id=self.person(credential),
            now=at,
            randomness=self.house.randomness,
        )

    def register(self, made: PhonePass, library: str = PHONE, address: str = "aa11", at: datetime = NOW) -> bool:
        return register(self.house.db, pass_id=made.id, library=library, push_token=address, now=at)

    def collect(self, at: datetime) -> int:
        return collect(self.house.db, now=at, pause=lambda: None)

    def claim(self, at: datetime, *, google: bool = False, worker: str = "w") -> list[Telling]:
        return list(claim(self.house.db, worker=worker, now=at, most=10, google=google))

    def told(self, at: datetime) -> list[str]:
        """The push tokens of those that are told now."""
        taken = self.claim(at)
        for one in taken:
            telling.done(self.house.db, one, worker="w", now=at)
        return [one.push_token for one in taken]

    def change(self, change: Callable[..., object], credential: UUID, at: datetime) -> None:
        change(self.house.db, self.house.keyring, credential_id=credential, reason="looked into", actor="test", now=at)

    def correct(self, credential: UUID, at: datetime) -> UUID:
        found = reissue(
            self.house.db,
            self.house.keyring,
            credential_id=credential,
            corrections=Corrections(name="Ana María Núñez"),
            reason="misspelt",
            actor="test",
            now=at,
            randomness=self.house.randomness,
        ).successor_id
        assert found is not None
        return found


@pytest.fixture
def hall(house: House) -> Hall:
    return Hall(house)


def test_a_phone_is_told_of_each_change_once_and_asks_what_it_was(hall: Hall) -> None:
    badge, other = hall.award(1), hall.award(2)
    made, _ = hall.make(badge), hall.make(other)
    assert hall.register(made)
    assert not hall.register(made, address="bb22")  # the phone has a new address
    assert hall.collect(NOW + MINUTE) == 0
    hall.change(suspend, badge, NOW + 2 * MINUTE)
    assert hall.collect(NOW + 3 * MINUTE) == 1
    assert hall.told(NOW + 3 * MINUTE) == ["bb22"]
    assert hall.told(NOW + 4 * MINUTE) == []
    (changed,) = passes_of(hall.house.db, library=PHONE, since=NOW + MINUTE, now=NOW + 4 * MINUTE)
    assert (changed.id, changed.changed_at) == (made.id, NOW + 2 * MINUTE)
    hall.change(reinstate, badge, NOW + 60 * MINUTE)
    hall.change(revoke, badge, NOW + 61 * MINUTE)
    assert hall.collect(NOW + 62 * MINUTE) == 1
    assert hall.told(NOW + 62 * MINUTE) == ["bb22"]
    found = pass_of(hall.house.db, made.id, kind="apple", now=NOW + 62 * MINUTE)
    assert found is not None
    assert found.changed_at == NOW + 61 * MINUTE
    assert passes_of(hall.house.db, library=PHONE, since=NOW + 90 * MINUTE, now=NOW + 99 * MINUTE) == ()
    assert passes_of(hall.house.db, library=OTHER, since=None, now=NOW) == ()


def test_a_successor_takes_the_pass_along(hall: Hall) -> None:
    badge = hall.award()
    made, at_google = hall.make(badge), hall.make(badge, "google")
    hall.register(made)
    successor = hall.correct(badge, NOW + MINUTE)
    found = pass_of(hall.house.db, made.id, kind="apple", now=NOW + MINUTE)  # before anybody looked
    assert found is not None
    assert (found.credential_id, found.changed_at) == (successor, NOW + MINUTE)
    assert hall.make(successor, at=NOW + MINUTE).id == made.id
    assert pass_of_credential(hall.house.db, successor, kind="google", now=NOW) is not None
    assert hall.collect(NOW + 2 * MINUTE) == 2
    with hall.house.db.read() as session:
        assert set(session.scalars(select(PhonePassRow.credential_id))) == {successor}
    assert hall.told(NOW + 2 * MINUTE) == ["aa11"]
    assert [one.pass_id for one in hall.claim(NOW + 2 * MINUTE, google=True)] == [at_google.id]
    assert hall.make(badge, at=NOW + 3 * MINUTE).id == made.id  # pressed on the old badge's page
    again = pass_of_credential(hall.house.db, badge, kind="apple", now=NOW + 3 * MINUTE)
    assert again is not None
    assert again.id == made.id
    hall.change(revoke, successor, NOW + 4 * MINUTE)
    assert hall.collect(NOW + 5 * MINUTE) == 2


def test_what_time_does_is_told_too(hall: Hall) -> None:
    badge = hall.award()
    made = hall.make(badge)
    hall.register(made)
    end = NOW + timedelta(days=3)
    with hall.house.db.write() as session:
        session.execute(update(CredentialRow).where(CredentialRow.id == badge).values(valid_until=end))
    assert hall.collect(end - MINUTE) == 0
    assert hall.collect(end + MINUTE) == 1
    assert hall.collect(end + 2 * MINUTE) == 0
    found = pass_of(hall.house.db, made.id, kind="apple", now=end + MINUTE)
    assert found is not None
    assert found.changed_at == end


def test_what_the_holder_shows_is_a_change(hall: Hall) -> None:
    badge = hall.award()
    made = hall.make(badge)
    hall.register(made)
    wanted = Shown(full_name=False)
    show(hall.house.db, person_id=hall.person(badge), credential_id=badge, wanted=wanted, now=NOW + MINUTE)
    assert hall.told(NOW + MINUTE) == ["aa11"]
    found = pass_of(hall.house.db, made.id, kind="apple", now=NOW + MINUTE)
    assert found is not None
    assert found.changed_at == NOW + MINUTE


def test_nothing_that_changes_while_it_is_told_is_lost(hall: Hall) -> None:
    badge = hall.award()
    hall.register(hall.make(badge))
    hall.change(suspend, badge, NOW + MINUTE)
    hall.collect(NOW + MINUTE)
    (taken,) = hall.claim(NOW + MINUTE)
    assert hall.claim(NOW + MINUTE, worker="another") == []
    hall.change(revoke, badge, NOW + MINUTE)
    hall.collect(NOW + MINUTE)
    telling.done(hall.house.db, taken, worker="w", now=NOW + MINUTE)
    (again,) = hall.claim(NOW + MINUTE)
    telling.done(hall.house.db, again, worker="w", now=NOW + MINUTE)
    assert hall.claim(NOW + 2 * MINUTE) == []


def test_a_dead_workers_claim_ends_and_a_try_that_fails_comes_again_later(hall: Hall) -> None:
    badge = hall.award()
    made = hall.make(badge)
    hall.register(made)
    hall.change(suspend, badge, NOW)
    hall.collect(NOW)
    (lost,) = hall.claim(NOW, worker="dead")
    later = NOW + CLAIM
    (taken,) = hall.claim(later)
    telling.done(hall.house.db, lost, worker="dead", now=later)  # counts no more
    for pause in PAUSES[1:]:
        telling.failed(hall.house.db, taken, fault="it did not answer", worker="w", now=later)
        assert hall.claim(later + pause - timedelta(seconds=1)) == []
        later += pause
        (taken,) = hall.claim(later)
    telling.failed(hall.house.db, taken, fault="it did not answer", worker="w", now=later)
    with hall.house.db.read() as session:
        assert session.scalars(select(PassTellingRow)).all() == []  # given up
    hall.change(revoke, badge, later)
    hall.collect(later)
    (taken,) = hall.claim(later)
    telling.gone(hall.house.db, taken, worker="w")
    with hall.house.db.read() as session:
        for table in (PassTellingRow, PassRegistrationRow, PassDeviceRow):
            assert session.scalars(select(table)).all() == []


def test_a_device_that_unregisters_is_forgotten_with_its_last_pass(hall: Hall) -> None:
    one, two = hall.make(hall.award(1)), hall.make(hall.award(2))
    hall.register(one)
    hall.register(two)
    assert unregister(hall.house.db, pass_id=one.id, library=PHONE)
    assert not unregister(hall.house.db, pass_id=one.id, library=PHONE)
    assert [each.id for each in passes_of(hall.house.db, library=PHONE, since=None, now=NOW)] == [two.id]
    assert unregister(hall.house.db, pass_id=two.id, library=PHONE)
    with hall.house.db.read() as session:
        assert session.scalars(select(PassDeviceRow)).all() == []


def test_of_too_many_devices_the_oldest_is_forgotten(hall: Hall) -> None:
    made = hall.make(hall.award())
    for number in range(MOST_DEVICES + 1):
        hall.register(made, library=f"device-{number}", at=NOW + number * MINUTE)
    assert passes_of(hall.house.db, library="device-0", since=None, now=NOW) == ()
    assert len(passes_of(hall.house.db, library=f"device-{MOST_DEVICES}", since=None, now=NOW)) == 1


def test_each_pass_has_its_own_secret_which_stays_and_is_kept_sealed(hall: Hall) -> None:
    one, two = hall.make(hall.award(1)), hall.make(hall.award(2))
    secrets = [secret_of(hall.house.db, hall.house.keyring, each.id) for each in (one, two, one)]
    assert secrets[0] == secrets[2] != secrets[1]
    assert len(secrets[0]) == 43
    with hall.house.db.read() as session:
        kept = session.scalars(select(PassHouseRow)).one().sealed_secret
    assert hall.house.keyring.unseal(kept, purpose="secrets of passes") not in kept
    with pytest.raises(Unknown):
        make_pass(
            hall.house.db,
            hall.house.keyring,
            kind="apple",
            credential_id=one.credential_id,
            person_id=uuid4(),
            now=NOW,
            randomness=hall.house.randomness,
        )
    assert pass_of(hall.house.db, one.id, kind="google", now=NOW) is None


def test_of_who_is_erased_nothing_stays_but_that_google_must_be_told(hall: Hall) -> None:
    badge = hall.award()
    made, at_google = hall.make(badge), hall.make(badge, "google")
    hall.register(made)
    erase_person(hall.house.db, email="ana1@example.org", actor="test", now=NOW + MINUTE)
    assert passes_of(hall.house.db, library=PHONE, since=None, now=NOW) == ()
    with hall.house.db.read() as session:
        assert session.scalars(select(PassDeviceRow)).all() == []
    (taken,) = hall.claim(NOW + MINUTE, google=True)
    assert taken.pass_id == at_google.id
    telling.done(hall.house.db, taken, worker="w", now=NOW + MINUTE, forget_pass=True)
    with hall.house.db.read() as session:
        assert session.scalars(select(PhonePassRow)).all() == []


def test_a_page_of_the_trail_ends_nothing(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "PAGE", 1)
    badges = [hall.award(number) for number in (1, 2)]
    for number, badge in enumerate(badges):
        hall.register(hall.make(badge), library=f"device-{number}", address=f"{number}{number}")
    for badge in badges:
        hall.change(revoke, badge, NOW + MINUTE)
    assert hall.collect(NOW + MINUTE) == 2
    assert sorted(hall.told(NOW + MINUTE)) == ["00", "11"]
