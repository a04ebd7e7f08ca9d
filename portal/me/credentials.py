"""`/me/credentials/{id}`: one credential for its holder: who sees what of it, links, files, renewal."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from credentials.sentence import Sentence, sentence
from issuer import addresses
from issuer.credential_facts import CredentialFacts
from issuer.errors import Refused, Unknown
from issuer.people.duties import standing_of_person
from issuer.recertification.course import Course
from issuer.recertification.facts import LevelKey
from issuer.selective_copies import is_offered
from issuer.sharing import (
    Shown,
    end_link,
    linked_credential,
    links,
    make_link,
    shown,
)
from issuer.sharing import (
    show as show_it,
)
from issuer.validity import today
from portal import credential_forms, recalled
from portal.access import Served
from portal.api.credentials import MEDIA_TYPE_OF, PNG, SVG, baked
from portal.certificates.making import PDF, certificate
from portal.europass.making import is_offered as is_for_europass
from portal.forms import Form, filled, form_of
from portal.language.language import Language
from portal.me.linkedin import profile_entry
from portal.me.once import remember, remembered
from portal.me.overview import Pill, level_path, pill_of, renewable_words
from portal.me.telling import Telling, telling_of
from portal.me.way import Way
from portal.me.ways import wallet_ways
from portal.pages.badge_view import badge_view
from portal.pages.credential import Published, downloads, file_name, published_whole
from portal.pages.credential_page import Download
from portal.pages.embed_snippet import LinkView, link_view
from portal.pages.picture import picture
from portal.pages.rendering import Site
from portal.pages.shared_document import as_shared
from portal.pages.site import site_of
from portal.problems import BAD_REQUEST, NOT_FOUND, HttpProblem
from portal.service import Service
from portal.sign_in.door import AtDoor, Door
from portal.sign_in.sent_form import sent_form
from portal.sign_in.showing import for_him_alone, language_of, show
from portal.sign_in.who import Person, SignedIn
from wallet_export.linkedin import ProfileEntry

router = APIRouter(include_in_schema=False)

_DONE: Final = frozenset({"shown", "link", "ended", "renewed"})
_CHOICES: Final = {"page": ("open", "closed"), "name": ("full", "initials"), "evidence": ("shown", "hidden")}
_ONCE: Final = "link"
_NOT_MINE: Final = sentence("You hold no such credential; compare the address with the original.")


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link that was given out: for whom, and since when in words."""

    id: UUID
    label: str
    since: str


@dataclass(frozen=True, slots=True)
class OwnCredential:
    """The page. `some`: whether he may show only some of it; `standing` says how it stands with the level.

    `secret` is that of a link made just now. `europass`: there is a file for it; `sealed`: with a seal.
    """

    id: UUID
    title: str
    program: str
    image: str
    pill: Pill
    until: Sentence
    renewable: Sentence
    level_path: str
    url: str
    qr: str
    shown: Shown
    links: tuple[LinkLine, ...]
    new_link: str
    sharing_link: LinkView
    linkedin: ProfileEntry | None
    telling: Telling
    ways: tuple[Way, ...]
    downloads: tuple[Download, ...]
    some: bool
    europass: bool
    sealed: bool


async def _form(request: Request) -> Form:
    return form_of(await sent_form(request))


Sent = Annotated[Form, Depends(_form)]


@router.get("/me/credentials/{credential_id}")
def own_credential(
    request: Request, service: Served, door: AtDoor, person: SignedIn, credential_id: UUID, done: str = ""
) -> Response:
    """The page. Raises a 404 problem for a credential that is not his."""
    return _page(request, service, door, person, credential_id, done=done)


@router.post("/me/credentials/{credential_id}/show")
def choose(service: Served, person: SignedIn, credential_id: UUID, form: Sent) -> Response:
    """Who sees what, from now on. Raises a 404 problem for a credential that is not his, 400 for half a choice."""
    if any(form.value(name) not in choices for name, choices in _CHOICES.items()):
        why = sentence("The form says nothing about what is to be shown. Nothing was changed.")
        raise HttpProblem(BAD_REQUEST, why)
    wanted = Shown(
        page_open=form.value("page") == "open",
        full_name=form.value("name") == "full",
        evidence=form.value("evidence") == "shown",
    )
    try:
        show_it(
            service.database,
            person_id=person.person_id,
            credential_id=credential_id,
            wanted=wanted,
            now=service.clock(),
        )
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NOT_MINE) from None
    return _back(service, credential_id, "shown", "sharing")


