"""`GET /1.0/identifiers/{did}`: resolving DIDs, as a DID resolver's HTTP interface has it. Open to everybody."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any, Final
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from portal.access import Served
from portal.json_text import json_bytes
from portal.negotiation import choose
from portal.verifying.places import Overloaded
from verifier.did_resolution import DOCUMENT_TYPES, RESULT, resolution_of

router = APIRouter(tags=["DID resolution"])

_AT_ONCE: Final = BoundedSemaphore(8)
"""As many may wait for others' servers; a thread each, of the forty that all requests share."""
_AGAIN: Final = 5  # seconds
_FORMS: Final = (RESULT, "application/json", *DOCUMENT_TYPES)
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"content": {RESULT: {}}, "description": words}
    for status, words in {
        200: "The document",
        400: "It is no DID",
        404: "No document was found",
        501: "Another method",
    }.items()
}


@router.get(
    "/1.0/identifiers/{did}",
    summary="Resolve a DID",
    description="The document of a did:key, did:jwk or did:web, with `didResolutionMetadata` and "
    "`didDocumentMetadata` (W3C DID Resolution). With `Accept: application/did` the document alone.",
    response_class=Response,
    responses=_ANSWERS,
    openapi_extra={"x-curl": "curl {base}/1.0/identifiers/did:web:badges.example"},
)
def resolve(request: Request, did: str, service: Served) -> Response:
    """The result of a resolution, or the document alone for whoever asks for that."""
    if not _AT_ONCE.acquire(blocking=False):
        raise Overloaded(sentence("Too many DIDs are being resolved that wait for other servers."), _AGAIN)
    try:
        found = resolution_of(_as_written(request, did), service.reach())
    finally:
        _AT_ONCE.release()
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache", "Vary": "Accept"}
    wanted = choose(request.headers.get("accept"), _FORMS)
    if found.document is not None and wanted in DOCUMENT_TYPES:
        return Response(json_bytes(found.document), media_type=wanted, headers=headers)
    media_type = wanted if wanted == "application/json" else RESULT
    return Response(json_bytes(found.as_dict()), status_code=found.status, media_type=media_type, headers=headers)


def _as_written(request: Request, did: str) -> str:
    """The DID with its own percent signs: a port in a did:web is written %3A, which a path's decoding takes away."""
    raw = bytes(request.scope.get("raw_path") or b"").decode("ascii", "replace").rpartition("/")[2]
    if raw.startswith("did:"):
        return raw
    once = unquote(raw)
    return once if once.startswith("did:") else did
