"""The client against the real application, over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from portal.client import Award, Conflict, Guildmark, NotAllowed, NotDone, NotFound, Problem
from tests.portal.client.conftest import Place

pytestmark = pytest.mark.enable_socket
DOCS = Path(__file__).parents[3] / "docs" / "api-client.md"


def award(number: int, **changes: str) -> Award:
    return Award(**{
        "name": f"Person {number}", "email": f"p{number}@brightmoor.example", "program": "cloud-engineering",
        "level": "associate", "awarded_on": date(2026, 11, 1), "results": {"exam": "88"}, **changes,
    })  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.slow
def test_the_examples_of_the_documentation_work(place: Place) -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 7
    names = {
        "address": place.address,
        "token": place.token,
        "learning_secret": place.learning_secret,
        "clock": place.house.clock,
    }
    for block in blocks:
        exec(compile(block, str(DOCS), "exec"), names)  # noqa: S102  (our own documentation)


def test_the_same_key_begins_nothing_twice(place: Place) -> None:
    with place.client() as guildmark:
        first = guildmark.award([award(1)], key="tuesday")
        assert guildmark.award([award(1)], key="tuesday").id == first.id
        with pytest.raises(Conflict):
            guildmark.award([award(2)], key="tuesday")
        assert guildmark.wait(first).done == 1
        assert guildmark.award([award(1)], key="tuesday").id == first.id


def test_pages_are_asked_for_as_they_are_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.client.guildmark._PAGE", 2)
    with place.client() as guildmark:
        begun = guildmark.award([award(number) for number in range(10, 15)])
        done = guildmark.wait(begun)
        found = [one.credential for one in guildmark.outcomes(done)]
        assert len(set(found)) == len(found) == 5
        listed = [one.id for one in guildmark.credentials(program="cloud-engineering", level="associate")]
        assert len(set(listed)) == len(listed) >= 5
        assert set(found) <= set(listed)
        assert {one.standing for one in guildmark.credentials(standing="revoked")} == {"revoked"}
        assert [one.name for one in guildmark.credentials(search="Kjærsgaard")] == ["Zoë Kjærsgaard"]
        for someone in ("valid", "expired", "suspended"):
            guildmark.assign("cloud-engineering/associate", {"person": f"{someone}@brightmoor.example"})
        assert len(list(guildmark.assignments(program="cloud-engineering"))) >= 3


def test_problems_say_what_was_wrong(place: Place) -> None:
    with Guildmark(place.address, "gmk_nothing") as stranger, pytest.raises(NotAllowed) as refused:
        stranger.award([award(1)])
    assert (refused.value.status, refused.value.kind) == (401, "unauthenticated")
    with place.client() as guildmark:
        with pytest.raises(NotFound):
            guildmark.bulk("0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11")
        with pytest.raises(NotFound):
            guildmark.form("../../healthz")
        with pytest.raises(Problem) as problem:
            guildmark.award([award(1, email="nobody"), award(2, level="none")])
    assert problem.value.kind == "refused"
    assert [one.pointer for one in problem.value.faults] == ["/awards/0, email", "/awards/1, level"]
    assert "/awards/0, email: " in str(problem.value)


def test_waiting_ends(place: Place) -> None:
    with place.client() as guildmark, pytest.raises(NotDone):
        guildmark.wait(guildmark.award([award(20)]), longest=timedelta(0))


def test_the_client_loads_nothing_of_the_server() -> None:
    """Even what is loaded indirectly."""
    code = "import sys, portal.client; print(*sorted({m.split('.')[0] for m in sys.modules}), sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert not loaded & {"issuer", "verifier", "credentials", "keys", "fastapi", "starlette", "sqlalchemy", "pydantic"}
