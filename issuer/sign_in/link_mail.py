"""The mail that holds a one-time link. Pure.

In the database it holds a mark instead: the link is made when the mail is sent, and stands in that mail alone.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from issuer.messages.composing import single_line, text_of
from issuer.messages.draft import Draft, Entry, Section
from issuer.messages.mail_html import html_of
from issuer.messages.matters import Mail


def mark_of(message_id: UUID) -> str:
    """What stands where the link will, in this message and in no other: written alike in text and in HTML."""
    return f"{{one-time-link-{message_id.hex}}}"


def link_mail(message_id: UUID, *, issuer: str, base_url: str, reader: str, life: timedelta) -> Mail:
    """The mail to whoever asked to be signed in."""
    name, minutes = single_line(issuer), int(life.total_seconds() // 60)
    entry = Entry(
        heading=f"Sign in to {name}",
        sentences=(
            f"This link signs you in once, within {minutes} minutes. Open it on the device on which you want to be "
            "signed in.",
            "If you did not ask for it, delete this mail: without the link nobody can come in. Never give it to "
            "anybody, whoever asks.",
        ),
        link_label="Sign in",
        link=mark_of(message_id),
    )
    draft = Draft(
        subject=f"Sign in to {name}",
        issuer=name,
        base_url=base_url,
        greeting=f"Hello {single_line(reader)}," if reader.strip() else "Hello,",
        sections=(Section("", entries=(entry,)),),
        because=f"You get this mail because somebody gave your address on the sign-in page of {name}.",
    )
    return Mail(draft.subject, text_of(draft), html_of(draft), None)
