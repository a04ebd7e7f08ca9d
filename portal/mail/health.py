"""Whether mail goes out, for `guildmark doctor`: what waits, and whether the server lets us in."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from issuer.messages.delivery import count_waiting, put_off
from issuer.store import Database
from portal.mail.smtp import Connection, ServerTrouble, mail_server
from portal.settings import Settings

_PATIENCE = 5.0


class MailHealth(NamedTuple):
    """What was looked at; what is wrong; what is only to be known."""

    looked_at: str
    fault: str = ""
    note: str = ""


def mail_health(settings: Settings, db: Database) -> MailHealth:
    """A connection to the server is opened and closed again; nothing is sent."""
    count = count_waiting(db)
    queue = f"{count} in the queue"
    late = put_off(db)
    since = (
        f" Of those that it could not take so far the oldest waits since {_shown(late.since)}." if late.since else ""
    )
    try:
        server = mail_server(settings)
        if server is None:
            return MailHealth(queue, note=f"No mail server is set (smtp_host): {count} wait." if count else "")
        with Connection(server, patience=_PATIENCE):
            pass
    except ServerTrouble as error:
        told = f"{str(error)[:1].upper()}{str(error)[1:]}. {late.count} wait for it and are sent by themselves.{since}"
        return MailHealth(queue, fault=told)
    return MailHealth(f"{server}, {queue}", note=since.strip())


def _shown(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
