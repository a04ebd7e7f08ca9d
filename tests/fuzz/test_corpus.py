"""What fuzzing kept is tried in every run: seeds, inputs that reach far, and all that ever found something."""

from __future__ import annotations

import pytest

from tests.fuzz.registry import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.filterwarnings("ignore")  # of libraries that read what is damaged
def test_what_is_kept_is_taken_or_refused_as_it_should_be(name: str) -> None:
    target = TARGETS[name]
    assert target.kept()
    for path in target.kept():
        target.run(path.read_bytes())


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.filterwarnings("ignore")
def test_seeds_made_today_are_too(name: str) -> None:
    for data in TARGETS[name].seeds():
        TARGETS[name].run(data)
