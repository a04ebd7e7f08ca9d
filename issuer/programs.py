"""Programs in the database: publishing versions of levels, and the catalogue of what can be awarded.

A published version is immutable. Applying the same file again changes nothing; changed content becomes a new version
of the level, which keeps its address (`achievement.id`) and gets a new `achievement.version`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, defer

from credentials.sentence import sentence
from issuer import audit
from issuer.assessment.rules import EvidenceRule, Midway, PrerequisiteRule, Quorum
from issuer.errors import Fault, NoSigningKey, ProgramRefused, Refused, UnknownProgram
from issuer.issuers import issuer_row
from issuer.people.assignments import AssignmentsApplied, apply_program_assignments
from issuer.program_checks import Linked, level_faults, line_of, link_faults
from issuer.program_definition import ProgramDefinition, ResultRule
from issuer.program_settings import Committee, Decision, ProgramSettings, settings_of
from issuer.proof_choice import require_keys
from issuer.publish_level import LevelApplied, Outcome, publish_level, withdraw_levels
from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Recertification
from issuer.store import Database
from issuer.tables import AchievementRow, IssuerRow, LevelRow, ProgramRow
from issuer.validity import Validity


@dataclass(frozen=True, slots=True)
class Achievement:
    """One published version of a level. `content` is the Achievement as it stands in credentials.

    `ordinal` counts the level's versions from 1. Prerequisites name their program always. Without a `quorum` the level
    may be awarded directly; without `recertification` it is earned anew when it has expired. Through `finish_until`,
    who began under an older version ends there. `proofs` are the cryptosuites that its program asks for now.
    """

    row_id: int
    public_id: UUID
    program: str
    program_name: str
    level: str
    version: str
    name: str
    content: Mapping[str, Any]
    validity: Validity | None
    results: tuple[ResultRule, ...]
    status_purposes: tuple[str, ...]
    status_messages: tuple[str, ...]
    status_reference: str | None
    time_zone: str
    image_media_type: str | None
    published_at: datetime
    ordinal: int
    prerequisites: tuple[PrerequisiteRule, ...]
    evidence: tuple[EvidenceRule, ...]
    quorum: Quorum | None
    recertification: Recertification | None
    finish_until: date | None
    proofs: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days begin and end."""
        return ZoneInfo(self.time_zone)

    @property
    def message_bits(self) -> int:
        """How many bits a status message of its credentials has; 1 if they have none."""
        return max(1, (len(self.status_messages) - 1).bit_length())


