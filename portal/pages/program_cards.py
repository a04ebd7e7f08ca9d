"""The programs of an issuer as cards, for the start page and the issuer's own."""

from __future__ import annotations

from dataclasses import dataclass

from credentials.sentence import Sentence, counted
from issuer.issuers import Issuer
from issuer.programs import load_catalogue
from portal.pages.picture import picture
from portal.pages.rendering import Site
from portal.pages.scripts import language_of
from portal.service import Service

_BADGES = 4


@dataclass(frozen=True, slots=True)
class ProgramCard:
    """A program in a few words, with the images of its first levels."""

    name: str
    language: str
    description: str
    page: str
    images: tuple[str, ...]
    levels: Sentence


def program_cards(service: Service, site: Site, issuer: Issuer) -> tuple[ProgramCard, ...]:
    """Every program with a level in use, by name."""
    main = issuer.slug == service.default_issuer().slug
    within = "" if main else f"/issuers/{issuer.slug}"
    programs = load_catalogue(service.database, issuer.slug).programs.values()
    return tuple(
        ProgramCard(
            name=one.name,
            language=language_of(one.name),
            description=one.description or "",
            page=site.at(f"{within}/programs/{one.slug}"),
            images=tuple(picture(service, site, level.content) for level in one.levels[:_BADGES]),
            levels=counted(len(one.levels), "One level", "{n} levels"),
        )
        for one in sorted(programs, key=lambda program: program.name.casefold())
    )
