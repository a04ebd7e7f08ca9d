"""What a mail is made of: each notice with the names that stood in the rows when it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from issuer.messages.notices import Kind


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to be told. `person` is the name of whom it is about, empty if that is the reader himself.

    `level_key` is program/level by their short names. `link` leads to the credential's page. `until` is the last day
    on which what is asked can be done. `why` and `reason` are words of people, `takes` what renewing takes. `profile`
    opens LinkedIn's form with the new entry, where one takes the place of another that others may see.
    """

    kind: Kind
    level: str
    program: str
    level_key: str
    person_id: UUID | None = None
    person: str = ""
    credential_id: UUID | None = None
    link: str | None = None
    until: date | None = None
    expires_on: date | None = None
    lapses_on: date | None = None
    required: bool = False
    why: str = ""
    reason: str = ""
    takes: str = ""
    decision: str = ""
    because: str = ""
    again: bool = False
    proposal: str = ""
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that one mail says. `today` is the reader's day; `host` names the issuer's server in UIDs."""

    issuer: str
    base_url: str
    host: str
    reader: str
    reader_id: UUID | None
    today: date
    matters: tuple[Matter, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """A composed mail: `subject` is one line, `calendar` the due dates, if it tells the reader any."""

    subject: str
    text: str
    html: str
    calendar: str | None