@dataclass(frozen=True, slots=True)
class Program:
    """A program with the newest version of each of its levels, in order. `owner` is an e-mail address."""

    slug: str
    name: str
    description: str | None
    time_zone: str
    levels: tuple[Achievement, ...]
    owner: str | None = None
    settings: ProgramSettings = field(default_factory=ProgramSettings)

    @property
    def committee(self) -> Committee:
        """Who stands behind it, and what they decided."""
        return self.settings.committee


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that an issuer can award now."""

    issuer: str
    programs: Mapping[str, Program]

    def find(self, program: str, level: str) -> Achievement | None:
        """The newest version of a level, or None."""
        found = self.programs.get(program)
        return next((one for one in found.levels if one.level == level), None) if found else None

    def level(self, program: str, level: str) -> Achievement:
        """The newest version of a level that is known to be there. Raises UnknownProgram."""
        found = self.find(program, level)
        if found is None:
            raise UnknownProgram(
                sentence("there is no level {level!r} of a program {program!r}", level=level, program=program)
            )
        return found


_NO_ASSIGNMENTS = AssignmentsApplied(0, 0)


@dataclass(frozen=True, slots=True)
class ProgramApplied:
    """What applying a program did, level by level; `settings` are the names of what changed beside the levels."""

    program: str
    levels: tuple[LevelApplied, ...]
    settings: tuple[str, ...] = ()
    assignments: AssignmentsApplied = _NO_ASSIGNMENTS

    @property
    def changes_nothing(self) -> bool:
        """True if everything was as the file says already."""
        unchanged = all(level.outcome is Outcome.UNCHANGED for level in self.levels)
        return unchanged and not self.settings and self.assignments == _NO_ASSIGNMENTS


def apply_program(
    db: Database, *, issuer: str | None, definition: ProgramDefinition, actor: str, now: datetime
) -> ProgramApplied:
    """Publish what is new or changed in a program, all or nothing.

    Raises ProgramRefused with every fault: a level names a version that was published with other content; its rules
    contradict themselves or other levels, of this program or of another; an assignment to nobody. UnknownIssuer.
    """
    with db.write() as session:
        return publish_program(session, issuer_row(session, issuer, lock=True), definition, actor=actor, now=now)


def publish_program(
    session: Session, owner: IssuerRow, definition: ProgramDefinition, *, actor: str, now: datetime
) -> ProgramApplied:
    """`apply_program` within a transaction, which holds the issuer's row. Its audit events are its last work."""
    faults = [*level_faults(definition), *_key_faults(session, owner, definition)]
    program, settings, decisions = _publish_settings(session, owner, definition, now)
    before = _in_use(session, program)
    applied = tuple(
        publish_level(session, owner, program, position, definition=definition, faults=faults, now=now)
        for position in range(len(definition.levels))
    )
    applied += withdraw_levels(session, program, {level.level for level in definition.levels})
    session.flush()
    settings += ("order",) if _reordered(before, _in_use(session, program)) else ()
    faults += link_faults(definition, _linked(session, owner), whole=True)
    try:
        assignments = apply_program_assignments(session, program, definition.assign, actor, now)
    except Refused as refused:
        faults += [definition.placed(fault) for fault in refused.faults]
    if faults:
        raise ProgramRefused("The program", sorted(faults, key=line_of))
    session.flush()
    done = ProgramApplied(program.slug, applied, settings, assignments)
    _record(session, owner, done, decisions, actor=actor, now=now)
    return done


def load_catalogue(db: Database, issuer: str | None = None) -> Catalogue:
    """What the issuer can award now: the newest version of every level in use. Raises UnknownIssuer."""
    with db.read() as session:
        return catalogue_of(session, issuer_row(session, issuer))


def catalogue_of(session: Session, owner: IssuerRow) -> Catalogue:
    """`load_catalogue` within a transaction."""
    versions = aliased(AchievementRow)
    newest = select(func.max(versions.ordinal)).where(versions.level_id == LevelRow.id).scalar_subquery()
    rows = session.execute(
        select(AchievementRow, LevelRow, ProgramRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProgramRow.issuer_id == owner.id, LevelRow.in_use, AchievementRow.ordinal == newest)
        .order_by(ProgramRow.slug, LevelRow.position)
        .options(defer(AchievementRow.image))
    ).all()
    levels: dict[str, tuple[ProgramRow, list[Achievement]]] = {}
    for achievement, level, program in rows:
        levels.setdefault(program.slug, (program, []))[1].append(as_achievement(achievement, level, program))
    return Catalogue(owner.slug, {slug: _as_program(program, found) for slug, (program, found) in levels.items()})


def _as_program(row: ProgramRow, levels: Sequence[Achievement]) -> Program:
    return Program(
        slug=row.slug,
        name=row.name,
        description=row.description,
        time_zone=row.time_zone,
        levels=tuple(levels),
        owner=row.owner_address,
        settings=settings_of(row),
    )


def achievement_row(session: Session, public_id: UUID, version: str | None) -> AchievementRow | None:
    """The row of a level's version (None: the newest)."""
    query = (
        select(AchievementRow)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .where(LevelRow.public_id == public_id)
        .order_by(AchievementRow.ordinal.desc())
        .limit(1)
    )
    return session.scalars(query if version is None else query.where(AchievementRow.version == version)).one_or_none()


