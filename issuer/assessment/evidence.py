"""Evidence: what a level demands, what was handed in, and how the credential tells of it. Pure.

A file is not kept: its name and its SHA-256 are, so that whoever has the file can show that it is the one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from credentials.sentence import sentence
from issuer.assessment.rules import EvidenceKind, EvidenceRule
from issuer.awards import Evidence
from issuer.errors import Fault

_FORMS = {
    EvidenceKind.LINK: sentence("a link"),
    EvidenceKind.FILE: sentence("a file"),
    EvidenceKind.ANY: sentence("a link or a file"),
}


def faults_of_evidence(rules: Sequence[EvidenceRule], given: Sequence[Evidence]) -> Iterator[Fault]:
    """What of the required evidence is not there, of the wrong kind, or belongs to no rule.

    Evidence without `rule` counts for the one whose id or name is its name, so that a list with names alone can say it.
    """
    known = {rule.id: rule for rule in rules}
    for item in given:
        if item.rule is not None and item.rule not in known:
            names = (
                sentence("it has: {known}", known=", ".join(known))
                if known
                else sentence("it asks for none; leave the id out")
            )
            yield Fault(
                f"evidence:{item.rule}", sentence("the level asks for no evidence {rule!r}", rule=item.rule), names
            )
    for rule in rules:
        found = [item for item in given if _is_for(rule, item)]
        fitting = [item for item in found if _fits(rule.kind, item)]
        if found and not fitting:
            what = sentence("“{name}” must be {form}", name=rule.name, form=_FORMS[rule.kind])
            yield Fault(f"evidence:{rule.id}", what, sentence("hand it in in that form"))
        elif rule.required and not fitting:
            what = sentence("the level demands “{name}”, and it is not there", name=rule.name)
            yield Fault(f"evidence:{rule.id}", what, sentence("hand in {form}", form=_FORMS[rule.kind]))


def _is_for(rule: EvidenceRule, item: Evidence) -> bool:
    return item.rule == rule.id if item.rule is not None else item.name in {rule.id, rule.name}


def _fits(kind: EvidenceKind, item: Evidence) -> bool:
    if kind is EvidenceKind.LINK:
        return item.url is not None
    if kind is EvidenceKind.FILE:
        return item.sha256 is not None
    return item.url is not None or item.sha256 is not None


def _description(item: Evidence) -> str | None:
    """A file's description ends with its SHA-256."""
    if item.sha256 is None:
        return item.description or None
    digest = f"SHA-256 of the file: {item.sha256}"
    return f"{item.description}\n\n{digest}" if item.description else digest


EVIDENCE_TEXTS: Mapping[str, Callable[[Evidence], str | None]] = MappingProxyType(
    {
        "id": attrgetter("url"),
        "name": attrgetter("name"),
        "description": _description,
        "narrative": attrgetter("narrative"),
        "genre": attrgetter("genre"),
    }
)
"""The members of the Evidence of Open Badges 3.0 (B.1.10) that are texts, and what each says of what was handed in."""


def evidence_members(item: Evidence) -> tuple[str, ...]:
    """The names of the members of its `evidence_object`, in their order."""
    told = [member for member, text in EVIDENCE_TEXTS.items() if text(item) is not None]
    return ("id", "type", *told[1:]) if item.url is not None else ("type", *told)


def evidence_object(item: Evidence) -> dict[str, Any]:
    """The Evidence of Open Badges 3.0."""
    return {
        member: ["Evidence"] if member == "type" else EVIDENCE_TEXTS[member](item) for member in evidence_members(item)
    }


def named_by_rules(rules: Sequence[EvidenceRule], given: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with a rule's name where it has none of its own; a file's own name goes into the description."""
    names = {rule.id: rule.name for rule in rules}
    return tuple(_named(item, names.get(item.rule or "")) for item in given)


def _named(item: Evidence, name: str | None) -> Evidence:
    if name is None or item.name == name:
        return item
    description = item.description
    if item.name is not None:
        description = f"{item.name}\n\n{description}" if description else item.name
    return Evidence(item.url, name, item.rule, item.sha256, description, item.narrative, item.genre)
