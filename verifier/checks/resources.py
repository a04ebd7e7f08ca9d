"""What a credential refers to by its digest, and the JSON schemas it says it fits (VCDM 2.0, sections 4.11 and 5.3).

A part of the check `conforms`, made when the proof was found right: before that nothing is fetched. What was not looked
at is said, and counts neither for nor against the credential.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from credentials import contexts, digests, strict_json
from credentials.contexts import ContextDamaged
from credentials.problems import CRYPTOGRAPHIC_SECURITY_ERROR, MALFORMED_VALUE_ERROR, Problem, Unacceptable, own_type
from credentials.sentence import sentence, sentence_of, together
from verifier.checks.conforms import context_unavailable
from verifier.fetcher import FetchError
from verifier.inquiry import Inquiry
from verifier.json_schema import MAX_SCHEMA_BYTES, NotUsable, fault
from verifier.parties import objects, shown, types
from verifier.result import Check, Outcome

MAX_RESOURCE_BYTES = 4 * 1024 * 1024
ACCEPT_SCHEMA = "application/schema+json, application/json;q=0.9"
MOST = 8
"""How many files and schemas of one credential are looked at."""

RESOURCE_NOT_CHECKED = own_type("resource-not-checked")

_SCHEMA_TYPES = frozenset({"JsonSchema", "1EdTechJsonSchemaValidator2019"})
_OF_OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json"
_MEMBERS = ("relatedResource", "credentialSchema")

Finding = tuple[Outcome, str, Problem | None]
"""An outcome, a sentence, and the problem if it is not passed or skipped."""


def with_resources(conforms: Check, document: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """The check `conforms`, which passed, with what is found about the files and schemas that the credential names."""
    if not any(name in document for name in _MEMBERS):
        return conforms
    findings = [*_findings(document, inquiry)]
    problems = tuple(problem for _, _, problem in findings if problem)
    for outcome in (Outcome.FAILED, Outcome.INCOMPLETE):
        if said := [said for found, said, _ in findings if found is outcome]:
            return replace(conforms, outcome=outcome, sentence=said[0], problems=problems)
    return replace(conforms, sentence=together(conforms.sentence, *dict.fromkeys(said for _, said, _ in findings)))


def _findings(document: Mapping[str, Any], inquiry: Inquiry) -> Iterator[Finding]:
    for member, look in zip(_MEMBERS, (_resource, _schema), strict=True):
        given = objects(document.get(member))
        for number, each in enumerate(given[:MOST]):
            place = f"/{member}/{number}" if isinstance(document[member], list) else f"/{member}"
            yield look(each, place, document, inquiry)
        if len(given) > MOST:
            yield Outcome.SKIPPED, sentence("It names more files than the {most} that are looked at.", most=MOST), None


def _resource(resource: Mapping[str, Any], place: str, _: Mapping[str, Any], inquiry: Inquiry) -> Finding:
    url = str(resource.get("id"))
    try:
        body = contexts.published_bytes(url)
    except ContextDamaged as damage:
        problem = context_unavailable(damage)
        return Outcome.INCOMPLETE, problem.detail, problem
    if body is None and not inquiry.policy.fetch_resources:
        said = sentence("Whether {url} still is what it says was not looked at.", url=shown(url))
        return Outcome.SKIPPED, said, None
    if body is None:
        try:
            body = inquiry.reach.fetch(url, accept="*/*", max_bytes=MAX_RESOURCE_BYTES).body
        except FetchError as error:
            return _not_checked(sentence("A file that it refers to was not to be had: {why}.", why=error.reason), place)
    member = digests.problem_of(resource, body)
    if member is None:
        return Outcome.PASSED, sentence("The file {url} is the one that it refers to.", url=shown(url)), None
    return _another_file(url, member, place)


def _schema(entry: Mapping[str, Any], place: str, document: Mapping[str, Any], inquiry: Inquiry) -> Finding:
    url = str(entry.get("id"))
    if _SCHEMA_TYPES.isdisjoint(types(entry)):
        kind = shown(", ".join(types(entry)))
        said = sentence("It names a schema of a kind that is not read here ({kind}).", kind=kind)
        return Outcome.SKIPPED, said, None
    if url.startswith(_OF_OPEN_BADGES):
        said = sentence("It names the schema of Open Badges; its form was checked by that standard itself.")
        return Outcome.SKIPPED, said, None
    if not inquiry.policy.fetch_resources:
        said = sentence("Whether it fits the schema {url} was not looked at.", url=shown(url))
        return Outcome.SKIPPED, said, None
    return _asked(url, entry, place, document, inquiry)


def _asked(url: str, entry: Mapping[str, Any], place: str, document: Mapping[str, Any], inquiry: Inquiry) -> Finding:
    try:
        body = inquiry.reach.fetch(url, accept=ACCEPT_SCHEMA, max_bytes=MAX_SCHEMA_BYTES).body
        member = digests.problem_of(entry, body) if {"digestSRI", "digestMultibase"} & entry.keys() else None
        if member is not None:
            return _another_file(url, member, place)
        wrong = fault(strict_json.parse(body), dict(document))
    except FetchError as error:
        return _not_checked(sentence("The schema that it names was not to be had: {why}.", why=error.reason), place)
    except (NotUsable, Unacceptable) as error:
        said = sentence("The schema {url} could not be asked: {why}.", url=shown(url), why=sentence_of(error))
        return _not_checked(said, place)
    if wrong is None:
        return Outcome.PASSED, sentence("It fits the schema {url}.", url=shown(url)), None
    said = sentence("It does not fit the schema {url}, which it names: {why}.", url=shown(url), why=shown(wrong))
    return Outcome.FAILED, said, Problem(MALFORMED_VALUE_ERROR, "Does not fit its schema", said, place)


def _another_file(url: str, member: str, place: str) -> Finding:
    said = sentence("The file {url} is not the one that it refers to ({member}).", url=shown(url), member=member)
    return Outcome.FAILED, said, Problem(CRYPTOGRAPHIC_SECURITY_ERROR, "Another file", said, f"{place}/{member}")


def _not_checked(said: str, place: str) -> Finding:
    return Outcome.INCOMPLETE, said, Problem(RESOURCE_NOT_CHECKED, "Not checked", said, place)
