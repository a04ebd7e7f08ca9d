"""`/admin/programs`: every program with its versions and its draft; one of them; and its file to take along."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.errors import UnknownProgram
from issuer.program_drafts_shelf import shelf, shelved
from issuer.published_program import show_program
from portal.access import Served
from portal.admin.going import admin_page, lead
from portal.admin.programs.looking import DRAFTS, PATH, draft_path, the_draft
from portal.sign_in.showing import for_him_alone
from portal.sign_in.who import Administers

router = APIRouter(include_in_schema=False)

_DONE = frozenset({"published", "discarded", "same"})
_FILES = ("program.yaml", "program.zip")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same archive of the same files


@router.get(PATH)
def programs(request: Request, service: Served, person: Administers, done: str = "") -> Response:
    """All programs by name."""
    found = shelf(service.database, issuer=service.issuer, now=service.clock())
    return admin_page(
        request,
        "programs.html",
        person,
        "programs",
        programs=found,
        done=done if done in _DONE else "",
        zone=service.settings.zone,
    )


@router.get(PATH + "/{program}")
def program(request: Request, service: Served, person: Administers, program: str, done: str = "") -> Response:
    """One program that was published: its levels with all their versions. Raises a 404 problem."""
    found = shelved(service.database, program, issuer=service.issuer, now=service.clock())
    if found is None:
        drafts = [one.draft for one in shelf(service.database, issuer=service.issuer, now=service.clock()) if one.draft]
        draft = next((one for one in drafts if one.program == program), None)
        if draft is None:
            raise UnknownProgram(sentence("there is no program {program!r}", program=program))
        return lead(service, draft_path(draft.id))
    return admin_page(
        request,
        "program.html",
        person,
        "programs",
        program=found,
        done=done if done in _DONE else "",
        zone=service.settings.zone,
    )


@router.get(PATH + "/{program}/{name}")
def published_file(service: Served, _person: Administers, program: str, name: str) -> Response:
    """The program's file as it is published, alone or with its pictures. Raises a 404 problem."""
    if name not in _FILES:
        raise UnknownProgram(sentence("a program comes as {files}", files=", ".join(_FILES)))
    found = show_program(service.database, program, issuer=service.issuer)
    return _file(program, name, found.yaml, found.images)


@router.get(DRAFTS + "/{draft_id}/file/{name}")
def draft_file(service: Served, _person: Administers, draft_id: UUID, name: str) -> Response:
    """The same of a draft, as it stands. Raises a 404 problem."""
    draft = the_draft(service, draft_id).draft
    if name not in _FILES:
        raise UnknownProgram(sentence("a draft comes as {files}", files=", ".join(_FILES)))
    named = {one: image for one, image in draft.images.items() if one in draft.text}
    return _file(draft.program, name, draft.text, named)


def _file(program: str, name: str, yaml: str, images: Mapping[str, bytes]) -> Response:
    ending = name.rpartition(".")[2]
    body, media_type = yaml.encode(), "application/yaml; charset=utf-8"
    if ending == "zip":
        body, media_type = _archive(program, yaml, images), "application/zip"
    headers = {"Content-Disposition": f'attachment; filename="{program}.{ending}"'}
    return for_him_alone(Response(body, media_type=media_type, headers=headers))


def _archive(program: str, yaml: str, images: Mapping[str, bytes]) -> bytes:
    """The file with its pictures beside it, as `guildmark program apply` looks for them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {f"{program}.yaml": yaml.encode(), **images}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return made.getvalue()
