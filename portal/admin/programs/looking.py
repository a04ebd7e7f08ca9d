"""What the pages of a draft show of it: its levels, and what is wrong with it, each fault with the way to its field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from credentials.sentence import Sentence, sentence
from issuer.errors import Fault, ProgramRefused
from issuer.program_definition import ProgramDefinition
from issuer.program_drafts import Draft, find_draft
from issuer.program_drafts_text import document_of
from issuer.programs import Catalogue
from portal.admin.programs.form_document import Data, fields, items, length, text
from portal.admin.programs.level_form import key_of
from portal.admin.programs.places import Placed, facts_field, level_field, placed
from portal.service import Service

PATH = "/admin/programs"
DRAFTS = "/admin/program-drafts"
"""Beside PATH, and not below it, where every short name is a program’s: also `new`, `import` and `drafts`."""


def draft_path(draft_id: UUID, *below: str) -> str:
    """The address of a page of a draft."""
    return "/".join((DRAFTS, str(draft_id), *below))


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault, where it is in words, the way there, and the line of the text that it is in ("": none)."""

    said: str
    where: str
    href: str
    line: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class LevelView:
    """A level of a draft in a list: `picture` is its address, "" without one; `faults` how many it has."""

    key: str
    name: str
    validity: str
    picture: str
    href: str
    published: bool
    faults: int


@dataclass(frozen=True, slots=True)
class Looked:
    """A draft, read: what its text says (None: it cannot be read), what it defines if nothing is wrong, its faults."""

    draft: Draft
    document: Data | None
    definition: ProgramDefinition | None
    faults: tuple[Placed, ...]

    @property
    def name(self) -> str:
        """What the program is called; its short name as long as it has no other."""
        return text((self.document or {}).get("name")) or self.draft.program

    @property
    def levels(self) -> list[Any]:
        """The levels as they are written."""
        return items((self.document or {}).get("levels"))

    def position(self, key: str) -> int | None:
        """Where the level with that short name stands; None if there is none."""
        return next((number for number, level in enumerate(self.levels) if key_of(level, number) == key), None)

    def faults_of_level(self, position: int) -> tuple[Placed, ...]:
        """What is wrong with one level."""
        return tuple(one for one in self.faults if one.level == position)

    def faults_of_facts(self) -> tuple[Placed, ...]:
        """What is wrong with what the form of the facts shows."""
        return tuple(one for one in self.faults if facts_field(one.path))


def the_draft(service: Service, draft_id: UUID) -> Looked:
    """A draft as it stands now. Raises UnknownProgram."""
    return look(find_draft(service.database, draft_id, issuer=service.issuer))


def look(draft: Draft) -> Looked:
    """Read a draft."""
    document = document_of(draft.text)
    try:
        return Looked(draft, document, draft.definition(), ())
    except ProgramRefused as refused:
        return Looked(draft, document, None, placed(refused.faults))


def level_views(looked: Looked, catalogue: Catalogue) -> tuple[LevelView, ...]:
    """The levels of a draft in order."""
    views = []
    for number, level in enumerate(looked.levels):
        key, found = key_of(level, number), fields(level)
        image = text(found.get("image"))
        views.append(
            LevelView(
                key=key,
                name=text(found.get("name")) or key,
                validity=length(found.get("validity")),
                picture=picture_path(looked.draft, image),
                href=draft_path(looked.draft.id, "levels", key),
                published=catalogue.find(looked.draft.program, key) is not None,
                faults=len(looked.faults_of_level(number)),
            )
        )
    return tuple(views)


def picture_path(draft: Draft, name: str) -> str:
    """The address of a picture of a draft; "" if it has none of that name."""
    if name not in draft.images:
        return ""
    return draft_path(draft.id, "pictures", digest(draft.images[name])[:32])


def fault_views(looked: Looked, faults: Iterable[Placed] | None = None) -> tuple[FaultView, ...]:
    """The faults of a draft (or others of it), each with the way to its field."""
    found = looked.faults if faults is None else faults
    return tuple(_fault_view(looked, one) for one in found)


def fault_views_of(looked: Looked, faults: Sequence[Fault]) -> tuple[FaultView, ...]:
    """The same for faults that were found when it was tried."""
    return fault_views(looked, placed(faults))