def as_achievement(row: AchievementRow, level: LevelRow, program: ProgramRow) -> Achievement:
    """The rows as a value that outlives its session."""
    rules = row.rules
    return Achievement(
        row_id=row.id,
        public_id=level.public_id,
        program=program.slug,
        program_name=program.name,
        level=level.slug,
        version=row.version,
        name=str(row.content["name"]),
        content=dict(row.content),
        validity=Validity(**rules["validity"]) if rules["validity"] else None,
        results=tuple(ResultRule.model_validate(rule) for rule in rules["results"]),
        status_purposes=tuple(rules["status"]),
        status_messages=tuple(rules.get("status_messages", ())),
        status_reference=rules.get("status_reference"),
        time_zone=str(rules["time_zone"]),
        image_media_type=row.image_media_type,
        published_at=row.published_at,
        ordinal=row.ordinal,
        prerequisites=tuple(PrerequisiteRule.model_validate(rule) for rule in rules.get("prerequisites", ())),
        evidence=tuple(EvidenceRule.model_validate(rule) for rule in rules.get("evidence", ())),
        quorum=Quorum.model_validate(rules["assessment"]) if "assessment" in rules else None,
        recertification=(
            Recertification.model_validate(rules["recertification"]) if "recertification" in rules else None
        ),
        finish_until=Midway.model_validate(rules.get("midway", {})).finish_until,
        proofs=tuple(program.settings.get("proofs", ())),
    )


def _in_use(session: Session, program: ProgramRow) -> list[str]:
    levels = select(LevelRow.slug).where(LevelRow.program_id == program.id, LevelRow.in_use)
    return list(session.scalars(levels.order_by(LevelRow.position)))


def _key_faults(session: Session, owner: IssuerRow, definition: ProgramDefinition) -> list[Fault]:
    """A proof that no key of the issuer makes would be missed only when somebody is awarded."""
    try:
        require_keys(session, owner, definition.proofs)
    except NoSigningKey as lacking:
        what, _, right = str(lacking).partition(": ")
        return [Fault(definition.place("proofs"), what, right)]
    return []


def _reordered(before: Sequence[str], after: Sequence[str]) -> bool:
    return [level for level in before if level in after] != [level for level in after if level in before]


def _linked(session: Session, owner: IssuerRow) -> dict[LevelKey, Linked]:
    """Every level in use of the issuer, as the checks of what binds levels to each other take it."""
    return {
        LevelKey(level.program, level.level): Linked(level.prerequisites, level.recertification, level.status_purposes)
        for program in catalogue_of(session, owner).programs.values()
        for level in program.levels
    }


def _publish_settings(
    session: Session, owner: IssuerRow, definition: ProgramDefinition, now: datetime
) -> tuple[ProgramRow, tuple[str, ...], tuple[tuple[str, Decision], ...]]:
    """The program's row with what no version freezes, the names of what changed in it, and which decisions did."""
    row = session.scalars(
        select(ProgramRow).where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == definition.program)
    ).one_or_none()
    wanted = {
        "name": definition.name,
        "description": definition.description,
        "time_zone": definition.time_zone,
        "owner_address": definition.owner,
    }
    settings = definition.settings
    before = ProgramSettings() if row is None else settings_of(row)
    names = [name for name in ProgramSettings.model_fields if getattr(before, name) != getattr(settings, name)]
    if row is None:
        row = ProgramRow(
            issuer_id=owner.id, slug=definition.program, **wanted, settings=settings.as_json(), created_at=now
        )
        session.add(row)
    else:
        names += [name for name, value in wanted.items() if getattr(row, name) != value]
        for name, value in wanted.items():
            setattr(row, name, value)
        if before != settings:
            row.settings = settings.as_json()
    session.flush()
    was, now_is = before.committee.decisions, settings.committee.decisions
    events = [("committee decided", one) for one in now_is if one not in was]
    events += [("committee decision taken back", one) for one in was if one not in now_is]
    return row, tuple(names), tuple(events)


def _record(
    session: Session,
    owner: IssuerRow,
    done: ProgramApplied,
    decisions: Sequence[tuple[str, Decision]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """The audit events. A decision's words may name people: the trail holds their digest, the program the words."""
    events: list[tuple[str, str, Mapping[str, Any]]] = []
    subject = f"program:{owner.slug}/{done.program}"
    if not done.changes_nothing:
        details: dict[str, Any] = {"levels": {one.level: f"{one.version} {one.outcome}" for one in done.levels}}
        if done.settings:
            details["settings"] = list(done.settings)
        events.append(("program applied", subject, details))
    for action, decision in decisions:
        events.append((action, subject, {"on": decision.on.isoformat(), "sha256": decision.digest}))
    if events:
        audit.append_all(session, at=now, actor=actor, events=events)
