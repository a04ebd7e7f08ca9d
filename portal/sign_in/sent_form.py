"""The form of a request, read once: whoever asks again for the same request gets the same."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request

from portal.bodies import FORM_TYPES, require_media_type
from portal.uploads import read_form

_READ: Final = "guildmark.form"


async def sent_form(request: Request) -> FormData:
    """The form of a request; files that were too large to be kept are `TooLarge`. Raises a 415, 413 or 400 problem."""
    require_media_type(request, FORM_TYPES)
    known = request.scope.get(_READ)
    if isinstance(known, FormData):
        return known
    found = (await read_form(request)).without_large()
    request.scope[_READ] = found
    return found


def text_in(form: FormData, name: str) -> str:
    """A field of text, "" if it is not there; without spaces around it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
