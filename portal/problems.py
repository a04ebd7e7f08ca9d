"""The one table from what can go wrong to what HTTP says about it: RFC 9457 problem details.

`type` is the address of a kind's explanation in the API documentation of this server. Errors of the rooms below
are looked up by class, the most special first; one that is not in the table is not explained to anybody: it
becomes a mute 500 whose `instance` is an id that stands in the log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from credentials.contexts import ContextDamaged
from credentials.problems import Unacceptable
from issuer.errors import (
    DatabaseError,
    IdempotencyConflict,
    KeyTrouble,
    OwnOutputMismatch,
    Refused,
    TransitionRefused,
    Unknown,
)
from keys.errors import KeysError
from portal.verifying.places import Overloaded

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem: its name in the documentation, HTTP status, title, and what to do about it."""

    slug: str
    status: int
    title: str
    meaning: str


BAD_REQUEST = ProblemKind(
    "bad-request", 400, "The request cannot be understood", "Its form is wrong; the detail says where."
)
REFUSED = ProblemKind(
    "refused", 400, "The input was refused", "Every fault is listed in `errors`. Nothing was issued or changed."
)
NOT_VERIFIED = ProblemKind(
    "not-verified",
    400,
    "The credential could not be verified",
    "`checks` and `problemDetails` say which check failed and why.",
)
UNAUTHENTICATED = ProblemKind(
    "unauthenticated",
    401,
    "A bearer token is needed",
    "Send `Authorization: Bearer` with a token that is neither expired nor revoked.",
)
UNSIGNED = ProblemKind(
    "unsigned",
    401,
    "The report is not signed by a learning system",
    "Sign the webhook by Standard Webhooks, or send name and secret by Basic authentication where xAPI is spoken.",
)
SIGN_IN_FIRST = ProblemKind(
    "sign-in-first", 401, "Sign in first", "Sign in at `/sign-in` with a browser; machines use a bearer token."
)
FORBIDDEN = ProblemKind("forbidden", 403, "This token may not do that", "Use a token of a role and issuer that may.")
NOT_YOURS = ProblemKind(
    "not-yours", 403, "That is not yours to see or do", "Another role is needed; the detail says who can give it."
)
ELSEWHERE = ProblemKind(
    "sent-from-elsewhere",
    403,
    "That was not sent from a page of this server",
    "Open the page anew under the address of this server, and send the form from there.",
)
NOT_SHARED = ProblemKind(
    "not-shared",
    403,
    "Its holder does not share it",
    "Ask the holder for the file or a link. Its page at the same address, without an ending, tells its status.",
)
NOT_FOUND = ProblemKind(
    "not-found", 404, "There is nothing at this address", "Compare the address with the original; it may be cut short."
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed", 405, "This address does not take that method", "`Allow` names the methods that it takes."
)
NOT_ACCEPTABLE = ProblemKind(
    "not-acceptable", 406, "There is no such form of it", "Ask for one of the media types that the detail names."
)
CONFLICT = ProblemKind("conflict", 409, "This contradicts what is recorded", "The detail says what is recorded.")
GONE = ProblemKind(
    "gone", 410, "This is not kept any more", "The person it was about was erased; its status list goes on as it was."
)
TOO_LARGE = ProblemKind("too-large", 413, "The request is too large", "Send less than the detail names.")
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    "This content type is not taken here",
    "Send one of the content types that the detail names.",
)
INVALID_PARAMETER = ProblemKind(
    "invalid-parameter", 422, "A part of the request has a wrong value", "Every fault is listed in `errors`."
)
REPORT_REFUSED = ProblemKind(
    "report-refused",
    422,
    "The report was refused",
    "Every reason is in `errors`. It is recorded, and may be sent again once the reason is gone.",
)
TOO_MANY = ProblemKind("too-many", 429, "Too many requests", "Wait, and send fewer.")
INTERNAL = ProblemKind(
    "internal", 500, "Something went wrong on this server", "Tell the operator the `instance`: it stands in the log."
)
UNAVAILABLE = ProblemKind(
    "unavailable", 503, "This server cannot do that at the moment", "Try again later; `/readyz` says what is missing."
)
BUSY = ProblemKind("busy", 503, "This server is busy", "Try again after the seconds that `Retry-After` names.")

KINDS = (
    BAD_REQUEST, REFUSED, NOT_VERIFIED, UNAUTHENTICATED, UNSIGNED, SIGN_IN_FIRST, FORBIDDEN, NOT_YOURS,
    ELSEWHERE, NOT_SHARED, NOT_FOUND, METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE, CONFLICT, GONE, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_PARAMETER, REPORT_REFUSED, TOO_MANY,
    INTERNAL, UNAVAILABLE, BUSY,
)  # fmt: skip
BY_STATUS = {kind.status: kind for kind in reversed(KINDS)}  # the first kind of a status is its general one

DOMAIN_ERRORS: tuple[tuple[type[Exception], ProblemKind], ...] = (
    (Unacceptable, REFUSED),
    (Refused, REFUSED),
    (IdempotencyConflict, CONFLICT),
    (TransitionRefused, CONFLICT),
    (Unknown, NOT_FOUND),
    (DatabaseError, UNAVAILABLE),
)
"""What the rooms below raise and a client may be told. Trouble with keys is not among it: that is the operator's."""

OPERATORS_TROUBLE = (KeyTrouble, KeysError, OwnOutputMismatch, ContextDamaged)
"""Errors that stop signing: a 503 without their words, which stand in the log."""


class HttpProblem(Exception):  # noqa: N818  (RFC 9457's own word)
    """Raised by a route to answer with a problem. `members` are extension members of the document."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    def document(self, base_url: str, *, incident: UUID | None = None) -> dict[str, Any]:
        """The problem details object (RFC 9457, section 3.1)."""
        members: dict[str, Any] = {
            "type": f"{base_url}/docs#problem-{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if incident is not None:
            members["instance"] = f"urn:uuid:{incident}"
        return {**self.members, **members}


def problem_of(error: Exception) -> HttpProblem | None:
    """The problem that a domain error is, or None if it is nothing a client may be told."""
    for kind_of_error, kind in DOMAIN_ERRORS:
        if isinstance(error, kind_of_error):
            errors = _errors(error)
            detail = _detail(error, len(errors))
            return HttpProblem(kind, detail, members={"errors": errors} if errors else {})
    if isinstance(error, Overloaded):
        return HttpProblem(BUSY, str(error), headers={"Retry-After": str(error.seconds)})
    if isinstance(error, OPERATORS_TROUBLE):
        return HttpProblem(UNAVAILABLE, "This server cannot sign at the moment; the reason is in its log.")
    return None


def _errors(error: Exception) -> Sequence[Mapping[str, str]]:
    if isinstance(error, Unacceptable):
        return [problem.as_dict() for problem in error.problems]
    if isinstance(error, (Refused, IdempotencyConflict)):
        return [
            {"detail": str(fault), **({"pointer": fault.where} if fault.where.startswith("/") else {})}
            for fault in error.faults
        ]
    return []


def _detail(error: Exception, faults: int) -> str:
    if isinstance(error, Refused):
        return f"{error.subject} has {faults} fault{'' if faults == 1 else 's'}; nothing was issued or changed."
    return str(error)