def _fault_view(looked: Looked, one: Placed) -> FaultView:
    lines = looked.draft.text.split("\n")
    excerpt = lines[one.line - 1].strip()[:120] if 0 < one.line <= len(lines) else ""
    where: str = sentence("Text, line {line}", line=one.line) if one.line else sentence("Text")
    href = draft_path(looked.draft.id, "text")
    if looked.document is not None:
        if one.level is not None and one.level < len(looked.levels):
            key = key_of(looked.levels[one.level], one.level)
            where = text(fields(looked.levels[one.level]).get("name")) or key
            field = level_field(one.path[2:])
            href = draft_path(looked.draft.id, "levels", key) + (f"#{field}" if field else "")
        elif field := facts_field(one.path):
            where, href = sentence("About the program"), draft_path(looked.draft.id, "facts") + f"#{field}"
        elif one.path[:1] == ("levels",):
            where, href = sentence("Levels"), draft_path(looked.draft.id)
    return FaultView(one.said, where, href, one.line, excerpt)


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def digest_of(document: Any) -> str:
    """What names a part of a document as it stands, so that a form can say of what it was made."""
    return digest(json.dumps(document, sort_keys=True, ensure_ascii=False).encode())


def level_choices(looked: Looked, catalogue: Catalogue, without: int | None) -> list[tuple[str, str]]:
    """Levels that a level may demand: those of the draft but itself, then those of the other programs."""
    own = [
        (key_of(level, number), text(fields(level).get("name")) or key_of(level, number))
        for number, level in enumerate(looked.levels)
        if number != without
    ]
    others = [
        (f"{slug}/{level.level}", f"{program.name}: {level.name}")
        for slug, program in catalogue.programs.items()
        if slug != looked.draft.program
        for level in program.levels
    ]
    return own + others


def words_of_fields() -> Mapping[str, Sentence]:
    """What the fields of a program's file are called in words."""
    return _WORDS


_WORDS: Mapping[str, Sentence] = {
    "name": sentence("Name"),
    "description": sentence("Description"),
    "time_zone": sentence("Time zone"),
    "owner": sentence("Owner"),
    "reminders": sentence("Reminders"),
    "escalation": sentence("Escalation"),
    "manager_after": sentence("Told to the manager after"),
    "owner_after": sentence("Told to the owner after"),
    "mail_hours": sentence("Hours of mail"),
    "from": sentence("From"),
    "to": sentence("To"),
    "weekdays_only": sentence("Only on weekdays"),
    "committee": sentence("Committee"),
    "members": sentence("Members"),
    "function": sentence("Function"),
    "decisions": sentence("Decisions"),
    "decision": sentence("Decision"),
    "on": sentence("Day"),
    "thank_mentors": sentence("Thank mentors"),
    "learning": sentence("Reports of learning systems"),
    "order of levels": sentence("Order of the levels"),
    "image": sentence("Picture"),
    "validity": sentence("Valid for"),
    "achievement_type": sentence("Kind"),
    "tags": sentence("Tags"),
    "criteria": sentence("What it takes"),
    "narrative": sentence("Text"),
    "url": sentence("Address"),
    "skills": sentence("Skills"),
    "framework": sentence("Framework"),
    "type": sentence("Type"),
    "code": sentence("Code"),
    "results": sentence("Results"),
    "levels": sentence("Steps"),
    "points": sentence("Points"),
    "passing": sentence("Passes from"),
    "required": sentence("Must be there"),
    "min": sentence("At least"),
    "max": sentence("At most"),
    "values": sentence("Values"),
    "status": sentence("What can become of it"),
    "prerequisites": sentence("What must be held before"),
    "needed": sentence("How many of them"),
    "of": sentence("Levels"),
    "evidence": sentence("Evidence"),
    "kind": sentence("Form"),
    "assessment": sentence("Who assesses"),
    "assessors": sentence("Assessors"),
    "functions": sentence("Different functions"),
    "not_the_manager": sentence("Never the manager"),
    "decides": sentence("Who must find it passed"),
    "publish_assessors": sentence("Assessors are named"),
    "by": sentence("By whom"),
    "recertification": sentence("Renewal"),
    "window": sentence("Opens before the end"),
    "due": sentence("Due before the end"),
    "grace": sentence("Grace after the end"),
    "counts_from": sentence("Counts from"),
    "takes": sentence("Takes"),
    "steps": sentence("Only these steps"),
    "declaration": sentence("Declaration"),
    "credits": sentence("Hours of learning"),
    "over": sentence("Within"),
    "late": sentence("When late"),
    "dependents": sentence("Levels built on it"),
    "refresh_service": sentence("Says where its successor is"),
    "midway": sentence("Who is midway"),
    "finish_until": sentence("May finish until"),
}
