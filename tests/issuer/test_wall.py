"""The wall's questions on either kind of database; what it shows is told by tests/portal/wall."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from issuer.errors import Unknown
from issuer.sign_in.provider_sign_outs import ProviderSignOut, Replayed, end_by_provider
from issuer.wall import Looking, applaud, look, take_back, teams, to_celebrate
from issuer.wall_choices import accompanies
from tests.issuer.conftest import NOW, House

SOMEBODY = UUID(int=7)


def test_an_empty_wall(house: House) -> None:
    today = NOW.date()
    for viewer in (None, SOMEBODY):
        looking = Looking(viewer, "craft", "platform", (NOW, SOMEBODY))
        assert look(house.db, None, looking, limit=5, now=NOW, today=today) == ()
    assert to_celebrate(house.db, None, SOMEBODY, now=NOW, today=today) is None
    assert teams(house.db, None) == ()
    assert not accompanies(house.db, None, SOMEBODY)
    with pytest.raises(Unknown):
        applaud(house.db, None, award_id=SOMEBODY, person_id=SOMEBODY, now=NOW, today=today)
    take_back(house.db, award_id=SOMEBODY, person_id=SOMEBODY)


def test_a_token_is_taken_once(house: House) -> None:
    said = ProviderSignOut("https://login.example", "one", NOW + timedelta(minutes=12), "7", "s1")
    assert end_by_provider(house.db, said, now=NOW) == 0
    with pytest.raises(Replayed):
        end_by_provider(house.db, said, now=NOW + timedelta(minutes=11))
    assert end_by_provider(house.db, said, now=NOW + timedelta(minutes=12)) == 0, "forgotten, and too old by then"
