"""`/log`: the checkpoint, tiles and entries (C2SP tlog-tiles), its key, a page about it, and proofs for credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.log.tiles import Tile
from credentials.sentence import sentence
from issuer.log.reading import LogState, log_state, proof_of, published_tile
from portal import answers
from portal.access import Served
from portal.api.credentials import require_shared
from portal.layers.kept_answers import may_be_kept
from portal.pages.dates import HumanDate, human_date
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.problems import NOT_FOUND, HttpProblem
from portal.service import Service

router = APIRouter(tags=["Transparency log"])

TEXT = "text/plain; charset=utf-8"
TILE = "application/octet-stream"
_SHORT = timedelta(seconds=2)
_TEXT_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
_NOT_KEPT = sentence("This server publishes no transparency log.")
_NOT_BEGUN = sentence("The transparency log has not begun yet: a worker begins it within a minute.")


@dataclass(frozen=True, slots=True)
class LogPage:
    """What the page shows."""

    origin: str
    key: str
    size: int
    signed: HumanDate
    address: str
    checkpoint: str


@router.get("/log", include_in_schema=False)
def log_page(request: Request, service: Served) -> Response:
    """What the log is, and how anybody checks it."""
    state = _state(service)
    site = site_for(request, service)
    page = LogPage(
        state.key.name,
        state.key.text,
        state.size,
        human_date(state.signed_at, service.settings.zone),
        f"{service.base_url}/log",
        state.checkpoint,
    )
    return answers.page(render("log.html", site, page=page), language=site.language)


@router.get(
    "/log/checkpoint",
    summary="The transparency log as it is now",
    description="How many entries it has and the root over them, signed (C2SP tlog-checkpoint).",
    response_class=Response,
    responses=_TEXT_ANSWER,
    openapi_extra={"x-curl": "curl {base}/log/checkpoint"},
)
def log_checkpoint(request: Request, service: Served) -> Response:
    """Signed anew whenever entries were added."""
    return answers.public(request, _state(service).checkpoint.encode(), TEXT, keep=_SHORT)


@router.get(
    "/log/key",
    summary="The transparency log’s key",
    description="What checkpoints are verified with (C2SP signed-note). Get it once, and keep it.",
    response_class=Response,
    responses=_TEXT_ANSWER,
    openapi_extra={"x-curl": "curl {base}/log/key"},
)
def log_key(request: Request, service: Served) -> Response:
    """The same for the life of the log."""
    return answers.public(request, f"{_state(service).key.text}\n".encode(), TEXT, keep=timedelta(hours=1))


@router.get(
    "/log/tile/{path:path}",
    summary="A part of the transparency log",
    description="Hashes of the tree (`0/000`, `1/000.p/5`) or entries (`entries/000`), as C2SP tlog-tiles has them. "
    "A part never changes.",
    response_class=Response,
    responses={200: {"content": {TILE: {"schema": {"type": "string", "format": "binary"}}}}},
    openapi_extra={"x-curl": "curl -O {base}/log/tile/entries/000"},
)
def log_tile(request: Request, path: str, service: Served) -> Response:
    """Never changes: it is named by what is in it."""
    _require_published(service)
    try:
        tile = Tile.at(path)
    except ValueError as error:
        raise HttpProblem(NOT_FOUND, sentence("The transparency log has no such part.")) from error
    body = published_tile(service.database, tile)
    may_be_kept(request.scope)
    return answers.public(request, body, TILE, keep=answers.FOREVER, immutable=True)


@router.get(
    "/credentials/{credential_id}/log-proof",
    summary="The proof that a credential was logged",
    description="Its entry, and the way from there to the log’s signed checkpoint (C2SP tlog-proof), to be checked "
    "without this server.",
    response_class=Response,
    responses=_TEXT_ANSWER,
    openapi_extra={"x-curl": "curl {base}/credentials/{credential_id}/log-proof"},
)
def credential_log_proof(request: Request, credential_id: UUID, service: Served) -> Response:
    """Under the newest checkpoint; each that was ever given stays true."""
    _require_published(service)
    require_shared(service, credential_id)
    body = proof_of(service.database, credential_id).text.encode()
    answer = answers.public(request, body, TEXT, keep=_SHORT)
    answer.headers["Content-Disposition"] = f'inline; filename="{credential_id}.tlog-proof"'
    return answer


def _require_published(service: Service) -> None:
    if not service.settings.log_public:
        raise HttpProblem(NOT_FOUND, _NOT_KEPT)


def _state(service: Service) -> LogState:
    _require_published(service)
    state = log_state(service.database)
    if state is None:
        raise HttpProblem(NOT_FOUND, _NOT_BEGUN)
    return state
