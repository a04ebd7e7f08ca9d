"""The page of a program: its levels, what each asks, how long it lasts, and who stands behind it. Also as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import Sentence, counted, sentence
from issuer.people.mentors import Thanked
from issuer.program_overview import MOST_TOLD, LevelOverview, ProgramOverview, program_overview
from issuer.program_settings import Committee
from portal import answers
from portal.access import Served
from portal.endorsing import Judged, judged
from portal.negotiation import choose
from portal.pages.badge_view import AchievementView, achievement_view
from portal.pages.dates import day_of
from portal.pages.embed_snippet import card_address
from portal.pages.endorsement_view import EndorsementView, endorsement_views
from portal.pages.picture import picture
from portal.pages.prose import web_link
from portal.pages.rendering import Site, render
from portal.pages.scripts import language_of
from portal.pages.site import site_for
from portal.problems import NOT_ACCEPTABLE, NOT_FOUND, HttpProblem
from portal.service import Service

router = APIRouter(tags=["Published documents"])

HTML = "text/html"
FORMS = ("application/json", HTML)
_FORMS: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, HTML: {}}}}
_ONE_MINUTE = timedelta(minutes=1)
_JSON_SAYS = (
    "JSON, or a page for browsers: its levels with their rules in words, its committee, its mentors who agreed to be "
    "named, and endorsements with how each stands. `holders` is how many hold a level now; null: fewer than five, "
    "1001: more than 1000."
)


@dataclass(frozen=True, slots=True)
class LevelCard:
    """A level on the page; `holders` as words."""

    achievement: AchievementView
    page: str
    image: str
    asks: tuple[str, ...]
    lasts: tuple[str, ...]
    holders: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision of the committee, with the day in words."""

    machine: str
    day: str
    decision: str
    link: str


@dataclass(frozen=True, slots=True)
class NameView:
    """A person who is named, and what for."""

    name: str
    language: str
    detail: str


@dataclass(frozen=True, slots=True)
class ProgramPage:
    """What the page shows."""

    name: str
    language: str
    description: str
    issuer: str
    url: str
    card: str
    levels: tuple[LevelCard, ...]
    endorsements: tuple[EndorsementView, ...]
    members: tuple[NameView, ...]
    decisions: tuple[DecisionView, ...]
    mentors: tuple[NameView, ...]


@router.get(
    "/programs/{program}",
    summary="A program",
    description=_JSON_SAYS,
    response_class=Response,
    responses=_FORMS,
    openapi_extra={"x-curl": "curl {base}/programs/cloud-engineering"},
)
def program(request: Request, program: str, service: Served) -> Response:
    """A program of the issuer that the start page is about."""
    return _program(request, service, service.issuer, program)


@router.get(
    "/issuers/{slug}/programs/{program}",
    summary="A program of another issuer",
    description=_JSON_SAYS,
    response_class=Response,
    responses=_FORMS,
    openapi_extra={"x-curl": "curl {base}/issuers/academy/programs/first-aid"},
)
def program_of_issuer(request: Request, slug: str, program: str, service: Served) -> Response:
    """A program of any issuer."""
    return _program(request, service, slug, program)


def _program(request: Request, service: Service, issuer: str | None, name: str) -> Response:
    found = program_overview(service.database, issuer, name, now=service.clock())
    if found is None:
        raise HttpProblem(NOT_FOUND, sentence("There is no program “{name}” here.", name=name[:80]))
    wanted = choose(request.headers.get("accept"), FORMS)
    if wanted is None:
        detail = sentence("A program comes as {forms}.", forms=", ".join(FORMS))
        raise HttpProblem(NOT_ACCEPTABLE, detail, headers={"Vary": "Accept"})
    endorsements = judged(service, found.endorsements)
    if wanted == HTML:
        site = site_for(request, service)
        page = answers.page(_html(service, site, found, endorsements), language=site.language)
        return answers.varying(page)
    body = json.dumps(_as_json(found, endorsements), ensure_ascii=False).encode()
    return answers.varying(answers.public(request, body, wanted, keep=_ONE_MINUTE))


def _html(service: Service, site: Site, found: ProgramOverview, endorsements: Sequence[Judged]) -> str:
    program = found.program
    zone = found.levels[0].achievement.zone
    committee = program.committee
    page = ProgramPage(
        name=program.name,
        language=language_of(program.name),
        description=program.description or "",
        issuer=found.issuer.name,
        url=found.url,
        card=card_address(found.url, site.language),
        levels=tuple(_card(service, site, level) for level in found.levels),
        endorsements=endorsement_views(
            endorsements, zone=zone, heading=4, levels={one.level: one.name for one in program.levels}
        ),
        members=tuple(NameView(one.name, language_of(one.name), one.function or "") for one in committee.members),
        decisions=_decisions(committee),
        mentors=tuple(_mentor(one) for one in found.mentors),
    )
    return render("program.html", site, page=page)


def _card(service: Service, site: Site, level: LevelOverview) -> LevelCard:
    content = level.achievement.content
    return LevelCard(
        achievement=achievement_view(content),
        page=site.at(f"/achievements/{level.achievement.public_id}"),
        image=picture(service, site, content),
        asks=level.asks,
        lasts=level.lasts,
        holders=holder_words(level.holders),
    )


def holder_words(count: int | None) -> Sentence:
    """How many hold a level now."""
    if count is None:
        return sentence("Held by fewer than five people now")
    if count > MOST_TOLD:
        return sentence("Held by more than {number} people now", number=MOST_TOLD)
    return sentence("Held by {number} people now", number=count)


def _decisions(committee: Committee) -> tuple[DecisionView, ...]:
    newest = sorted(committee.decisions, key=lambda one: one.on, reverse=True)
    return tuple(DecisionView(one.on.isoformat(), day_of(one.on), one.decision, web_link(one.url)) for one in newest)


def _mentor(one: Thanked) -> NameView:
    thanks: str = ""
    if one.candidates:
        thanks = counted(
            one.candidates, "accompanied one colleague to a level", "accompanied {n} colleagues to a level"
        )
    return NameView(one.name, language_of(one.name), thanks)


def _as_json(found: ProgramOverview, endorsements: Sequence[Judged]) -> dict[str, Any]:
    program = found.program
    return {
        "program": program.slug,
        "url": found.url,
        "name": program.name,
        "description": program.description,
        "issuer": {"id": found.issuer.did, "name": found.issuer.name},
        "levels": [
            {
                "level": one.achievement.level,
                "name": one.achievement.name,
                "version": one.achievement.version,
                "achievement": one.achievement.content["id"],
                "takes": list(one.asks),
                "lasts": list(one.lasts),
                "holders": one.holders,
            }
            for one in found.levels
        ],
        "committee": program.committee.model_dump(mode="json", exclude_none=True),
        "endorsements": [one.as_dict() for one in endorsements],
        "thanks": [{"name": one.name, "candidates": one.candidates} for one in found.mentors],
    }
