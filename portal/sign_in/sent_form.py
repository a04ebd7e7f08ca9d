"""The form of a request, read once: whoever asks again for the same request gets the same."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from portal.bodies import FORM_TYPES, MOST_BYTES, require_media_type
from portal.problems import BAD_REQUEST, HttpProblem

MOST_FIELDS = 1_000
MOST_FILES = 20


async def sent_form(request: Request) -> FormData:
    """The form of a request. Raises a 415, 413 or 400 problem."""
    require_media_type(request, FORM_TYPES)
    try:
        return await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES)
    except ClientDisconnect:
        raise HttpProblem(BAD_REQUEST, "The request ended before its body was complete.") from None
    except HTTPException as error:
        raise HttpProblem(BAD_REQUEST, f"The form cannot be read: {error.detail}") from None
    except (UnicodeError, LookupError, ValueError) as error:
        raise HttpProblem(BAD_REQUEST, f"The form cannot be read: {error}") from None


def text_in(form: FormData, name: str) -> str:
    """A field of text, "" if it is not there; without spaces around it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
