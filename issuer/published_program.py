"""A program read back from the database as its file: for `program show`, and to say what a new file would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.errors import UnknownProgram
from issuer.issuers import issuer_row
from issuer.people.assignment_rules import TargetKind, due_rule_from_dict
from issuer.program_document import Document, image_name, level_document, settings_document, yaml_of
from issuer.programs import Program, catalogue_of
from issuer.store import Database
from issuer.tables import AchievementRow, AssignmentRow, IssuerRow, LevelRow, PersonAddressRow, ProgramRow


@dataclass(frozen=True, slots=True)
class PublishedProgram:
    """A program's file as published now, and the pictures that it names, by name."""

    yaml: str
    images: Mapping[str, bytes]


def show_program(db: Database, program: str, *, issuer: str | None = None) -> PublishedProgram:
    """The file that would publish a program as it is now: applying it, its pictures beside it, changes nothing.

    Raises UnknownProgram, naming the known ones; UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        found = published_program(session, owner, program)
        if found is None:
            known = ", ".join(catalogue_of(session, owner).programs) or "there is none yet"
            raise UnknownProgram(f"there is no program {program!r}; known are: {known}")
        return found


def published_program(session: Session, owner: IssuerRow, program: str) -> PublishedProgram | None:
    """`show_program` within a transaction; None if there is no such program."""
    found = find_program(session, owner, program)
    if found is None:
        return None
    rows = {level.row_id: name for level in found.levels if (name := image_name(level))}
    pictures = session.execute(select(AchievementRow.id, AchievementRow.image).where(AchievementRow.id.in_(rows))).all()
    return PublishedProgram(
        yaml=yaml_of(program_document(session, owner, found)),
        images={rows[row_id]: image for row_id, image in pictures if image is not None},
    )


def find_program(session: Session, owner: IssuerRow, slug: str) -> Program | None:
    """The program as it can be awarded now, or None."""
    return catalogue_of(session, owner).programs.get(slug)


def program_document(session: Session, owner: IssuerRow, program: Program) -> dict[str, Document]:
    """The whole file as plain data."""
    document: dict[str, Document | None] = {
        "program": program.slug,
        "name": program.name,
        "description": program.description,
        "time_zone": program.time_zone if program.time_zone != "UTC" else None,
        "owner": program.owner,
        **settings_document(program.settings),
        "assign": [*assignments_document(session, owner, program.slug)] or None,
        "levels": [level_document(level) for level in program.levels],
    }
    return {name: value for name, value in document.items() if value is not None}


def assignments_document(session: Session, owner: IssuerRow, program: str) -> list[dict[str, Document]]:
    """The assignments that the program's file made and that are in force. A person is named by his first address."""
    rows = session.execute(
        select(AssignmentRow, LevelRow.slug)
        .join(LevelRow, LevelRow.id == AssignmentRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(
            ProgramRow.issuer_id == owner.id,
            ProgramRow.slug == program,
            AssignmentRow.source == "program",
            AssignmentRow.ended_at.is_(None),
        )
        .order_by(LevelRow.position, AssignmentRow.id)
    ).all()
    shown: list[dict[str, Document]] = []
    for row, level in rows:
        target = _target(session, row)
        if target is not None:
            asked = {"suggested": "true"} if row.due is None else {"required": str(due_rule_from_dict(row.due))}
            shown.append({"level": level, "to": target, **asked})
    return shown


def _target(session: Session, row: AssignmentRow) -> Document | None:
    kind = TargetKind(row.target_kind)
    if kind is TargetKind.EVERYONE:
        return kind.value
    if kind is not TargetKind.PERSON:
        return {kind.value: row.target}
    addresses = select(PersonAddressRow.shown).where(PersonAddressRow.person_id == UUID(row.target))
    address = session.scalars(addresses.order_by(PersonAddressRow.ordinal, PersonAddressRow.address)).first()
    return {kind.value: address} if address is not None else None
