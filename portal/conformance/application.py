"""The conformance profile as a web application: the VC API for every instance, and their status lists.

Nothing of an installation is opened: no settings, no database, no keys but those made here. Whatever is verified is
verified without a network; of addresses, only the lists of these instances are known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from credentials.problems import Unacceptable
from credentials.proofs.selective import ecdsa_sd_2023
from credentials.sentence import sentence
from portal.api import vc_exchange
from portal.bodies import MOST_BYTES, json_object, only_members
from portal.conformance.example_context import know_examples
from portal.conformance.instances import Instance, new_instances
from portal.conformance.issuing import issue, purpose_in
from portal.conformance.status_lists import StatusLists
from portal.json_text import JsonAnswer
from portal.layers.body_limit import BodyLimit
from portal.problems import BAD_REQUEST, BY_STATUS, INTERNAL, MEDIA_TYPE, NOT_FOUND, HttpProblem, problem_of
from verifier.policy import ORDINARY
from verifier.presentation import NotAPresentation, verify_presentation
from verifier.resolve import DidResolver
from verifier.verify import verify

WARNING = (
    "This is Guildmark’s conformance server, for test suites only: keys that anybody may use, records of nothing, "
    "no tokens, contexts that accept every word. Never put it where others can reach it."
)
_NOTHING_KEPT = {"Cache-Control": "no-store"}


class Profile:
    """The instances, their lists, and what verifying them takes. base_url: without a slash at its end."""

    def __init__(self, base_url: str, clock: Callable[[], datetime]) -> None:
        know_examples()
        self.base_url = base_url
        self.clock = clock
        self.instances: Mapping[str, Instance] = new_instances()
        self.lists = StatusLists(base_url, self.instances, clock)
        self._resolver = DidResolver(self.lists, allowed_origins=())

    def instance(self, request: Request) -> Instance:
        """The one that the address names. Raises a 404 problem."""
        found = self.instances.get(request.path_params["instance"])
        if found is None:
            known = ", ".join(self.instances)
            raise HttpProblem(NOT_FOUND, sentence("There is no such instance; there are: {known}.", known=known))
        return found

    async def issue(self, request: Request) -> Response:
        """POST credentials/issue."""
        instance, body = self.instance(request), await json_object(request)
        only_members(body, ("credential", "options"), "The request")
        document, options = vc_exchange.object_in(body, "credential"), vc_exchange.options_in(body)
        answer = await run_in_threadpool(issue, instance, document, options, self.lists, self.clock())
        return Response(answer, 201, _NOTHING_KEPT, "application/json")

    async def verify(self, request: Request) -> Response:
        """POST credentials/verify."""
        self.instance(request)
        given = vc_exchange.credential_in(await json_object(request))
        result = await run_in_threadpool(
            verify, given, resolver=self._resolver, fetcher=self.lists, policy=ORDINARY, now=self.clock()
        )
        return vc_exchange.credential_answer(self.base_url, result)

    async def derive(self, request: Request) -> Response:
        """POST credentials/derive."""
        self.instance(request)
        body = await json_object(request)
        given = vc_exchange.object_in(body, "verifiableCredential")
        chosen = vc_exchange.pointers_in(vc_exchange.options_in(body), "selectivePointers")
        shown = await run_in_threadpool(ecdsa_sd_2023.derive, given, chosen)
        return JsonAnswer(shown, 201, _NOTHING_KEPT)

    async def verify_presentation(self, request: Request) -> Response:
        """POST presentations/verify."""
        self.instance(request)
        body = await json_object(request)
        presentation = vc_exchange.presentation_in(body)
        challenge = vc_exchange.challenge_in(vc_exchange.options_in(body))
        found = await run_in_threadpool(
            verify_presentation,
            presentation,
            challenge=challenge,
            resolver=self._resolver,
            fetcher=self.lists,
            policy=ORDINARY,
            now=self.clock(),
        )
        return vc_exchange.presentation_answer(self.base_url, found)

    async def set_status(self, request: Request) -> Response:
        """POST credentials/status: `credentialId`, `credentialStatus.statusPurpose`, and `status` (default: true)."""
        instance, body = self.instance(request), await json_object(request)
        identifier, value = body.get("credentialId"), body.get("status", True)
        if not isinstance(identifier, str) or not isinstance(value, bool | int):
            raise HttpProblem(
                BAD_REQUEST,
                sentence("“credentialId” must be a text and “status” true, false or a value of its messages."),
            )
        purpose = purpose_in(body.get("credentialStatus", {}))
        if not self.lists.set(instance, purpose, identifier, value):
            raise HttpProblem(NOT_FOUND, sentence("No credential of this id was given such a status here."))
        return JsonAnswer({}, 200, _NOTHING_KEPT)

    async def status_list(self, request: Request) -> Response:
        """GET status-lists/{purpose}."""
        instance = self.instance(request)
        body = await run_in_threadpool(self.lists.document, instance.name, request.path_params["purpose"])
        if body is None:
            raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
        return Response(body, 200, _NOTHING_KEPT, "application/vc")

    async def did(self, request: Request) -> Response:
        """GET did."""
        return JsonAnswer({"id": self.instance(request).did}, 200, _NOTHING_KEPT)

    async def overview(self, _: Request) -> Response:
        """GET /: the warning, and every instance."""
        offered = {
            one.name: {
                "did": one.did,
                "cryptosuite": one.suite or None,
                "keyType": str(one.signer.public_key.type),
                "api": f"{self.base_url}/vc-api/{one.name}",
            }
            for one in self.instances.values()
        }
        return JsonAnswer({"warning": WARNING, "instances": offered}, 200, _NOTHING_KEPT)

    async def told(self, _: Request, error: Exception) -> Response:
        """An error as problem details."""
        problem = error if isinstance(error, HttpProblem) else _problem(error)
        return JsonAnswer(
            problem.document(self.base_url),
            problem.kind.status,
            {**_NOTHING_KEPT, **problem.headers},
            MEDIA_TYPE,
        )


def create_profile(base_url: str, clock: Callable[[], datetime]) -> Starlette:
    """The application, with new keys. It changes what this process accepts: no other application may be in it."""
    profile = Profile(base_url, clock)
    below = "/vc-api/{instance}"
    told: Callable[[Request, Exception], Awaitable[Response]] = profile.told
    posted: tuple[tuple[str, Any], ...] = (
        ("/credentials/issue", profile.issue),
        ("/credentials/verify", profile.verify),
        ("/credentials/derive", profile.derive),
        ("/credentials/status", profile.set_status),
        ("/presentations/verify", profile.verify_presentation),
    )
    return Starlette(
        routes=[
            Route("/", profile.overview),
            Route(f"{below}/did", profile.did),
            Route(f"{below}/status-lists/{{purpose}}", profile.status_list),
            *(Route(below + path, endpoint, methods=["POST"]) for path, endpoint in posted),
        ],
        middleware=[Middleware(BodyLimit, most=MOST_BYTES)],
        exception_handlers=dict.fromkeys((HttpProblem, HTTPException, Unacceptable, NotAPresentation, Exception), told),
    )


def _problem(error: Exception) -> HttpProblem:
    if isinstance(error, HTTPException):
        kind = BY_STATUS.get(error.status_code, INTERNAL)
        return HttpProblem(kind, kind.meaning, headers=error.headers)
    if isinstance(error, NotAPresentation):
        return HttpProblem(BAD_REQUEST, str(error))
    return problem_of(error) or HttpProblem(INTERNAL, INTERNAL.meaning)
