"""A message of the queue as mail (RFC 5322, MIME): text and HTML as alternatives, the calendar beside them."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from uuid import UUID

from issuer.messages.delivery import Outgoing
from issuer.plain_text import is_email_address

CALENDAR_NAME = "dates.ics"


class NotDeliverable(Exception):  # noqa: N818
    """An address to which no mail can be made. The message says which and why."""


def deliverable_address(address: str) -> str:
    """The address as mail servers take it: its domain in ASCII (RFC 5891). Raises NotDeliverable."""
    if not is_email_address(address):
        raise NotDeliverable(f"{address!r} is no e-mail address")
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise NotDeliverable(f"the domain of {address!r} cannot be written in ASCII: {error}") from error


def message_id(identifier: UUID, mail_from: str) -> str:
    """The Message-ID, the same whenever that message is sent."""
    return f"<{identifier.hex}@{deliverable_address(mail_from).rpartition('@')[2]}>"


def mail_of(message: Outgoing, *, mail_from: str, reply_to: str | None, now: datetime) -> EmailMessage:
    """The mail. Raises NotDeliverable for addresses that make none, and for a header with a line break in it."""
    try:
        return _mail_of(message, mail_from, reply_to, now)
    except (ValueError, LookupError) as error:
        raise NotDeliverable(f"no mail can be made of the message {message.id}: {error}") from error


def _mail_of(message: Outgoing, mail_from: str, reply_to: str | None, now: datetime) -> EmailMessage:
    to = deliverable_address(message.address)
    mail = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    mail["From"] = _mailbox(deliverable_address(mail_from), message.sender)
    mail["To"] = _mailbox(to, "")
    if reply_to is not None:
        mail["Reply-To"] = _mailbox(deliverable_address(reply_to), "")
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(message.id, mail_from)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes back, please
    mail["Content-Language"] = "en"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if message.calendar is not None:
        mail.add_attachment(
            message.calendar.encode(), maintype="text", subtype="calendar", filename=CALENDAR_NAME, cte="base64"
        )
        part = list(mail.iter_attachments())[-1]
        part.set_param("charset", "utf-8")
        part.set_param("method", "PUBLISH")
    return mail


def _mailbox(address: str, name: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=" ".join(name.split()), username=local, domain=domain)
