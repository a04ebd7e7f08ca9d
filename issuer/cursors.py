"""The place in a list where the next page begins, as text that can travel in an address."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date, datetime
from uuid import UUID

from issuer.errors import Fault, Refused


def cursor_at(at: date, identifier: UUID) -> str:
    """The place after the credential of that id, in the order of some instant or day; `place_of` reads it."""
    text = json.dumps([at.isoformat(), str(identifier)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[datetime, UUID]:
    """When the last one of a page was made (or what else its order goes by), and its id. Raises Refused."""
    try:
        at, identifier = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(at), UUID(identifier)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Refused(
            "the page's cursor", [Fault("", "it is none that this list gave", "begin at the first page")]
        ) from error
