"""`guildmark messages`: what is mailed to people, how far it got, and what an operator can do about it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from issuer.messages.catalogue import MessageView, State, count_messages, find_message, list_messages, waiting_notices
from portal.cli.installation import DEFAULT_HOME, AsJson, Home, IssuerName, actor, clock, opened
from portal.cli.terminal import complain, print_json, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Mail to people: what waits, what went out, what failed.",
)

Message = Annotated[str, typer.Argument(help="The message's id, as `guildmark messages list` shows it.")]


@app.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only those that got so far.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    home: Home = DEFAULT_HOME,
    issuer: IssuerName = None,
    as_json: AsJson = False,
) -> None:
    """List messages, newest first.

    queued: waits. sent: the mail server took it. refused: it said no. unclear: it may or may not have been sent,
    because the server or the worker stopped in between; it is not sent again by itself. dropped: it came too late.
    """
    with opened(home) as service:
        found = list_messages(service.database, issuer=issuer or service.issuer, state=state, limit=limit)
        counts = count_messages(service.database, issuer=issuer or service.issuer)
        waiting = waiting_notices(service.database, clock(), issuer=issuer or service.issuer)
        configured = service.settings.smtp_host is not None
    if as_json:
        print_json({"messages": [_as_json(one) for one in found], "counts": {k.value: v for k, v in counts.items()}})
        return
    for one in found:
        written, to = f"{one.created_at:%Y-%m-%d %H:%M}", one.address or "erased"
        say(f"{one.id}  {one.state.value:<12}  {written}  {to}  {one.subject}")
        if one.fault and one.state is not State.SENT:
            say(f"    {one.fault}")
    said = ", ".join(f"{number} {kind.value}" for kind, number in counts.items() if number)
    say(f"{sum(counts.values())} messages{': ' if said else ''}{said}.")
    _tell_waiting(waiting)
    if counts[State.QUEUED] and not configured:
        say("No mail server is set (smtp_host), so what is queued waits.")
    if counts[State.UNCLEAR]:
        say("Look at the unclear ones in your mail server’s log; `guildmark messages resend ID` sends one again.")


@app.command()
def show(message: Message, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show one message, as its reader sees it."""
    with opened(home) as service:
        one = find_message(service.database, _id(message))
    if as_json:
        print_json({**_as_json(one), "kinds": one.kinds, "text": one.text, "html": one.html, "calendar": one.calendar})
        return
    say(f"To:       {one.address or 'erased'}")
    say(f"Subject:  {one.subject}")
    say(f"State:    {one.state.value}{f' since {one.sent_at:%Y-%m-%d %H:%M} UTC' if one.sent_at else ''}")
    if one.fault:
        say(f"Fault:    {one.fault}")
    say(f"Calendar: {'attached' if one.calendar else 'none'}")
    say("")
    say(one.text)


@app.command()
def send(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Write the messages that are due, and send what is in the queue, once. The worker does this by itself."""
    from dataclasses import asdict

    from issuer.messages.bundling import bundle
    from portal.mail.deliver import deliver

    now = clock()
    with opened(home) as service:
        settings = service.settings
        bundled = bundle(
            service.database, now=now, time_zone=settings.time_zone, linkedin=settings.linkedin_organization
        )
        delivered = deliver(service, now)
        waiting = waiting_notices(service.database, now, issuer=service.issuer)
    if as_json:
        print_json({"bundled": asdict(bundled), "delivered": asdict(delivered)})
    else:
        say(f"{bundled.messages} messages written of {bundled.bundled} notices; {bundled.dropped} notices dropped.")
        _tell_waiting(waiting)
        for who in bundled.unreachable:
            complain(f"there is no address to write to for {who}")
        say(_delivered(delivered))
        for fault in dict.fromkeys(delivered.faults):
            complain(fault)
    if delivered.trouble:
        complain(delivered.trouble)
        raise typer.Exit(1)


def _tell_waiting(notices: int) -> None:
    if notices:
        one = notices == 1
        say(
            f"{notices} {'notice waits' if one else 'notices wait'} for mail hours: one mail a day for each reader, "
            "within the hours of the program and on the reader's clock."
        )


@app.command()
def resend(message: Message, home: Home = DEFAULT_HOME) -> None:
    """Put an unclear, refused or dropped message into the queue again. An unclear one may then arrive twice."""
    from issuer.messages.delivery import resend as again

    with opened(home) as service:
        again(service.database, _id(message), actor=actor(), now=clock())
    say(f"{message} is queued; it goes out with the next run, within its reader’s mail hours.")


@app.command("test")
def try_settings(
    address: Annotated[str, typer.Argument(help="Where the test mail goes.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Send a test mail, to see whether the SMTP settings are right."""
    from portal.mail.deliver import send_test
    from portal.mail.mime import NotDeliverable
    from portal.mail.smtp import Later, Refused, ServerTrouble, Unclear

    with opened(home) as service:
        try:
            send_test(service, address, clock())
        except ServerTrouble as error:
            complain(str(error))
            raise typer.Exit(1) from None
        except (Later, Refused, Unclear, NotDeliverable) as error:
            complain(f"the test mail was not taken: {error}")
            raise typer.Exit(1) from None
        server = service.settings.smtp_host
    say(f"{server} took the test mail for {address}. Look whether it arrives, and not as spam.")


def _delivered(report: Any) -> str:
    if not report.configured:
        return f"No mail server is set (smtp_host), so nothing was sent; {report.waiting} messages wait."
    said = [f"{report.sent} sent"]
    said += [
        f"{number} {word}"
        for number, word in ((report.deferred, "put off"), (report.refused, "refused"), (report.unclear, "unclear"))
        if number
    ]
    return f"{', '.join(said)}; {report.waiting} messages wait."


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” is no message's id; `guildmark messages list` shows them") from None


def _as_json(one: MessageView) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "state": one.state.value,
        "address": one.address,
        "subject": one.subject,
        "attempts": one.attempts,
        "fault": one.fault,
        "notBefore": one.not_before.isoformat(),
        "created": one.created_at.isoformat(),
        "sent": one.sent_at.isoformat() if one.sent_at else None,
    }
