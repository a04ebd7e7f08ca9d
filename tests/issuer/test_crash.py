"""A crash between any two numbered steps: what is left can be seen and finished, and nothing happens twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from credentials.problems import MALFORMED_VALUE_ERROR, refuse
from issuer.catalogue import Counts, count_credentials
from issuer.documents import issue_document
from issuer.errors import TransitionRefused
from issuer.issue import IssueProgress, issue, resume
from issuer.prepare import prepare_award
from issuer.signing import PreparationRefused, Step, void
from issuer.status import revoke
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, RenderingRow, StatusEntryRow
from keys.keyring import Keyring
from tests.issuer.conftest import NOW, House

STEPS = [Step.READ, Step.ALLOCATE, Step.PREPARE, Step.SIGN, Step.VERIFY, Step.STORE, Step.DONE]


class Crash(BaseException):
    """Not an Exception: nothing may catch it."""


def crash_at(step: Step, done: int) -> Callable[[IssueProgress], None]:
    def report(progress: IssueProgress) -> None:
        if progress.step is step and progress.done == done:
            raise Crash

    return report


def counts(db: Database) -> Counts:
    return count_credentials(db, now=NOW)


def whole(db: Database) -> None:
    """The invariants that no crash may break."""
    with db.read() as session:
        issued = set(session.scalars(select(CredentialRow.id).where(CredentialRow.state == "issued")))
        rendered = session.execute(
            select(RenderingRow.credential_id, func.count()).group_by(RenderingRow.credential_id)
        ).all()
        assert {one for one, _ in rendered} == issued
        assert all(number in (1, 2) for _, number in rendered)
        entries = session.execute(select(StatusEntryRow.list_id, StatusEntryRow.position)).all()
        assert len(set(entries)) == len(entries)
        current = session.scalars(select(CredentialRow.award_id).where(CredentialRow.state != "void")).all()
        assert len(set(current)) == len(current)
        assert session.scalar(select(func.count(AwardRow.id))) == len(
            set(session.scalars(select(CredentialRow.award_id)))
        )


@pytest.mark.parametrize(("step", "cure"), list(zip(STEPS, cycle(["resume", "again"]), strict=False)))
def test_a_crash_before_any_step_is_made_good(house: House, step: Step, cure: str) -> None:
    requests = [house.request(number, "expert") for number in range(2)]
    done = 0 if step is Step.READ else 1  # in the second of two chunks
    with pytest.raises(Crash):
        issue(
            house.db,
            house.keyring,
            issuer="acme",
            requests=requests,
            actor="t",
            now=NOW,
            randomness=house.randomness,
            chunk_size=1,
            progress=crash_at(step, done),
        )
    whole(house.db)
    left = counts(house.db)
    assert left.issued == (0 if step is Step.READ else 1)
    assert left.preparing == (1 if step in STEPS[2:6] else 0)
    if cure == "resume":
        finished = resume(house.db, house.keyring, actor="sweep", now=NOW).finished
        assert len(finished) == left.preparing
        assert counts(house.db).issued == left.issued + left.preparing
        assert resume(house.db, house.keyring, actor="sweep", now=NOW).finished == ()
    report = issue(
        house.db, house.keyring, issuer="acme", requests=requests, actor="t", now=NOW, randomness=house.randomness
    )
    assert len(report.credentials) == 2
    assert (counts(house.db).issued, counts(house.db).preparing, counts(house.db).void) == (2, 0, 0)
    whole(house.db)


@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_document_of_the_api_survives_a_crash_too(house: House, step: Step) -> None:
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:web:example.org"},
    }

    def reached(now_at: Step) -> None:
        if now_at is step:
            raise Crash

    arguments = {
        "issuer": None,
        "document": document,
        "actor": "api",
        "now": NOW,
        "randomness": house.randomness,
        "idempotency_key": "k",
    }
    with pytest.raises(Crash):
        issue_document(house.db, house.keyring, **arguments, reached=reached)  # type: ignore[arg-type]
    resume(house.db, house.keyring, actor="sweep", now=NOW)
    again = issue_document(house.db, house.keyring, **arguments)  # type: ignore[arg-type]
    assert again.renderings["json"].body
    assert counts(house.db).issued == 1
    whole(house.db)


def test_what_turns_out_not_to_be_valid_is_made_void_and_the_rest_is_finished(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [house.request(number) for number in range(3)]
    with pytest.raises(Crash):
        issue(
            house.db,
            house.keyring,
            issuer="acme",
            requests=requests,
            actor="t",
            now=NOW,
            randomness=house.randomness,
            progress=crash_at(Step.PREPARE, 0),
        )
    real = prepare_award

    def picky(request, *rest):  # type: ignore[no-untyped-def]
        if request.name.endswith("1"):
            raise refuse(MALFORMED_VALUE_ERROR, "No", "This one is not acceptable any more.")
        return real(request, *rest)

    monkeypatch.setattr("issuer.signing.prepare_award", picky)
    report = resume(house.db, house.keyring, actor="sweep", now=NOW)
    assert (len(report.finished), len(report.voided)) == (2, 1)
    with house.db.read() as session:
        row = session.get_one(CredentialRow, report.voided[0])
        assert row.void_reason is not None
        assert "not acceptable any more" in row.void_reason
        burnt = session.scalars(select(StatusEntryRow.position).where(StatusEntryRow.credential_id == row.id)).one()
    with pytest.raises(TransitionRefused, match="is void, not issued"):
        revoke(house.db, house.keyring, credential_id=report.voided[0], reason="x", actor="t", now=NOW)
    monkeypatch.undo()
    again = issue(
        house.db, house.keyring, issuer="acme", requests=requests, actor="t", now=NOW, randomness=house.randomness
    )
    assert len(again.new) == 1, "the award is issued with a new credential"
    with house.db.read() as session:
        positions = session.scalars(
            select(StatusEntryRow.position).where(StatusEntryRow.credential_id == again.new[0].id)
        ).all()
    assert burnt not in positions
    whole(house.db)


def test_a_document_that_cannot_be_prepared_after_all_is_made_void(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise refuse(MALFORMED_VALUE_ERROR, "No", "This one is not acceptable any more.")

    arguments: dict[str, Any] = {
        "issuer": None,
        "document": {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential"],
            "credentialSubject": {"id": "did:web:example.org"},
        },
        "actor": "api",
        "now": NOW,
        "randomness": house.randomness,
        "idempotency_key": "k",
    }
    monkeypatch.setattr("issuer.signing.prepare_document", refused)
    with pytest.raises(PreparationRefused, match="not acceptable any more"):
        issue_document(house.db, house.keyring, **arguments)
    monkeypatch.undo()
    assert (counts(house.db).preparing, counts(house.db).void) == (0, 1)
    assert issue_document(house.db, house.keyring, **arguments).new, "the same key is free for another attempt"
    whole(house.db)


def test_an_issued_credential_cannot_be_made_void(house: House) -> None:
    report = issue(
        house.db,
        house.keyring,
        issuer="acme",
        requests=[house.request(1)],
        actor="t",
        now=NOW,
        randomness=house.randomness,
    )
    assert void(house.db, [report.new[0].id], reason="x", actor="t", now=NOW) == ()
    assert counts(house.db).issued == 1


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from issuer.issue import issue
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from tests.issuer.conftest import NOW, House

url, ring, step = sys.argv[1:]
def report(progress):
    if progress.step.value == step and progress.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)
house = House(Database(url), Keyring(Path(ring), KeyEncryptionKey(b"k" * 32)), None, os.urandom)
issue(house.db, house.keyring, issuer="acme", requests=[house.request(n) for n in range(4)], actor="t", now=NOW,
      randomness=os.urandom, chunk_size=2, progress=report)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", [Step.PREPARE, Step.STORE])
def test_a_process_killed_outright_leaves_something_to_finish(
    house: House, house_url: str, keyring: Keyring, step: Step
) -> None:
    ring = str(keyring._directory)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, house_url, ring, step.value],
        cwd=Path(__file__).resolve().parents[2],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (counts(house.db).issued, counts(house.db).preparing) == (2, 2)
    assert len(resume(house.db, house.keyring, actor="sweep", now=NOW).finished) == 2
    whole(house.db)
    with house.db.read() as session:
        assert session.execute(text("SELECT count(*) FROM renderings")).scalar_one() == 8
