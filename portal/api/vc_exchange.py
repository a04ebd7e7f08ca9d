"""What requests and answers of the VC API have in common, in the portal and in the conformance profile.

A verdict is 200, or 400 with problem details beside the checks. All problems are told whether `returnProblemDetails`
is asked for or not, and all checks are made whatever `checks` names: none can be asked away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from credentials.problems import Problem
from credentials.sentence import sentence
from portal.json_text import JsonAnswer, json_bytes
from portal.problems import BAD_REQUEST, MEDIA_TYPE, NOT_VERIFIED, HttpProblem
from portal.secured_text import secured_text
from verifier.presentation import Challenge, PresentationResult
from verifier.result import VerificationResult

MOST_POINTERS = 200
"""So many JSON Pointers may choose what of a credential is shown."""


def credential_in(body: Mapping[str, Any]) -> str:
    """The credential that the request is about, as text. Raises a 400 problem."""
    options_in(body)
    given = body.get("verifiableCredential", body.get("verifiableCredentialJwt"))
    if not isinstance(given, (dict, str)) or not given:
        raise HttpProblem(BAD_REQUEST, sentence("“verifiableCredential” must be an object or a JWT."))
    return secured_text(given) if isinstance(given, dict) else given


def object_in(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The member that must be an object. Raises a 400 problem."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise HttpProblem(BAD_REQUEST, sentence("“{name}” must be an object.", name=name))
    return value


def presentation_in(body: Mapping[str, Any]) -> dict[str, Any] | str:
    """The presentation that the request is about: an object (an envelope too) or a token. Raises a 400 problem."""
    given = body.get("verifiablePresentation")
    if not isinstance(given, (dict, str)) or not given:
        detail = sentence("“{name}” must be an object or a token.", name="verifiablePresentation")
        raise HttpProblem(BAD_REQUEST, detail)
    return given


def options_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request's options, of which the common ones are of the right kind. Raises a 400 problem."""
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise HttpProblem(BAD_REQUEST, sentence("“{name}” must be an object.", name="options"))
    if not isinstance(options.get("returnProblemDetails", False), bool):
        raise HttpProblem(BAD_REQUEST, sentence("“options.returnProblemDetails” must be true or false."))
    if not _texts(options.get("checks", [])):
        raise HttpProblem(BAD_REQUEST, sentence("“options.{name}” must be an array of texts.", name="checks"))
    return options


def pointers_in(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """JSON Pointers out of the options; none if they are not there. Raises a 400 problem."""
    given = options.get(name, [])
    if not _texts(given):
        raise HttpProblem(BAD_REQUEST, sentence("“options.{name}” must be an array of texts.", name=name))
    if len(given) > MOST_POINTERS:
        raise HttpProblem(
            BAD_REQUEST, sentence("“options.{name}” holds more than {most} pointers.", name=name, most=MOST_POINTERS)
        )
    return tuple(given)


def text_in(options: Mapping[str, Any], name: str) -> str | None:
    """A text out of the options; None if it is not there. Raises a 400 problem."""
    value = options.get(name)
    if not isinstance(value, str | None):
        raise HttpProblem(BAD_REQUEST, sentence("“options.{name}” must be a text.", name=name))
    return value


def challenge_in(options: Mapping[str, Any]) -> Challenge:
    """What a presentation must answer. Raises a 400 problem."""
    return Challenge(text_in(options, "challenge"), text_in(options, "domain"))


def credential_answer(base_url: str, result: VerificationResult) -> Response:
    """The verdict on a credential."""
    problems = [problem for check in result.checks for problem in check.problems]
    members = {"verdict": result.status.value, "checks": [check.as_dict() for check in result.checks]}
    return _verdict(base_url, result.verified, result.sentence, problems, members)


def presentation_answer(base_url: str, found: PresentationResult) -> Response:
    """The verdict on a presentation and on each credential in it."""
    members = {
        "checks": [found.holder.as_dict()],
        "credentialResults": [result.as_dict() for result in found.credentials],
    }
    return _verdict(base_url, found.verified, found.sentence, found.problems, members)


def _verdict(
    base_url: str, verified: bool, said: str, problems: Sequence[Problem], members: Mapping[str, Any]
) -> Response:
    headers = {"Cache-Control": "no-store"}
    details = [problem.as_dict() for problem in dict.fromkeys(problems)]  # two checks may find the same
    if verified:
        return JsonAnswer({"verified": True, **members, "problemDetails": details}, headers=headers)
    problem = HttpProblem(NOT_VERIFIED, said, members={"verified": False, **members, "problemDetails": details})
    return Response(
        json_bytes(problem.document(base_url)),
        status_code=NOT_VERIFIED.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
