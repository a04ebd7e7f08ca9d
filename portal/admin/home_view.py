"""What needs attention, in sentences: the most urgent first, each with the page at which it is dealt with. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from credentials.sentence import Sentence, counted, sentence
from issuer.key_check import KeyFault
from issuer.reports.attention import Attention

URGENT, SOON, NEWS = "urgent", "soon", "news"


@dataclass(frozen=True, slots=True)
class Point:
    """Something that needs somebody: how urgent, what it is, why it matters, and where to go; `go` may be empty."""

    urgency: str
    what: str
    why: str
    go: str = ""
    go_words: str = ""


def points_of(
    found: Attention, *, locked: bool, mails: bool, zone: tzinfo, unsigning: Sequence[KeyFault] = (), unlogged: int = 0
) -> tuple[Point, ...]:
    """All points, the urgent ones first. locked: the keys are; mails: a mail server is set; unsigning: keys that do not
    sign at the moment; unlogged: lines of the log that could not be written.
    """
    order = (URGENT, SOON, NEWS)
    points = [
        *_signing(found, locked, unsigning),
        *_working(found, zone),
        *_logging(unlogged),
        *_telling(found, mails, zone),
        *_deciding(found, zone),
    ]
    return tuple(sorted(points, key=lambda one: order.index(one.urgency)))


def _signing(found: Attention, locked: bool, unsigning: Sequence[KeyFault]) -> Iterator[Point]:
    if locked:
        yield Point(
            URGENT,
            sentence("The keys are locked"),
            sentence("Nothing can be issued, renewed or revoked until whoever runs this server unlocks them."),
        )
    if any(one.passing for one in unsigning):
        yield Point(
            URGENT,
            sentence("Whoever holds the keys does not answer"),
            sentence(
                "Nothing is signed meanwhile: what is asked for is refused for now, works in the background and "
                "changes of status wait and go on by themselves. Badges can be verified all the same. “guildmark "
                "doctor” says why."
            ),
            "/admin/keys",
            sentence("See the keys"),
        )
    if broken := [one for one in unsigning if not one.passing]:
        yield Point(
            URGENT,
            counted(len(broken), "{n} key does not sign", "{n} keys do not sign"),
            sentence("It does not pass by itself: “guildmark doctor” says why, and whoever runs this server mends it."),
            "/admin/keys",
            sentence("See the keys"),
        )
    if found.lacking:
        yield Point(
            URGENT,
            sentence("There is no key that signs"),
            sentence("Nothing can be issued before there is one: {uses}.", uses=", ".join(found.lacking)),
            "/admin/keys",
            sentence("See the keys"),
        )
    if found.changes:
        yield Point(
            URGENT,
            counted(
                found.changes,
                "{n} change of status is not published yet",
                "{n} changes of status are not published yet",
            ),
            sentence("Strangers do not see it. A worker publishes within a minute, if one runs and the keys are open."),
            "/admin/jobs",
            sentence("See the jobs"),
        )
    if found.full_lists:
        yield Point(
            NEWS,
            counted(found.full_lists, "{n} status list is nearly full", "{n} status lists are nearly full"),
            sentence("The next one opens by itself; nothing has to be done."),
        )


def _working(found: Attention, zone: tzinfo) -> Iterator[Point]:
    to_jobs = ("/admin/jobs", sentence("See the jobs"))
    for job in found.failed_jobs:
        yield Point(URGENT, sentence("The job “{name}” failed", name=job.name), job.said, *to_jobs)
    if found.idle:
        last = found.last_worked
        since: Sentence = (
            sentence("It last worked on {day}.", day=last.astimezone(zone).date())
            if last
            else sentence("None has worked yet.")
        )
        why = sentence(
            "{since} Without it no reminder is written, no mail is sent, and what was begun here stays undone. "
            "“guildmark worker” starts one.",
            since=since,
        )
        yield Point(URGENT, sentence("No worker is running"), why, *to_jobs)
    if found.stuck_bulks:
        yield Point(
            URGENT,
            counted(found.stuck_bulks, "{n} work in the background is stuck", "{n} works in the background are stuck"),
            sentence("The page of the work says what keeps it from going on."),
            *to_jobs,
        )
    elif found.bulks:
        yield Point(
            NEWS,
            counted(found.bulks, "{n} work is under way", "{n} works are under way"),
            sentence("You can watch how far it is."),
            *to_jobs,
        )
    if found.tokens:
        yield Point(
            SOON,
            counted(
                len(found.tokens),
                "{n} API token ends within 14 days",
                "{n} API tokens end within 14 days",
            ),
            ", ".join(found.tokens),
            "/admin/tokens",
            sentence("See the tokens"),
        )


def _logging(unlogged: int) -> Iterator[Point]:
    if unlogged:
        yield Point(
            URGENT,
            sentence("The log cannot be written"),
            counted(
                unlogged,
                "{n} line is lost: the disk may be full, or what keeps the log has ended. The audit trail is not "
                "concerned.",
                "{n} lines are lost: the disk may be full, or what keeps the log has ended. The audit trail is not "
                "concerned.",
            ),
        )


def _telling(found: Attention, mails: bool, zone: tzinfo) -> Iterator[Point]:
    if found.refused:
        yield Point(
            URGENT,
            counted(found.refused, "{n} message was refused", "{n} messages were refused"),
            sentence("The mail server said no; these people were told nothing."),
            "/admin/messages?state=refused",
            sentence("See the messages"),
        )
    if found.unclear:
        yield Point(
            SOON,
            counted(
                found.unclear,
                "{n} message may or may not have been sent",
                "{n} messages may or may not have been sent",
            ),
            sentence("Something stopped in between. The mail server’s log says whether; you can send it again."),
            "/admin/messages?state=unclear",
            sentence("See the messages"),
        )
    if found.put_off and found.put_off_since is not None:
        since = found.put_off_since.astimezone(zone)
        yield Point(
            URGENT,
            counted(found.put_off, "{n} message waits for the mail server", "{n} messages wait for the mail server"),
            sentence(
                "It could not take them so far; the oldest waits since {day}, {time}. They are sent by themselves "
                "when it can. “guildmark doctor” says what the server answers.",
                day=since.date(),
                time=f"{since:%H:%M}",
            ),
            "/admin/messages?state=queued",
            sentence("See the messages"),
        )
    if not mails:
        yield Point(
            SOON,
            sentence("No mail server is set"),
            sentence("Reminders are written and wait. Whoever runs this server sets “smtp_host”."),
        )


def _deciding(found: Attention, zone: tzinfo) -> Iterator[Point]:
    if found.proposals and found.oldest_proposal is not None:
        yield Point(
            SOON,
            counted(
                found.proposals,
                "{n} proposal has waited for more than 14 days",
                "{n} proposals have waited for more than 14 days",
            ),
            sentence("The oldest waits since {day}.", day=found.oldest_proposal.astimezone(zone).date()),
        )
