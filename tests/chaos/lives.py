"""What processes do until they are killed: issue, renew, revoke, work on bulks, rotate keys, write the log.

Each takes the steps' hook, by which it is killed between two numbered steps. What a client would be told is noted after
the call that tells it has returned, and never before.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

from issuer.errors import DatabaseError, TransitionRefused
from issuer.issue import IssueProgress, issue
from issuer.jobs.bulk_issue import issue_in_background
from issuer.jobs.bulk_work import BulkStep, work_on_bulks
from issuer.log.growing import grow
from issuer.signing import Step
from issuer.signing_keys import Use, rotate
from issuer.status import revoke
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from portal.service import Service
from portal.worker import Runner
from tests.chaos.ground import Ground, request_of

Reached = Callable[[str], None]
Life = Callable[[Ground, Service, Reached], None]


def dying_at(step: str | None, time: int = 1) -> Reached:
    """Kills this process, as `kill -9` does, when that step is about to begin for the so-manieth time."""
    count = 0

    def reached(one: str) -> None:
        nonlocal count
        count += one == step
        if one == step and count == time:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def issuing(here: Ground, service: Service, reached: Reached) -> None:
    """What was asked for and never answered is asked for again by the same keys; then something new."""
    done = {one["key"] for one in here.notes("issued")}
    open_ = [one["keys"] for one in here.notes("asked") if not done.issuperset(one["keys"])]
    keys = random.choice(open_) if open_ else [uuid4().hex for _ in range(3)]  # noqa: S311
    if not open_:
        here.note("asked", keys=keys)
    assert service.keyring is not None

    def progress(one: IssueProgress) -> None:
        reached(one.step)

    report = issue(
        service.database,
        service.keyring,
        issuer=None,
        requests=[request_of(key) for key in keys],
        actor="t",
        now=service.clock(),
        randomness=os.urandom,
        progress=progress,
    )
    reached("answer")
    for key, one in zip(keys, report.credentials, strict=True):
        here.note("issued", key=key, id=str(one.id), award=one.key)


def bulk(here: Ground, service: Service, reached: Reached) -> None:
    """A bulk is begun if none waits, and worked on."""
    parts = Runner(service)._parts()
    if not work_on_bulks(parts, chunk_size=2, reached=reached).idle:
        return
    keys = [uuid4().hex for _ in range(6)]
    issue_in_background(
        service.database, issuer=None, requests=[request_of(key) for key in keys], actor="t", now=service.clock(),
        randomness=os.urandom,
    )  # fmt: skip
    here.note("bulks", keys=keys)
    work_on_bulks(parts, chunk_size=2, reached=reached)


def _some(here: Ground) -> UUID | None:
    issued = here.notes("issued")
    return UUID(random.choice(issued)["id"]) if issued else None  # noqa: S311


def revoking(here: Ground, service: Service, reached: Reached) -> None:
    """One that was issued is revoked."""
    credential = _some(here)
    if credential is None or service.keyring is None:
        return
    reached("revoke")
    revoke(
        service.database, service.keyring, credential_id=credential, reason="x", actor="t", now=service.clock()
    )  # fmt: skip
    here.note("revoked", id=str(credential))


def renewing(here: Ground, service: Service, reached: Reached) -> None:
    """One that was issued is renewed; the same renewal again finds the first."""
    credential = _some(here)
    if credential is None or service.keyring is None:
        return
    renew(
        service.database, service.keyring, wish=RenewalWish(credential, date(2026, 11, 1), early=True), actor="t",
        now=service.clock(), randomness=os.urandom, reached=reached,
    )  # fmt: skip
    here.note("renewed", id=str(credential))


def rotating(here: Ground, service: Service, reached: Reached) -> None:
    """The key of embedded proofs gets a successor."""
    assert service.keyring is not None
    reached("rotate")
    rotate(
        service.database, service.keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="t", now=service.clock(),
        randomness=os.urandom,
    )  # fmt: skip
    here.note("rotated")


def logging(here: Ground, service: Service, reached: Reached) -> None:
    """The transparency log takes in what happened."""
    assert service.keyring is not None
    reached("log")
    grow(service.database, service.keyring, now=service.clock(), randomness=os.urandom)
    here.note("logged")


ISSUING = (Step.READ, Step.ALLOCATE, Step.PREPARE, Step.SIGN, Step.VERIFY, Step.STORE, Step.DONE)
LIVES: tuple[tuple[Life, tuple[str, ...]], ...] = (
    (issuing, (*ISSUING, "answer")),
    (bulk, (*BulkStep, *(f"issue {step.value}" for step in ISSUING))),
    (revoking, ("revoke",)),
    (renewing, ISSUING),
    (rotating, ("rotate",)),
    (logging, ("log",)),
)
TOLERATED = (DatabaseError, TransitionRefused)
"""What a client may see while databases die and others revoke: a refusal in words."""
