"""The API documentation, read from the application's own OpenAPI description: it cannot tell of what is not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from credentials.sentence import sentence
from portal import answers
from portal.access import Served
from portal.api.description import describe
from portal.pages.prose import render_markdown
from portal.pages.rendering import render
from portal.pages.site import site_for
from portal.problems import KINDS

router = APIRouter(include_in_schema=False)


_DONE = sentence("Done.")
_A_PROBLEM = sentence("A problem (RFC 9457).")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    place: str
    kind: str


@dataclass(frozen=True, slots=True)
class Body:
    """One media type that is taken or given, with an example of it."""

    media_type: str
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status of an operation: what the description says of it, or what is `told` where that is mute."""

    status: str
    description: str
    told: str
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path."""

    anchor: str
    method: str
    path: str
    summary: str
    description: Markup
    parameters: tuple[Parameter, ...]
    takes: tuple[Body, ...]
    answers: tuple[Answer, ...]
    curl: str
    needs_token: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The operations under one heading."""

    anchor: str
    name: str
    operations: tuple[Operation, ...]


@router.get("/docs")
def reference(request: Request, service: Served) -> Response:
    """The page."""
    groups = groups_of(describe(request.app), service.base_url)
    site = site_for(request, service)
    html = render("reference.html", site, here="docs", groups=groups, problems=KINDS, base_url=service.base_url)
    return answers.page(html, language=site.language)


def groups_of(description: Mapping[str, Any], base_url: str) -> tuple[Group, ...]:
    """The operations of an OpenAPI description by their first tag, in the description's order."""
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["Other"])[0]
            by_tag.setdefault(tag, []).append(_operation(path, method, operation, base_url))
    return tuple(Group(_anchor(tag), tag, tuple(operations)) for tag, operations in by_tag.items())


def _operation(path: str, method: str, operation: Mapping[str, Any], base_url: str) -> Operation:
    return Operation(
        anchor=str(operation["operationId"]),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=render_markdown(operation.get("description", ""), heading=4),
        parameters=tuple(_parameter(entry) for entry in operation.get("parameters", ())),
        takes=_bodies(operation.get("requestBody", {}).get("content", {})),
        answers=tuple(_answer(status, answer) for status, answer in sorted(operation["responses"].items())),
        curl=operation.get("x-curl", "").replace("{base}", base_url),
        needs_token=bool(operation.get("security")),
    )


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    schema = entry.get("schema", {})
    return Parameter(entry["name"], entry["in"], schema.get("format") or schema.get("type", ""))


def _answer(status: str, answer: Mapping[str, Any]) -> Answer:
    described = answer.get("description", "")
    is_mute = described in ("", "Successful Response")
    told = (_DONE if status.startswith("2") else _A_PROBLEM) if is_mute else ""
    return Answer(status, described, told, _bodies(answer.get("content", {})))


def _bodies(content: Mapping[str, Any]) -> tuple[Body, ...]:
    return tuple(Body(media_type, _example(entry)) for media_type, entry in content.items())


def _example(entry: Mapping[str, Any]) -> str:
    example = entry.get("example")
    return json.dumps(example, indent=2, ensure_ascii=False) if example else ""


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
