"""Request bodies, read once and checked for their kind before anything looks inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from credentials import strict_json
from credentials.problems import Unacceptable
from credentials.sentence import Sentence, sentence
from portal.problems import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, HttpProblem
from verifier.extract import MAX_INPUT_BYTES

CUT_SHORT = sentence("The request ended before its body was complete.")
MOST_BYTES = MAX_INPUT_BYTES * 3 // 2  # what is verified may come inside JSON, base64 or a multipart form
JSON_TYPES = ("application/json", "application/ld+json", "application/vc", "application/vp")
FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
_AT_ONCE = 32 * 1024  # bytes that take less time to parse than a thread takes to be asked
_LIMITS = strict_json.Limits(max_bytes=4 * 1024 * 1024, max_depth=44, max_values=40_000)


@dataclass(frozen=True, slots=True)
class VerifyForm:
    """What somebody gave to verify in a form; empty means not given."""

    file: bytes
    text: str


def media_type(request: Request) -> str:
    """The media type of the body, in lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_media_type(request: Request, accepted: Sequence[str]) -> str:
    """The body's media type; raises a 415 problem unless it is among `accepted`."""
    given = media_type(request)
    if given not in accepted:
        right = " or ".join(accepted)
        if given:
            detail = sentence("The body has “{given}”; send {right}.", given=given[:100], right=right)
        else:
            detail = sentence("The body has no content type; send {right}.", right=right)
        raise HttpProblem(UNSUPPORTED_MEDIA_TYPE, detail, headers={"Accept": ", ".join(accepted)})
    return given


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises a 415, 413 or 400 problem."""
    require_media_type(request, JSON_TYPES)
    data = await body(request)
    return parse_object(data) if len(data) <= _AT_ONCE else await run_in_threadpool(parse_object, data)


async def body(request: Request) -> bytes:
    """The whole body; its size is bounded by the layer in front. Raises a 400 problem if the client goes away."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise HttpProblem(BAD_REQUEST, CUT_SHORT) from None


def unreadable(why: str) -> Sentence:
    """What is said of a form that is none; why: in the words of the library that read it."""
    return sentence("The form cannot be read: {why}", why=why)


def parse_object(data: bytes) -> dict[str, Any]:
    """JSON that is one object and has one meaning. Raises a 400 problem."""
    try:
        value = strict_json.parse(data, _LIMITS)
    except Unacceptable as error:
        raise HttpProblem(BAD_REQUEST, str(error)) from None
    if not isinstance(value, dict):
        raise HttpProblem(BAD_REQUEST, sentence("The body must be a JSON object."))
    return value


async def verify_form(request: Request) -> VerifyForm:
    """The fields `file` and `text` of a form. Raises a 415, 413 or 400 problem."""
    require_media_type(request, FORM_TYPES)
    form = await _form(request)
    try:
        upload, text = form.get("file"), form.get("text")
        content = await upload.read() if isinstance(upload, UploadFile) else b""
        return VerifyForm(file=content, text=text.strip() if isinstance(text, str) else "")
    finally:
        await form.close()


async def _form(request: Request) -> FormData:
    try:
        return await request.form(max_files=1, max_fields=4, max_part_size=MOST_BYTES)
    except ClientDisconnect:
        raise HttpProblem(BAD_REQUEST, CUT_SHORT) from None
    except HTTPException as error:
        raise HttpProblem(BAD_REQUEST, unreadable(error.detail)) from None
    except (UnicodeError, LookupError, ValueError) as error:
        raise HttpProblem(BAD_REQUEST, unreadable(str(error))) from None


def only_members(given: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Raises a 400 problem if an object has a member that means nothing here, so that no wish is ignored silently."""
    unknown = [name for name in given if name not in known]
    if unknown:
        raise HttpProblem(BAD_REQUEST, f"{where} has no member “{unknown[0][:60]}”; there are: {', '.join(known)}.")
