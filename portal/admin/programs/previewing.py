"""`/admin/program-drafts/{id}/preview`: the badges of a draft, and a credential of it as a stranger would see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.problems import Unacceptable
from credentials.sentence import Sentence, sentence
from issuer.errors import Fault, ProgramRefused, UnknownProgram
from issuer.level_words import takes_words
from issuer.program_drafts_preview import LevelPreview, preview_program
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.programs.draft import DRAFT
from portal.admin.programs.looking import (
    FaultView,
    Looked,
    draft_path,
    fault_views,
    fault_views_of,
    picture_path,
    the_draft,
)
from portal.pages.badge_view import BadgeView, badge_view
from portal.service import Service
from portal.sign_in.showing import for_him_alone, show
from portal.sign_in.who import Administers, Person

router = APIRouter(include_in_schema=False)

PREVIEW = DRAFT + "/preview"


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A level as it will be: the badge, its rules, a credential of it. `picture` is "" without one."""

    key: str
    name: str
    version: str
    picture: str
    badge: BadgeView
    asks: tuple[str, ...]
    lasts: tuple[str, ...]
    takes: Sentence
    page: str
    json: str


@router.get(PREVIEW)
def badges(request: Request, service: Served, person: Administers, draft_id: UUID) -> Response:
    """Every badge, large and on a card. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    previews, faults = _previews(service, person, looked)
    return admin_page(
        request,
        "program_preview.html",
        person,
        "programs",
        part="preview",
        looked=looked,
        draft=looked.draft,
        faults=faults,
        levels=[_view(looked, one, service.settings.zone) for one in previews],
    )


@router.get(PREVIEW + "/{key}.json")
def unsigned(service: Served, person: Administers, draft_id: UUID, key: str) -> Response:
    """A credential of the level, without a signature. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    found = next((one for one in _previews(service, person, looked)[0] if one.achievement.level == key), None)
    if found is None:
        raise UnknownProgram(sentence("there is no preview of such a level: the draft may have faults"))
    body = json.dumps(found.document, ensure_ascii=False, indent=2).encode()
    return for_him_alone(Response(body, media_type="application/json"))


@router.get(PREVIEW + "/{key}")
def page(request: Request, service: Served, person: Administers, draft_id: UUID, key: str) -> Response:
    """The page of a credential, as strangers will see it. Raises a 404 problem."""
    looked = the_draft(service, draft_id)
    previews, faults = _previews(service, person, looked)
    found = next((one for one in previews if one.achievement.level == key), None)
    if found is None or faults:
        return lead(service, draft_path(draft_id, "preview"))
    return show(
        request,
        "admin/program_preview_page.html",
        visitor=person,
        here="admin",
        draft=looked.draft,
        back=draft_path(draft_id, "preview"),
        view=_view(looked, found, found.achievement.zone),
        program=found.achievement.program_name,
    )


def _previews(
    service: Service, person: Person, looked: Looked
) -> tuple[tuple[LevelPreview, ...], tuple[FaultView, ...]]:
    """All levels, or what stands against it."""
    if looked.definition is None:
        return (), fault_views(looked)
    try:
        found = preview_program(
            service.database,
            issuer=service.issuer,
            definition=looked.definition,
            actor=person.actor,
            now=service.clock(),
        )
    except ProgramRefused as refused:
        return (), fault_views_of(looked, refused.faults)
    except Unacceptable as error:
        return (), fault_views_of(looked, [Fault("", problem.detail) for problem in error.problems])
    return found, ()


def _view(looked: Looked, one: LevelPreview, zone: tzinfo) -> PreviewView:
    level = one.achievement
    definition = looked.definition
    levels = definition.levels if definition is not None else ()
    image = next((found.image for found in levels if found.level == level.level), None)
    return PreviewView(
        key=level.level,
        name=level.name,
        version=level.version,
        picture=picture_path(looked.draft, image or ""),
        badge=badge_view(one.document, zone=zone),
        asks=one.asks,
        lasts=one.lasts,
        takes=takes_words(level),
        page=draft_path(looked.draft.id, "preview", level.level),
        json=draft_path(looked.draft.id, "preview", level.level) + ".json",
    )
