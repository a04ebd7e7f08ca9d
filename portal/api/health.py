"""For those who run the server: is the process alive, and can it do its work?"""

from __future__ import annotations

import structlog
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from issuer import schema_version
from issuer.errors import DatabaseOutdated, DatabaseTooNew, DatabaseUnreachable, IssuerError, UnknownIssuer
from issuer.issuers import find_issuer
from issuer.signing_keys import KeyState, list_keys, opened
from keys.errors import KeysError, SigningUnavailable
from portal.access import Served
from portal.service import Service

router = APIRouter(tags=["Operation"])
log = structlog.get_logger("guildmark.health")

_TOLD: tuple[tuple[type[Exception], str], ...] = (
    (DatabaseTooNew, "a newer Guildmark wrote this database: install that version or a later one"),
    (DatabaseOutdated, "the database is empty or of an older version: run `guildmark upgrade`"),
    (DatabaseUnreachable, "the database cannot be reached; the log says why"),
    (UnknownIssuer, "there is no issuer yet: run `guildmark init`"),
    (KeysError, "the keys cannot be opened; the log says why"),
)


@router.get("/healthz", summary="Is the process alive?", openapi_extra={"x-curl": "curl {base}/healthz"})
async def healthz() -> Response:
    """Always 200 while the process answers; asks nothing else, not even a thread."""
    return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


@router.get(
    "/readyz",
    summary="Can the server do its work?",
    description="200 if the database is reachable and of the right version, there is an issuer and its keys are "
    "unlocked; 503 otherwise, saying what is missing.",
    responses={503: {"description": "Something is missing; `missing` says what."}},
    openapi_extra={"x-curl": "curl {base}/readyz"},
)
def readyz(service: Served) -> Response:
    """What is missing, in sentences."""
    try:
        missing = {name: reason for name, reason in _answers(service).items() if reason}
    except SigningUnavailable as error:
        log.warning("signing waits", reason=str(error))
        waits = "whoever holds the keys does not answer: signing waits, everything else goes on"
        return JSONResponse({"status": "ready", "waiting": {"keys": waits}}, headers={"Cache-Control": "no-store"})
    status = "not ready" if missing else "ready"
    body = {"status": status, "missing": missing} if missing else {"status": status}
    return JSONResponse(body, status_code=503 if missing else 200, headers={"Cache-Control": "no-store"})


def _answers(service: Service) -> dict[str, str]:
    try:
        schema_version.check(service.database)
        issuer = find_issuer(service.database, service.issuer)
    except IssuerError as error:
        return {_part(error): _told(error)}
    return {"keys": _keys(service, issuer.slug)}


def _keys(service: Service, slug: str) -> str:
    if service.keyring is None:
        return "the keys are locked: set key_encryption_key_file or passphrase_file in the settings"
    try:
        for key in list_keys(service.database, slug):
            if key.state is KeyState.ACTIVE:
                opened(service.keyring, key)
    except SigningUnavailable:
        raise
    except (KeysError, IssuerError) as error:
        return _told(error)
    return ""


def _part(error: IssuerError) -> str:
    return "issuer" if isinstance(error, UnknownIssuer) else "database"


def _told(error: Exception) -> str:
    """What anybody may read; paths and names of files stand in the log only."""
    log.warning("not ready", reason=str(error))
    return next((sentence for kind, sentence in _TOLD if isinstance(error, kind)), "not usable; the log says why")
