"""Forms with files, read as they come: what is too large is let go by, and the rest of the form is kept.

A browser that is answered while it still sends shows a broken connection, and what was typed is lost with it. So a form
is read to its end, up to MOST_LET_BY, whatever is in it; of files only as much is kept as may be looked at.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from portal import bodies
from portal.problems import BAD_REQUEST, HttpProblem
from verifier.extract import MAX_INPUT_BYTES

MEGABYTE: Final = 1024 * 1024
MOST_LET_BY: Final = 256 * MEGABYTE
"""Of one form in all. Nothing of it is kept beyond the bounds below, so it costs the time that it takes to come."""
_MOST_PARTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: bytes of one file, of all of them, of all the text; and how many files and fields there may be.

    Of a file that is larger, `file` + 1 bytes are kept: enough to be told that it is.
    """

    file: int = MAX_INPUT_BYTES
    files_together: int = 64 * MEGABYTE
    text: int = bodies.MOST_BYTES
    files: int = 20
    fields: int = 1_000


PAGES: Final = Bounds()


class TooLarge(UploadFile):
    """In the place of a file that was not kept: it has no name, as where none was chosen, and holds nothing.

    `called` is the name that it had; `together`: it is not too large itself, but all files together are.
    """

    def __init__(self, called: str, *, together: bool) -> None:
        super().__init__(BytesIO(), size=0, filename="")
        self.called, self.together = called, together


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came. `large`: files of which only a beginning was kept; `left`: files of which not even that."""

    data: FormData
    large: frozenset[int]
    left: frozenset[int]

    def is_large(self, upload: UploadFile) -> bool:
        """Whether more of it came than is kept of one file."""
        return id(upload) in self.large

    def is_left(self, upload: UploadFile) -> bool:
        """Whether it was not kept because there are too many, or they are too large together."""
        return id(upload) in self.left

    def without_large(self) -> FormData:
        """The form with `TooLarge` in the place of every file that is not there as a whole."""
        return FormData([(name, self._as_is(value)) for name, value in self.data.multi_items()])

    def _as_is(self, value: UploadFile | str) -> UploadFile | str:
        if isinstance(value, str) or not (self.is_large(value) or self.is_left(value)):
            return value
        value.file.close()
        return TooLarge(value.filename or "", together=not self.is_large(value))


async def read_form(request: Request, bounds: Bounds = PAGES) -> Sent:
    """The form of a request. Raises a 400 or 413 problem. Whoever reads it closes its files."""
    try:
        if bodies.media_type(request) != "multipart/form-data":
            data = await request.form(max_fields=bounds.fields, max_part_size=bounds.text)
            return Sent(data, frozenset(), frozenset())
        async with aclosing(request.stream()) as stream:
            parser = _Parser(request.headers, stream, bounds)
            data = await parser.parse()
        return Sent(data, frozenset(parser.large), frozenset(parser.left))
    except ClientDisconnect:
        raise HttpProblem(BAD_REQUEST, bodies.CUT_SHORT) from None
    except MultiPartException as error:
        raise HttpProblem(BAD_REQUEST, bodies.unreadable(error.message)) from None
    except HTTPException as error:
        raise HttpProblem(BAD_REQUEST, bodies.unreadable(error.detail)) from None
    except (UnicodeError, LookupError, ValueError) as error:
        raise HttpProblem(BAD_REQUEST, bodies.unreadable(str(error))) from None


class _Parser(MultiPartParser):
    """Starlette's, which keeps no more than the bounds allow and reads on."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], bounds: Bounds) -> None:
        super().__init__(headers, stream, max_files=_MOST_PARTS, max_fields=bounds.fields, max_part_size=bounds.text)
        self._bounds = bounds
        self._files: dict[int, int] = {}
        self._kept = self._text = 0
        self.large: set[int] = set()
        self.left: set[int] = set()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """As much of it as is kept."""
        upload = self._current_part.file
        if upload is None:
            self._text += end - start
            if self._text > self._bounds.text:
                raise MultiPartException("Its text is too long.")
            super().on_part_data(data, start, end)
            return
        key = id(upload)  # it lives as long as the form does
        seen = self._files.setdefault(key, 0)
        self._files[key] = seen + end - start
        if self._files[key] > self._bounds.file:
            self.large.add(key)
        if len(self._files) > self._bounds.files:
            self.left.add(key)
        room = 0 if key in self.left else max(0, self._bounds.file + 1 - seen)
        wanted = min(end - start, room)
        if self._kept + wanted > self._bounds.files_together:
            self.left.add(key)
            return
        if wanted:
            self._kept += wanted
            super().on_part_data(data, start, start + wanted)


def too_large(data: FormData) -> Iterable[tuple[str, TooLarge]]:
    """The files of a form that were not kept, with the names of their fields."""
    return ((name, value) for name, value in data.multi_items() if isinstance(value, TooLarge))
