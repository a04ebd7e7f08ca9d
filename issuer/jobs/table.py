"""All jobs of this room: how often, and what each does. Those that need the network join them in portal.worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from credentials.sentence import sentence
from issuer.assessment.issuing import finish_approved
from issuer.issue import resume
from issuer.jobs.bulk_work import work_on_bulks
from issuer.jobs.dependents import NAME as DEPENDENTS
from issuer.jobs.dependents import keep_dependents
from issuer.jobs.job import Job, Parts, Report
from issuer.jobs.recertify import NAME as RECERTIFY
from issuer.jobs.recertify import recertify
from issuer.log.growing import grow
from issuer.messages.bundling import bundle
from issuer.offers.forgetting import forget_offers
from issuer.status_lists import compare_lists, ensure_fresh_lists
from issuer.status_told import tell_of_newer
from issuer.succession.supersede import finish_reissues
from issuer.wallet_requests.forgetting import forget_what_is_over

ACTOR = "job"
"""Who did it, in the audit trail, where nobody asked for it."""
LEFT_BEHIND = timedelta(minutes=5)
"""What is `preparing` for so long is nobody's work any more."""
BULK = "bulk"
_MINUTE = timedelta(minutes=1)
_OFTEN = timedelta(minutes=5)
_HOURLY = timedelta(hours=1)
_DAILY = timedelta(days=1)


def jobs(time_zone: str, *, linkedin: int | None = None) -> tuple[Job, ...]:
    """The jobs, in the order in which one pass does them: what makes notices comes before what bundles them.

    time_zone: of recipients without one, in a program without one. linkedin: the number of the company's page there.
    """

    def bundled(parts: Parts, now: datetime, _last: datetime | None) -> Report:
        report = bundle(parts.database, now=now, time_zone=time_zone, linkedin=linkedin)
        unreachable = len(report.unreachable)
        return {"messages": report.messages, "notices dropped": report.dropped, "without address": unreachable}

    return (
        Job("resume", _OFTEN, sentence("Finish what a crash left half issued."), _resume, needs_keys=True),
        Job("proposals", _OFTEN, sentence("Issue what assessors approved."), _proposals, needs_keys=True),
        Job("reissues", _OFTEN, sentence("Revoke what a correction replaced."), _reissues, needs_keys=True),
        Job(BULK, _MINUTE, sentence("Work on bulks, chunk by chunk."), _bulks, needs_keys=True, together=True),
        Job(
            DEPENDENTS,
            _HOURLY,
            sentence("Suspend what builds on a lapsed level, and reinstate."),
            _dependents,
            needs_keys=True,
        ),
        Job(RECERTIFY, _HOURLY, sentence("Record reminders, expiries and escalations."), _recertify),
        Job("lists", _HOURLY, sentence("Publish status lists before they are old."), _lists, needs_keys=True),
        Job("log", _MINUTE, sentence("Write down in the transparency log what was signed."), _log, needs_keys=True),
        Job("records", _DAILY, sentence("Compare status lists with the records of all credentials."), _records),
        Job("bundle", _OFTEN, sentence("Put what is to be told into one mail a day for each."), bundled),
        Job("wallets", _OFTEN, sentence("Forget what wallets were asked, when it is over."), _wallets),
    )


def _recertify(parts: Parts, now: datetime, last: datetime | None) -> Report:
    return recertify(parts, now, last)


def _dependents(parts: Parts, now: datetime, last: datetime | None) -> Report:
    return keep_dependents(parts, now, last)


def _resume(parts: Parts, now: datetime, _last: datetime | None) -> Report:
    report = resume(parts.database, parts.keys, actor=ACTOR, now=now, older_than=LEFT_BEHIND)
    return {"finished": len(report.finished), "made void": len(report.voided)}


def _proposals(parts: Parts, now: datetime, _last: datetime | None) -> Report:
    report = finish_approved(parts.database, parts.keys, actor=ACTOR, now=now, randomness=parts.randomness)
    return {"issued": len(report.issued), "stuck": len(report.stuck)}


def _reissues(parts: Parts, now: datetime, _last: datetime | None) -> Report:
    superseded = finish_reissues(parts.database, parts.keys, actor=ACTOR, now=now)
    told = tell_of_newer(parts.database, parts.keys, None, actor=ACTOR, now=now)
    return {"superseded": len(superseded), "told of newer versions": told}


def _bulks(parts: Parts, _now: datetime, _last: datetime | None) -> Report:
    worked = work_on_bulks(parts)
    return {"done": worked.done, "failed": worked.failed, "cancelled": worked.cancelled, "stuck": worked.stuck}


def _lists(parts: Parts, now: datetime, _last: datetime | None) -> Report:
    return {"published": ensure_fresh_lists(parts.database, parts.keys, now)}


def _records(parts: Parts, _now: datetime, _last: datetime | None) -> Report:
    return {"compared": compare_lists(parts.database)}


def _log(parts: Parts, now: datetime, _last: datetime | None) -> Report:
    grown = grow(parts.database, parts.keys, now=now, randomness=parts.randomness, pause=lambda: parts.pause("log"))
    return {"entries": grown.added}


def _wallets(parts: Parts, now: datetime, _last: datetime | None) -> Report:
    return {"forgotten": forget_what_is_over(parts.database, now=now) + forget_offers(parts.database, now=now)}