@router.post("/me/credentials/{credential_id}/links")
def new_link(
    request: Request, service: Served, door: AtDoor, person: SignedIn, credential_id: UUID, form: Sent
) -> Response:
    """A link with a secret, which the page that follows shows."""
    try:
        made = make_link(
            service.database,
            person_id=person.person_id,
            credential_id=credential_id,
            label=form.value("label"),
            now=service.clock(),
            randomness=secrets.token_bytes,
        )
    except Unknown:
        raise HttpProblem(NOT_FOUND, _NOT_MINE) from None
    except Refused as refused:
        form = form.refused_by(refused.faults, {"label": "label"})
        return _page(request, service, door, person, credential_id, form=form, status=422)
    response = _back(service, credential_id, "link", "links")
    remember(response, door, _ONCE, made.secret)
    return response


@router.post("/me/credentials/{credential_id}/links/{link_id}/end")
def end(service: Served, person: SignedIn, credential_id: UUID, link_id: UUID) -> Response:
    """The link shows nothing any more."""
    if not end_link(service.database, person_id=person.person_id, credential_id=credential_id, link_id=link_id):
        raise HttpProblem(NOT_FOUND, sentence("There is no such link of yours; it may be ended already."))
    return _back(service, credential_id, "ended", "links")


@router.get("/me/credentials/{credential_id}/files/{form}")
def own_file(request: Request, service: Served, person: SignedIn, credential_id: UUID, form: str) -> Response:
    """A form of it, which its holder gets whatever others see."""
    found = mine(service, person, credential_id)
    kinds = {"json": MEDIA_TYPE_OF["json"], "jwt": MEDIA_TYPE_OF["jwt"], "png": PNG, "svg": SVG, "pdf": PDF}
    if form not in kinds:
        detail = sentence("There is no form “{form}”; there are {forms}.", form=form[:20], forms=", ".join(kinds))
        raise HttpProblem(NOT_FOUND, detail)
    body: bytes | None
    if form == "pdf":
        result = service.verify(found.secured, zone=found.zone or service.settings.zone)
        body = certificate(service, found, result, language_of(request))
    elif form in {"png", "svg"}:
        body = baked(service, credential_id, kinds[form])
    else:
        read = credential_forms.json_bytes if form == "json" else credential_forms.jwt_bytes
        body = read(service, credential_id)
    if body is None:
        raise HttpProblem(NOT_FOUND, sentence("This credential was not issued in that form."))
    return for_him_alone(Response(body, headers={"Content-Type": kinds[form]}))


