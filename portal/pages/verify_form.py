"""What somebody gave to verify in the form: files, a text, or the addresses in it. None of it is looked into here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from portal import bodies
from portal.problems import BAD_REQUEST, TOO_LARGE, HttpProblem
from portal.verifying.places import Overloaded
from verifier.extract import MAX_INPUT_BYTES

MOST_ITEMS = 200
MOST_BYTES = 64 * 1024 * 1024
"""Of all files of one form; what is larger than a megabyte lies in a temporary file meanwhile."""
_PATIENCE = 600  # seconds for a form to come: a phone's slow connection needs minutes for the most bytes
_LARGE_AT_ONCE = BoundedSemaphore(4)  # forms that may be larger than one badge: each takes memory while it is there
_AGAIN = 20  # seconds


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to verify: a file, or a text (which may be an address). `name` is how the page calls it."""

    name: str
    given: UploadFile | str

    @property
    def size(self) -> int:
        """Bytes of the file, or letters of the text."""
        return len(self.given) if isinstance(self.given, str) else self.given.size or 0

    async def content(self) -> bytes | str:
        """What it is; of a file that is larger than any badge just enough to be told so."""
        return self.given if isinstance(self.given, str) else await self.given.read(MAX_INPUT_BYTES + 1)


@dataclass(frozen=True, slots=True)
class Given:
    """A form that could be read: `items` in the order given; `text` as it was typed; `number`: of the row it is for."""

    items: tuple[Item, ...] = ()
    text: str = ""
    wants_csv: bool = False
    number: int = 1

    @property
    def files(self) -> tuple[Item, ...]:
        """The items that are files."""
        return tuple(item for item in self.items if not isinstance(item.given, str))


@asynccontextmanager
async def given_in(request: Request) -> AsyncIterator[Given]:
    """The form of a request, while its files are there. Raises a 400, 413 or 415 problem, and Overloaded."""
    bodies.require_media_type(request, bodies.FORM_TYPES)
    is_large = not 0 <= _announced(request) <= bodies.MOST_BYTES
    if is_large and not _LARGE_AT_ONCE.acquire(blocking=False):
        raise Overloaded("Others are having many files verified just now.", _AGAIN)
    try:
        form = await _form(request)
        try:
            yield _given(form)
        finally:
            await form.close()
    finally:
        if is_large:
            _LARGE_AT_ONCE.release()


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isdigit() else -1


async def _form(request: Request) -> FormData:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await request.form(max_files=MOST_ITEMS, max_fields=4, max_part_size=bodies.MOST_BYTES)
    except TimeoutError:
        raise HttpProblem(BAD_REQUEST, "The files took too long to come. Send fewer at a time.") from None
    except ClientDisconnect:
        raise HttpProblem(BAD_REQUEST, "The request ended before its body was complete.") from None
    except HttpProblem as problem:
        if problem.kind is not TOO_LARGE:
            raise
        detail = f"This is more than {MOST_BYTES // 1024 // 1024} MB together. Give fewer files at a time."
        raise HttpProblem(TOO_LARGE, detail, headers=problem.headers) from None
    except HTTPException as error:
        if "Too many files" in error.detail:
            detail = f"These are more than {MOST_ITEMS} files. Give up to {MOST_ITEMS} at a time."
            raise HttpProblem(BAD_REQUEST, detail) from None
        raise HttpProblem(BAD_REQUEST, f"The form cannot be read: {error.detail}") from None
    except (UnicodeError, LookupError, ValueError) as error:
        raise HttpProblem(BAD_REQUEST, f"The form cannot be read: {error}") from None


def _given(form: FormData) -> Given:
    uploads = [value for value in form.getlist("file") if isinstance(value, UploadFile)]
    # A browser sends a file without name and content where none was chosen.
    files = [Item(upload.filename or "a file", upload) for upload in uploads if upload.filename or upload.size]
    text = form.get("text")
    typed = text.strip() if isinstance(text, str) else ""
    number = form.get("number")
    return Given(
        items=(*files, *(Item(one, one) for one in _texts(typed))),
        text=typed,
        wants_csv=form.get("as") == "csv",
        number=int(number) if isinstance(number, str) and re.fullmatch(r"[1-9]\d{0,3}", number) else 1,
    )


def _texts(typed: str) -> list[str]:
    """The lines, if each is an address; else the text is one thing."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if len(lines) > 1 and all(line[:8].lower().startswith(("https://", "http://")) for line in lines):
        return lines
    return [typed] if typed else []
