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
from credentials.sentence import Sentence, counted, sentence, sentence_of
from issuer.errors import (
    DatabaseError,
    DatabaseUnreachable,
    IdempotencyConflict,
    KeyTrouble,
    OwnOutputMismatch,
    Refused,
    TransitionRefused,
    Unknown,
)
from keys.errors import KeysError, SigningUnavailable
from portal.verifying.places import Overloaded

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem: its name in the documentation, HTTP status, title, and what to do about it."""

    slug: str
    status: int
    title: Sentence
    meaning: Sentence


BAD_REQUEST = ProblemKind(
    "bad-request",
    400,
    sentence("The request cannot be understood"),
    sentence("Its form is wrong; the detail says where."),
)
REFUSED = ProblemKind(
    "refused",
    400,
    sentence("The input was refused"),
    sentence("Every fault is listed in `errors`. Nothing was issued or changed."),
)
NOT_VERIFIED = ProblemKind(
    "not-verified",
    400,
    sentence("The credential could not be verified"),
    sentence("`checks` and `problemDetails` say which check failed and why."),
)
UNAUTHENTICATED = ProblemKind(
    "unauthenticated",
    401,
    sentence("A bearer token is needed"),
    sentence("Send `Authorization: Bearer` with a token that is neither expired nor revoked."),
)
UNSIGNED = ProblemKind(
    "unsigned",
    401,
    sentence("The report is not signed by a learning system"),
    sentence(
        "Sign the webhook by Standard Webhooks, or send name and secret by Basic authentication where xAPI is spoken."
    ),
)
SIGN_IN_FIRST = ProblemKind(
    "sign-in-first",
    401,
    sentence("Sign in first"),
    sentence("Sign in at `/sign-in` with a browser; machines use a bearer token."),
)
FORBIDDEN = ProblemKind(
    "forbidden",
    403,
    sentence("This token may not do that"),
    sentence("Use a token of a role and issuer that may."),
)
NOT_YOURS = ProblemKind(
    "not-yours",
    403,
    sentence("That is not yours to see or do"),
    sentence("Another role is needed; the detail says who can give it."),
)
ELSEWHERE = ProblemKind(
    "sent-from-elsewhere",
    403,
    sentence("That was not sent from a page of this server"),
    sentence("Open the page anew under the address of this server, and send the form from there."),
)
NOT_SHARED = ProblemKind(
    "not-shared",
    403,
    sentence("Its holder does not share it"),
    sentence(
        "Ask the holder for the file or a link. Its page at the same address, without an ending, tells its status."
    ),
)
NOT_PUBLIC = ProblemKind(
    "not-public",
    401,
    sentence("It is not public"),
    sentence("Its holder does not show what it says, and no token changes that. Link to its page instead."),
)
NOT_FOUND = ProblemKind(
    "not-found",
    404,
    sentence("There is nothing at this address"),
    sentence("Compare the address with the original; it may be cut short."),
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    sentence("This address does not take that method"),
    sentence("`Allow` names the methods that it takes."),
)
NOT_ACCEPTABLE = ProblemKind(
    "not-acceptable",
    406,
    sentence("There is no such form of it"),
    sentence("Ask for one of the media types that the detail names."),
)
CONFLICT = ProblemKind(
    "conflict",
    409,
    sentence("This contradicts what is recorded"),
    sentence("The detail says what is recorded."),
)
GONE = ProblemKind(
    "gone",
    410,
    sentence("This is not kept any more"),
    sentence("The person it was about was erased; its status list goes on as it was."),
)
NO_CERTIFICATE = ProblemKind(
    "no-certificate",
    410,
    sentence("There is no certificate of it any more"),
    sentence(
        "A revoked credential is not certified. Its page says when it was revoked, and leads to what replaced it."
    ),
)
TOO_LARGE = ProblemKind(
    "too-large",
    413,
    sentence("The request is too large"),
    sentence("Send less than the detail names."),
)
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    sentence("This content type is not taken here"),
    sentence("Send one of the content types that the detail names."),
)
INVALID_PARAMETER = ProblemKind(
    "invalid-parameter",
    422,
    sentence("A part of the request has a wrong value"),
    sentence("Every fault is listed in `errors`."),
)
REPORT_REFUSED = ProblemKind(
    "report-refused",
    422,
    sentence("The report was refused"),
    sentence("Every reason is in `errors`. It is recorded, and may be sent again once the reason is gone."),
)
TOO_MANY = ProblemKind(
    "too-many",
    429,
    sentence("Too many requests"),
    sentence("Wait, and send fewer."),
)
INTERNAL = ProblemKind(
    "internal",
    500,
    sentence("Something went wrong on this server"),
    sentence("Tell the operator the `instance`: it stands in the log."),
)
NOT_IMPLEMENTED = ProblemKind(
    "not-implemented",
    501,
    sentence("There is no such format"),
    sentence("Ask for one of the formats that the detail names."),
)
UNAVAILABLE = ProblemKind(
    "unavailable",
    503,
    sentence("This server cannot do that at the moment"),
    sentence("Try again later; `/readyz` says what is missing."),
)
BUSY = ProblemKind(
    "busy",
    503,
    sentence("This server is busy"),
    sentence("Try again after the seconds that `Retry-After` names."),
)

KINDS = (
    BAD_REQUEST, REFUSED, NOT_VERIFIED, UNAUTHENTICATED, UNSIGNED, SIGN_IN_FIRST, FORBIDDEN, NOT_YOURS,
    ELSEWHERE, NOT_SHARED, NOT_PUBLIC, NOT_FOUND, METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE, CONFLICT, GONE, NO_CERTIFICATE, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_PARAMETER,
    REPORT_REFUSED, TOO_MANY, INTERNAL, NOT_IMPLEMENTED, UNAVAILABLE, BUSY,
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

_AGAIN = 5
"""Seconds until it is worth while to ask a database again that was out of reach: a restart takes about so long."""
OPERATORS_TROUBLE = (KeyTrouble, KeysError, OwnOutputMismatch, ContextDamaged)
"""Errors that stop signing: a 503 without their words, which stand in the log."""


def without_ticks(said: Sentence) -> Sentence:
    """The sentence without the marks that stand for code in the documentation."""
    return Sentence(said.replace("`", ""), said.pattern, said.values, said.plural)


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
            headers = {"Retry-After": str(_AGAIN)} if isinstance(error, DatabaseUnreachable) else {}
            return HttpProblem(kind, detail, members={"errors": errors} if errors else {}, headers=headers)
    if isinstance(error, Overloaded):
        return HttpProblem(BUSY, error.sentence, headers={"Retry-After": str(error.seconds)})
    if isinstance(error, OPERATORS_TROUBLE):
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, SigningUnavailable) else {}
        return HttpProblem(
            UNAVAILABLE, sentence("This server cannot sign at the moment; the reason is in its log."), headers=headers
        )
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


_OUT_OF_REACH = sentence(
    "This server cannot read its records at the moment, and tries again by itself. Badges can be verified meanwhile: "
    "the keys and lists that this takes are answered as they were last."
)


def _detail(error: Exception, faults: int) -> str:
    if isinstance(error, DatabaseUnreachable):
        return _OUT_OF_REACH  # where the database is and what its driver says stands in the log
    if isinstance(error, Refused):
        return counted(
            faults,
            "{subject} has {n} fault; nothing was issued or changed.",
            "{subject} has {n} faults; nothing was issued or changed.",
            subject=error.subject,
        )
    return sentence_of(error)
