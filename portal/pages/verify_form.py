"""What somebody gave to verify in the form: files, a text, or the addresses in it. None of it is looked into here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from threading import BoundedSemaphore

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from credentials.sentence import sentence
from portal import bodies
from portal.problems import BAD_REQUEST, TOO_LARGE, HttpProblem
from portal.uploads import Bounds, Sent, read_form
from portal.verifying.places import Overloaded
from verifier.extract import MAX_INPUT_BYTES

MOST_ITEMS = 200
MOST_BYTES = 64 * 1024 * 1024
"""Of all files of one form; what is larger than a megabyte lies in a temporary file meanwhile."""
_NAMELESS = sentence("a file")
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
    """A form that could be read: `items` in the order given; `text` as it was typed; `number`: of the row it is for.

    problem: why none of it is looked at.
    """

    items: tuple[Item, ...] = ()
    text: str = ""
    wants_csv: bool = False
    number: int = 1
    problem: HttpProblem | None = None

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
        raise Overloaded(sentence("Others are having many files verified just now."), _AGAIN)
    try:
        sent = await _form(request)
        try:
            problem = _fault_of(sent)
            given = _given(sent.data)
            yield given if problem is None else replace(given, items=(), problem=problem)
        finally:
            await sent.data.close()
    finally:
        if is_large:
            _LARGE_AT_ONCE.release()


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isdigit() else -1


async def _form(request: Request) -> Sent:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await read_form(request, Bounds(files_together=MOST_BYTES, files=MOST_ITEMS, fields=4))
    except TimeoutError:
        raise HttpProblem(BAD_REQUEST, sentence("The files took too long to come. Send fewer at a time.")) from None


def _fault_of(sent: Sent) -> HttpProblem | None:
    """What is wrong with the files together; each by itself is looked at later."""
    files = [value for value in sent.data.getlist("file") if isinstance(value, UploadFile)]
    if len(files) > MOST_ITEMS:
        detail = sentence("These are more than {most} files. Give up to {most} at a time.", most=MOST_ITEMS)
        return HttpProblem(BAD_REQUEST, detail)
    if any(sent.is_left(one) for one in files):
        most = MOST_BYTES // 1024 // 1024
        return HttpProblem(
            TOO_LARGE, sentence("This is more than {most} MB together. Give fewer files at a time.", most=most)
        )
    return None


def _given(form: FormData) -> Given:
    uploads = [value for value in form.getlist("file") if isinstance(value, UploadFile)]
    # A browser sends a file without name and content where none was chosen.
    files = [Item(upload.filename or _NAMELESS, upload) for upload in uploads if upload.filename or upload.size]
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