def _page(
    request: Request,
    service: Service,
    door: AtDoor,
    person: Person,
    credential_id: UUID,
    *,
    form: Form | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    view = _view(request, service, door, person, credential_id)
    sharing = filled(
        page="open" if view.shown.page_open else "closed",
        name="full" if view.shown.full_name else "initials",
        evidence="shown" if view.shown.evidence else "hidden",
    )
    response = show(
        request,
        "me/credential.html",
        visitor=person,
        here="me",
        status=status,
        script=True,
        page=view,
        sharing=sharing,
        form=form or Form(),
        done=done if done in _DONE else "",
    )
    response.headers["Content-Security-Policy"] += "; frame-src 'self'"  # the badge, as it looks in pages of others
    return response


def mine(service: Service, person: Person, credential_id: UUID) -> Published:
    """His credential, with everything that was signed. Raises a 404 problem for one that is not his."""
    found = published_whole(service, credential_id)
    if found is None or found.chain.credential.person_id != person.person_id:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    return found


def _view(request: Request, service: Service, door: Door, person: Person, credential_id: UUID) -> OwnCredential:
    found = mine(service, person, credential_id)
    facts, now, site = found.chain.credential, service.clock(), site_of(service)
    place = recalled.place(service, facts.achievement, facts.version) if facts.achievement is not None else None
    if place is None:
        raise HttpProblem(NOT_FOUND, _NOT_MINE)
    level = place.achievement
    key = LevelKey(level.program, level.level)
    document = credential_forms.document_of(found.secured) if found.has_json else {}
    standing = standing_of_person(service.database, service.issuer, person.person_id, now)
    course = next((one for one in standing.courses if one.level == key and _is_held(one, credential_id)), None)
    language, zone = language_of(request), service.settings.zone
    seen, organization = shown(service.documents.questions, credential_id), _issuer_of(document)
    return OwnCredential(
        id=credential_id,
        title=level.name,
        program=level.program_name,
        image=picture(service, site, level.content),
        pill=pill_of(course) if course is not None else _past(facts),
        until=_until(facts, level.zone),
        renewable=renewable_words(course, today(now, level.zone)) if course is not None else Sentence(""),
        level_path=level_path(key),
        url=addresses.credential_url(service.base_url, credential_id),
        qr=site.at(f"/credentials/{credential_id}/qr.svg"),
        shown=seen,
        links=tuple(
            LinkLine(one.id, one.label, language.minute(one.created_at, zone))
            for one in links(service.database, person.person_id, credential_id)
        ),
        sharing_link=_sharing_link(service, found, document, language),
        linkedin=profile_entry(service, facts, name=level.name, organization=organization, zone=level.zone),
        telling=telling_of(
            service, found.chain, seen, document, name=level.name, organization=organization, language=language
        ),
        ways=wallet_ways(service, facts),
        new_link=_new_link(request, service, door, credential_id),
        downloads=_downloads(service, site, found, document, file_name(badge_view(document, zone=zone), credential_id)),
        some=found.has_json and is_offered(service.database, credential_id),
        europass=is_for_europass(service, found),
        sealed=service.settings.europass_seal_file is not None,
    )


def _issuer_of(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    return str(issuer.get("name", "")) if isinstance(issuer, Mapping) else ""


def _sharing_link(service: Service, found: Published, document: Mapping[str, Any], language: Language) -> LinkView:
    """How the address is shared, named as others see it."""
    credential = found.chain.credential
    seen = as_shared(document, shown(service.documents.questions, credential.id))
    badge = badge_view(seen, zone=service.settings.zone)
    url = addresses.credential_url(service.base_url, credential.id)
    return link_view(service.base_url, url, badge, badge.issuer, language)


def _is_held(course: Course, credential_id: UUID) -> bool:
    return course.holding is not None and course.holding.credential_id == credential_id


def _until(facts: CredentialFacts, zone: ZoneInfo) -> Sentence:
    if facts.valid_until is None:
        return sentence("Valid without an end")
    return sentence("Valid until {day}", day=facts.valid_until.astimezone(zone).date())


def _past(facts: CredentialFacts) -> Pill:
    if facts.revoked_at is not None:
        return Pill(sentence("Revoked"), "missing")
    return Pill(sentence("Replaced by a newer one"), "plain")


def _downloads(
    service: Service, site: Site, found: Published, document: Mapping[str, Any], name: str
) -> tuple[Download, ...]:
    image = credential_forms.picture_of(service, document)
    has = {
        "json": found.has_json,
        "jwt": found.has_jwt,
        "png": image is not None,
        "svg": image is not None and image.media_type == "image/svg+xml",
        "pdf": found.chain.credential.revoked_at is None and found.chain.credential.suspended_at is None,
    }
    path = f"/credentials/{found.chain.credential.id}"
    offers = downloads(site.at(path), name, has)
    return tuple(_for_holder(one, site.at(f"/me{path}/files/")) for one in offers)


def _for_holder(one: Download, files: str) -> Download:
    """The signed forms by the holder's own addresses, which give them whatever others see."""
    ending = one.href.rpartition(".")[2]
    if "/qr." in one.href:
        return one
    return Download(one.label, one.note, files + ending, one.filename, one.media_type)


def _new_link(request: Request, service: Service, door: Door, credential_id: UUID) -> str:
    secret = remembered(request, door, _ONCE)
    if not secret or linked_credential(service.database, secret) != credential_id:
        return ""
    return f"{service.base_url}/shared/{secret}"


def _back(service: Service, credential_id: UUID, done: str, where: str) -> Response:
    path = site_of(service).at(f"/me/credentials/{credential_id}?done={done}#{where}")
    return for_him_alone(RedirectResponse(path, status_code=303))
