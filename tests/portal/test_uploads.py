"""A form with files is read to its end: what is too large is let go by, and everything else is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message

from portal.forms import form_of
from portal.layers.body_limit import BodyLimit
from portal.problems import HttpProblem
from portal.uploads import PAGES, Bounds, Sent, TooLarge, read_form

SMALL = Bounds(file=10, files_together=25, text=100, files=4, fields=5)


def body(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A form: name, name of the file (None: a field), content."""
    made = b""
    for name, file, content in parts:
        called = f'; filename="{file}"' if file is not None else ""
        made += f'--x\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'.encode() + content + b"\r\n"
    return made + b"--x--\r\n"


def request_of(data: bytes, *, step: int = 7) -> Request:
    pieces: Iterator[bytes] = iter([data[at : at + step] for at in range(0, len(data), step)])

    async def receive() -> Message:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}, receive)


def read(*parts: tuple[str, str | None, bytes], bounds: Bounds = SMALL, step: int = 7) -> Sent:
    return asyncio.run(read_form(request_of(body(*parts), step=step), bounds))


def close(sent: Sent) -> None:
    asyncio.run(sent.data.close())


def test_a_file_that_is_too_large_leaves_the_rest_of_the_form() -> None:
    sent = read(("before", None, b"kept"), ("file", "film.mp4", b"x" * 1000), ("after", None, b"kept too"))
    data = sent.without_large()
    assert (data["before"], data["after"]) == ("kept", "kept too")
    stands_in = data["file"]
    assert isinstance(stands_in, TooLarge)
    assert (stands_in.called, stands_in.filename, stands_in.file.read()) == ("film.mp4", "", b"")
    form = form_of(data)
    assert form.fault("file") == "“film.mp4” is larger than 12 MB. Choose a smaller one."
    assert (form.value("before"), form.value("after")) == ("kept", "kept too")


def test_files_that_are_too_many_or_too_large_together_are_left() -> None:
    parts = [("file", str(number), b"y" * 9) for number in range(3)]
    sent = read(*parts, ("text", None, b"kept"))
    data = sent.without_large()
    files = [one for one in data.getlist("file") if isinstance(one, UploadFile)]
    assert [isinstance(one, TooLarge) for one in files] == [False, False, True]
    assert form_of(data).fault("file") == "Together these files are larger than 64 MB. Send fewer at a time."
    assert data["text"] == "kept"
    close(sent)
    many = read(*[("file", str(number), b"z") for number in range(6)])
    assert [many.is_left(one) for one in many.data.getlist("file") if isinstance(one, UploadFile)] == (
        [False] * 4 + [True] * 2
    )
    close(many)


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(1, 40))
def test_what_is_kept_is_what_was_sent_and_never_more_than_the_bounds(contents: list[bytes], step: int) -> None:
    contents = [one.replace(b"\r", b" ") for one in contents]
    parts = [("file", "f", one) for one in contents]
    sent = read(*parts, ("last", None, b"there"), step=step)
    files = [one for one in sent.data.getlist("file") if isinstance(one, UploadFile)]
    kept = [one.file.read() for one in files]
    close(sent)
    assert sent.data["last"] == "there"
    assert sum(map(len, kept)) <= SMALL.files_together
    for content, file, found in zip(contents, files, kept, strict=True):
        assert content.startswith(found)
        assert sent.is_large(file) == (len(content) > SMALL.file)
        if not sent.is_large(file) and not sent.is_left(file):
            assert found == content


@pytest.mark.parametrize(
    "parts",
    [
        [("text", None, b"x" * 101)],
        [("a", None, b"x" * 60), ("b", None, b"x" * 60)],
        [(str(number), None, b"x") for number in range(6)],
    ],
    ids=["long", "long together", "many"],
)
def test_text_without_end_is_no_form(parts: list[Any]) -> None:
    with pytest.raises(HttpProblem) as refused:
        read(*parts)
    assert refused.value.kind.status == 400


@pytest.mark.parametrize(
    ("path", "kind", "most"),
    [
        ("/verify", b"multipart/form-data; boundary=x", 50),
        ("/verify", b" Multipart/Form-Data", 50),
        ("/verify", b"application/x-www-form-urlencoded", 10),
        ("/api/verify", b"multipart/form-data; boundary=x", 10),
    ],
)
def test_no_more_than_the_bound_is_read_of_any_body(path: str, kind: bytes, most: int) -> None:
    seen: list[int] = []

    async def reader(_scope: Any, receive: Any, _send: Any) -> None:
        while (message := await receive())["more_body"]:
            seen.append(len(message["body"]))

    async def endless() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def nowhere(_message: Message) -> None:
        raise AssertionError

    limit = BodyLimit(reader, most=10, most_of_forms=50, machines=("/api/",))
    with pytest.raises(HttpProblem) as refused:
        asyncio.run(limit({"type": "http", "path": path, "headers": [(b"content-type", kind)]}, endless, nowhere))
    assert refused.value.kind.status == 413
    assert sum(seen) == most


def test_what_pages_say_of_the_bound_is_the_bound() -> None:
    assert PAGES.file == 12 * 1024 * 1024, "forms.html and level.html say 12 MB"
