"""`/admin/jobs`: what runs by itself, and work in the background, watched without scripts and cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import Sentence, counted, sentence, together
from issuer.jobs.bulk import Bulk, ItemOutcome, cancel_bulk, find_bulk, list_bulks, outcomes
from issuer.jobs.job import Job, Outcome
from issuer.jobs.leases import Lease, leases
from issuer.jobs.table import BULK
from issuer.reports.names import names_for
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.language.language import Language
from portal.language.recalled import recalled
from portal.service import Service
from portal.sign_in.showing import language_of
from portal.sign_in.who import Administers
from portal.worker import all_jobs, nudge

router = APIRouter(include_in_schema=False)

PATH = "/admin/jobs"
_MOST = 30
_COUNTED = {
    "messages": sentence("messages"),
    "notices dropped": sentence("notices dropped"),
    "without address": sentence("without address"),
    "finished": sentence("finished"),
    "made void": sentence("made void"),
    "issued": sentence("issued"),
    "stuck": sentence("stuck"),
    "superseded": sentence("superseded"),
    "told of newer versions": sentence("told of newer versions"),
    "done": sentence("done"),
    "failed": sentence("failed"),
    "cancelled": sentence("cancelled"),
    "published": sentence("published"),
    "compared": sentence("compared"),
    "people": sentence("people"),
    "notices": sentence("notices"),
    "suspended": sentence("suspended"),
    "could not be suspended": sentence("could not be suspended"),
    "reinstated": sentence("reinstated"),
    "sent": sentence("sent"),
    "deferred": sentence("deferred"),
    "refused": sentence("refused"),
    "unclear": sentence("unclear"),
}
"""What jobs count, by the word that stands in their report."""
_FAULTS = 100
_LOOK = 3
"""Seconds after which the page of work under way is loaded again."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """Something that runs by itself: what it does, when it last did, and how it stands."""

    name: str
    does: str
    last: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class BulkLine:
    """Work in the background: what, by whom, when, and how far."""

    id: UUID
    kind: str
    total: int
    who: str
    when: str
    how_far: Sentence
    tone: str


@router.get(PATH)
def jobs(request: Request, service: Served, person: Administers) -> Response:
    """Work in the background, the newest first, and what runs by itself."""
    now, language = service.clock(), language_of(request)
    bulks = list_bulks(service.database, issuer=service.default_issuer().slug, limit=_MOST)
    names = names_for(service.database, {one.created_by for one in bulks})
    every = all_jobs(service)
    known = leases(service.database, [job.name for job in every])
    return admin_page(
        request,
        "jobs.html",
        person,
        "jobs",
        bulks=[bulk_line(one, names.get(one.created_by, one.created_by), language, service) for one in bulks],
        jobs=[_job_line(job, known.get(job.name), now, language, service) for job in every],
    )


@router.get(PATH + "/{bulk_id}")
def job(request: Request, service: Served, person: Administers, bulk_id: UUID, done: str = "") -> Response:
    """How far it is. While it is under way, the page loads itself again. Raises a 404 problem."""
    now, language = service.clock(), language_of(request)
    bulk = find_bulk(service.database, bulk_id, issuer=service.default_issuer().slug)
    failed: tuple[ItemOutcome, ...] = ()
    if bulk.failed:
        failed = outcomes(service.database, bulk_id, state="failed", limit=_FAULTS)
    names = names_for(service.database, {bulk.created_by})
    response = admin_page(
        request,
        "job.html",
        person,
        "jobs",
        slim=True,
        bulk=bulk,
        line=bulk_line(bulk, names.get(bulk.created_by, bulk.created_by), language, service),
        failed=failed,
        going=bulk.ended_at is None,
        done=done if done in {"begun", "cancelled"} else "",
        remaining=_remaining(bulk, now),
    )
    if bulk.ended_at is None:
        response.headers["Refresh"] = str(_LOOK)
    return response


@router.post(PATH + "/{bulk_id}/cancel")
def cancel(service: Served, person: Administers, bulk_id: UUID) -> Response:
    """Ask for its end: what is being done is finished, what waits is not begun. Raises a 404 problem."""
    slug = service.default_issuer().slug
    cancel_bulk(service.database, bulk_id, actor=person.actor, now=service.clock(), issuer=slug)
    nudge(service, BULK)
    return lead(service, f"{PATH}/{bulk_id}?done=cancelled")


def bulk_line(bulk: Bulk, who: str, language: Language, service: Service) -> BulkLine:
    """How a list shows it."""
    return BulkLine(
        bulk.id,
        bulk.kind.value,
        bulk.total,
        who,
        language.minute(bulk.created_at, service.settings.zone),
        _how_far(bulk),
        _tone(bulk),
    )


def _how_far(bulk: Bulk) -> Sentence:
    if bulk.ended_at is None and bulk.cancel_asked_at is not None:
        return sentence("Is being cancelled: {done} of {total} done", done=bulk.done, total=bulk.total)
    if bulk.ended_at is None and bulk.fault:
        return sentence("Waits: {done} of {total} done", done=bulk.done, total=bulk.total)
    if bulk.ended_at is None:
        return sentence("{done} of {total} done", done=bulk.done, total=bulk.total)
    if bulk.cancelled:
        return sentence("Cancelled: {done} of {total} done", done=bulk.done, total=bulk.total)
    if bulk.failed:
        return sentence("{done} done, {failed} could not be", done=bulk.done, failed=bulk.failed)
    return counted(bulk.done, "{n} done", "All {n} done")


def _tone(bulk: Bulk) -> str:
    if bulk.ended_at is None:
        return "overdue" if bulk.fault else "waiting"
    return "soon" if bulk.failed or bulk.cancelled else "good"


def _remaining(bulk: Bulk, now: datetime) -> Sentence | None:
    left = bulk.remaining(now)
    if left is None:
        return None
    seconds = int(left.total_seconds())
    if seconds < 60:
        return counted(max(seconds, 1), "About {n} second left", "About {n} seconds left")
    return counted(round(seconds / 60), "About {n} minute left", "About {n} minutes left")


def _counts(counts: str) -> Sentence:
    """`400 people, 4 notices`, as a lease keeps it, for readers of any language."""
    said = []
    for one in counts.split(", "):
        number, _, what = one.partition(" ")
        known = _COUNTED.get(what) if number.isdecimal() else None
        said.append(sentence("{number} {what}", number=int(number), what=known) if known else one)
    return together(*said, between=", ")


def _job_line(job: Job, lease: Lease | None, now: datetime, language: Language, service: Service) -> JobLine:
    last = lease.last_done_at if lease else None
    shown = language.minute(last, service.settings.zone) if last else ""
    if lease is None:
        return JobLine(job.name, job.does, shown, sentence("Has not run yet"), "waiting")
    if lease.held(now):
        return JobLine(job.name, job.does, shown, sentence("Is running"), "waiting")
    word, _, counts = lease.holder.partition(": ")
    if word == Outcome.FAILED:
        return JobLine(job.name, job.does, shown, sentence("Failed: {why}", why=recalled(counts)), "overdue")
    if word == Outcome.DONE:
        nothing = counts == "nothing to do"
        said = sentence("Nothing to do") if nothing else sentence("Done: {counts}", counts=_counts(counts))
        return JobLine(job.name, job.does, shown, said, "good")
    return JobLine(job.name, job.does, shown, lease.holder, "waiting")
