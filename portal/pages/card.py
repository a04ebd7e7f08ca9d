"""`…/card.png`: the picture that a shared link shows, of a credential, a level and a program (docs/adr/0028)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from credentials import strict_json
from credentials.sentence import counted, sentence
from issuer.program_overview import level_place, program_overview
from portal import answers, credential_forms
from portal.access import Served
from portal.credential_forms import PICTURES, Picture
from portal.language.language import ENGLISH, Language
from portal.language.wanted import VARY, language_of
from portal.layers.kept_answers import may_be_kept
from portal.pages.badge_view import achievement_view, issuer_view
from portal.pages.card_drawing import Drawing
from portal.pages.card_facts import PublicFacts, public_facts
from portal.pages.card_seal import seal_of
from portal.pages.picture import PLACEHOLDER
from portal.pages.reading import identifier
from portal.problems import NOT_FOUND, UNAVAILABLE, HttpProblem
from portal.service import Service
from portal.static_files import static_files
from wallet_export.card import Card
from wallet_export.card_fonts import Face
from wallet_export.errors import RenderingFailed, WalletExportError

router = APIRouter(tags=["Credentials"])
log = structlog.get_logger("guildmark.card")

_PNG: Final = "image/png"
_IMAGE: dict[int | str, dict[str, Any]] = {200: {"content": {_PNG: {}}}}
_ASK_AGAIN: Final = timedelta()  # each time, with the ETag: a picture that said “Valid” yesterday may be wrong today
_BADGES: Final = 4
_OWN_LETTERS: Final = {"de": "äöüßÄÖÜ"}  # of a language, beside those that any font has
_A_CERTIFICATION = sentence("A certification")
_A_PROGRAM = sentence("Certification program")
_ITS_PAGE_SAYS = sentence("Awarded to whom its page names.")


async def drawing_of(request: Request) -> Drawing:
    """Where the application draws cards."""
    drawing: Drawing = request.app.state.drawing
    return drawing


AtDrawing = Annotated[Drawing, Depends(drawing_of)]


@router.get(
    "/credentials/{credential_id}/card.png",
    summary="A credential as a picture for shared links",
    description="1200 × 630: badge, level, holder as its page shows him, issuer, and its status, verified now.",
    response_class=Response,
    responses=_IMAGE,
    openapi_extra={"x-curl": "curl -O {base}/credentials/{credential_id}/card.png"},
)
def credential_card_png(request: Request, credential_id: UUID, service: Served, drawing: AtDrawing) -> Response:
    """The card of a credential; of one whose page is closed, its status and who issued it."""
    facts = public_facts(service, credential_id)
    card = credential_card(
        facts, _language(request, drawing), pictures_at(service, [facts.image]) if facts.badge else ()
    )
    return _answer(request, drawing, card, until=facts.until)


@router.get("/achievements/{achievement_id}/card.png", include_in_schema=False)
def achievement_card_png(request: Request, achievement_id: UUID, service: Served, drawing: AtDrawing) -> Response:
    """The card of a level, in its newest version."""
    return _level_card(request, service, drawing, achievement_id, None)


@router.get("/achievements/{achievement_id}/{version}/card.png", include_in_schema=False)
def version_card_png(
    request: Request, achievement_id: UUID, version: str, service: Served, drawing: AtDrawing
) -> Response:
    """The card of one version of a level."""
    return _level_card(request, service, drawing, achievement_id, version)


def _level_card(
    request: Request, service: Service, drawing: Drawing, achievement_id: UUID, version: str | None
) -> Response:
    path = f"/achievements/{achievement_id}" + (f"/{version}" if version is not None else "")
    found = service.documents.find(path)
    if found is None:
        raise HttpProblem(NOT_FOUND, NOT_FOUND.meaning)
    place = level_place(service.database, achievement_id, version)
    content: Mapping[str, Any] = strict_json.parse(found.body)
    level, language = achievement_view(content), _language(request, drawing)
    issuer = issuer_view(content.get("creator") or (place.issuer.profile if place is not None else None))
    card = Card(
        title=language.say(level.name),
        title_else=language.say(_A_CERTIFICATION),
        eyebrow=place.achievement.program_name if place is not None else language.say(level.kind),
        about=level.description,
        issuer=language.say(issuer.name),
        domain=issuer.host,
        foot=language.say(sentence("Version {version}", version=level.version)) if level.version else "",
        pictures=pictures_at(service, [_path(service, content)]),
    )
    return _answer(request, drawing, card)


@router.get("/programs/{program}/card.png", include_in_schema=False)
def program_card_png(request: Request, program: str, service: Served, drawing: AtDrawing) -> Response:
    """The card of a program of the issuer that the start page is about."""
    return _program_card(request, service, drawing, service.issuer, program)


@router.get("/issuers/{slug}/programs/{program}/card.png", include_in_schema=False)
def issuer_program_card_png(request: Request, slug: str, program: str, service: Served, drawing: AtDrawing) -> Response:
    """The card of a program of any issuer."""
    return _program_card(request, service, drawing, slug, program)


def credential_card(facts: PublicFacts, language: Language, pictures: tuple[bytes, ...]) -> Card:
    """What the card of a credential says, in a language. pictures: of its badge."""
    say, badge = language.say, facts.badge
    seal = seal_of(facts.status, language)
    foot = say(sentence("Status of {day}", day=facts.status.checked.day))
    if badge is None:
        return Card(
            title=say(sentence("A credential of {issuer}", issuer=facts.issuer.name)),
            title_else=say(sentence("A credential")),
            person_else=say(sentence("Its holder does not share what it says.")),
            issuer=say(facts.issuer.name),
            domain=facts.domain,
            foot=foot,
            seal=seal,
        )
    holder = badge.holder
    return Card(
        title=say(badge.achievement.name),
        title_else=say(_A_CERTIFICATION),
        eyebrow=facts.program or say(badge.achievement.kind),
        person_label=say(sentence("Awarded to")),
        person=holder.name if holder is not None else "",
        person_else=say(_ITS_PAGE_SAYS if holder is not None else sentence("Its holder is not named in the open.")),
        issuer=say(facts.issuer.name),
        domain=facts.domain,
        foot=foot,
        seal=seal,
        pictures=pictures,
    )


def pictures_at(service: Service, paths: Iterable[str]) -> tuple[bytes, ...]:
    """The images at these paths of ours as PNGs; a placeholder for what is not there or cannot be drawn."""
    return tuple(_picture(service, path) for path in paths)


def _picture(service: Service, path: str) -> bytes:
    found = service.documents.find(path) if path else None
    if found is not None and found.media_type in PICTURES:
        try:
            return credential_forms.png_of(Picture(path, found.media_type, found.body))
        except WalletExportError as error:
            log.warning("image left out of a card", path=path, reason=str(error))
    placeholder = static_files()[PLACEHOLDER]
    return credential_forms.png_of(Picture(PLACEHOLDER, placeholder.media_type, placeholder.body))


def _path(service: Service, content: Mapping[str, Any]) -> str:
    image = identifier(content.get("image"))
    return image.removeprefix(service.base_url) if image.startswith(service.base_url + "/") else ""


def _program_card(request: Request, service: Service, drawing: Drawing, issuer: str | None, name: str) -> Response:
    found = program_overview(service.database, issuer, name, now=service.clock())
    if found is None:
        raise HttpProblem(NOT_FOUND, sentence("There is no program “{name}” here.", name=name[:80]))
    language = _language(request, drawing)
    shown = found.levels[:_BADGES]
    known = issuer_view({"id": found.issuer.did, "name": found.issuer.name})
    card = Card(
        title=found.program.name,
        title_else=language.say(_A_PROGRAM),
        eyebrow=language.say(_A_PROGRAM),
        about=found.program.description or "",
        issuer=known.name,
        domain=known.host,
        foot=language.say(counted(len(found.levels), "One level", "{n} levels")),
        pictures=pictures_at(service, (_path(service, one.achievement.content) for one in shown)),
    )
    return _answer(request, drawing, card)


def _language(request: Request, drawing: Drawing) -> Language:
    """That of whoever asks, if there are letters for our own words in it; else English, for which there always are."""
    language = language_of(request)
    own = _OWN_LETTERS.get(language.tag, "")
    try:
        is_there = not own or drawing.fonts.letters([(Face.BOLD, own)]).has(Face.BOLD, own)
    except RenderingFailed:
        is_there = False
    return language if is_there else ENGLISH


def _answer(request: Request, drawing: Drawing, card: Card, *, until: datetime | None = None) -> Response:
    try:
        png = drawing.png(card)
    except RenderingFailed as error:
        log.warning("no card", path=request.url.path, reason=str(error))
        raise HttpProblem(UNAVAILABLE, sentence("The picture cannot be drawn at the moment.")) from error
    may_be_kept(request.scope, until=until)
    response = answers.public(request, png, _PNG, keep=_ASK_AGAIN)
    response.headers["Vary"] = VARY
    return response
