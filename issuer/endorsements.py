"""Who else stands behind a program or a level: endorsements by third parties, kept byte for byte as they were given.

An endorsement is a credential of its own (Open Badges 3.0, B.1 EndorsementCredential). It is taken in only if it
verifies, endorses exactly this program or one of its levels, and is by somebody else. It may be revoked or expire any
day: whoever shows one verifies it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from credentials.proofs.envelope import VC_JWT
from issuer import audit
from issuer.addresses import achievement_url, program_url
from issuer.errors import Fault, Refused, Unknown, UnknownProgram
from issuer.issuers import as_issuer, issuer_row
from issuer.programs import Program, catalogue_of
from issuer.store import Database
from issuer.tables import EndorsementRow, IssuerRow, LevelRow, ProgramRow
from verifier.extract import Address, Extracted, NotExtracted, extract
from verifier.parties import issuer_id, objects, shown, types
from verifier.result import VerificationResult

EMBEDDED = "application/vc"
TOKEN = "application/vc+jwt"  # noqa: S105  (a media type)
MOST_OF_A_PROGRAM = 20  # each is verified again whenever the program's page is shown
MAX_BYTES = 100_000

Judge = Callable[[bytes], VerificationResult]
"""What a stranger's verification says of a document now."""


class EndorsementRefused(Refused):
    """What was given endorses nothing here, or nobody can rely on it; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Endorsement:
    """An endorsement of a program, or of one of its levels; `body` is the exact signed JSON or token."""

    id: UUID
    program: str
    level: str | None
    endorser_id: str
    endorser_name: str
    media_type: str
    body: bytes = field(repr=False)
    digest: str
    added_by: str
    added_at: datetime

    @property
    def is_token(self) -> bool:
        """Secured as a JWT; else its proof is embedded."""
        return self.media_type == TOKEN

    @property
    def target(self) -> str:
        """What it endorses, by short names: `cloud` or `cloud/associate`."""
        return f"{self.program}/{self.level}" if self.level else self.program


@dataclass(frozen=True, slots=True)
class Added:
    """The endorsement as it is stored; `new` is False if it was there already."""

    endorsement: Endorsement
    new: bool


def add_endorsement(
    db: Database,
    *,
    issuer: str | None,
    program: str,
    level: str | None = None,
    given: bytes,
    judge: Judge,
    actor: str,
    now: datetime,
    identifier: UUID,
) -> Added:
    """Store an endorsement of a program or a level; `given` is JSON, a JWT, or a PNG or SVG that holds one.

    Its subject decides what it endorses: without `level` that may be any level of the program, or the program's page.
    The same again changes nothing. `judge` is asked outside of any transaction. Raises EndorsementRefused with every
    fault; UnknownProgram, UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        found = _program(session, owner, program)
        targets = _targets(owner, found, level)
        ours = frozenset(session.scalars(select(IssuerRow.did)))
    extracted = _extracted(given)
    body = extracted.text.encode()
    subject, faults = _faults(extracted.document, targets, ours, owner.base_url)
    faults += _size(body)
    if not faults:
        result = judge(body)
        if not result.verified:
            faults.append(Fault("", f"it is {result.status.words}: {result.sentence}"))
    if faults:
        raise EndorsementRefused("The endorsement", faults)
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row, new = _stored(
            session, owner, program, targets[subject], extracted, actor=actor, now=now, new_id=identifier
        )
        added = session.execute(_rows(owner.id).where(EndorsementRow.id == row.id)).one()
        if new:
            _audit(session, owner, added, "endorsement added", actor, now)
        return Added(_endorsement(added), new)


def remove_endorsement(db: Database, *, issuer: str | None, identifier: UUID, actor: str, now: datetime) -> Endorsement:
    """Show it no more; the row stays, and the same endorsement may be added again. Raises Unknown."""
    with db.write() as session:
        owner = issuer_row(session, issuer)
        found = session.execute(_rows(owner.id).where(EndorsementRow.id == identifier)).one_or_none()
        if found is None:
            raise Unknown(f"there is no endorsement {identifier}; see `guildmark endorsement list`")
        found[0].removed_at = now
        session.flush()
        _audit(session, owner, found, "endorsement removed", actor, now)
        return _endorsement(found)


def list_endorsements(db: Database, issuer: str | None, *, program: str | None = None) -> tuple[Endorsement, ...]:
    """Those in force, by program, the levels in their order. Raises UnknownIssuer; UnknownProgram for one not there."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        if program is not None:
            _program(session, owner, program)
        return endorsements_in(session, owner, program=program)


def endorsements_in(session: Session, owner: IssuerRow, *, program: str | None = None) -> tuple[Endorsement, ...]:
    """`list_endorsements` within a transaction, of levels in use and of programs themselves."""
    query = _rows(owner.id).where(LevelRow.id.is_(None) | LevelRow.in_use)
    if program is not None:
        query = query.where(ProgramRow.slug == program)
    return tuple(_endorsement(row) for row in session.execute(query))


def endorsements_of_level(db: Database, public_id: UUID) -> tuple[Endorsement, ...]:
    """Those of the level whose achievement has that id, as it stands in its address."""
    with db.read() as session:
        return tuple(_endorsement(row) for row in session.execute(_rows(None).where(LevelRow.public_id == public_id)))


def targets_of(db: Database, issuer: str | None, program: str) -> Mapping[str, str | None]:
    """What an endorsement of a program may be about, by address: itself (None), or a level. Raises UnknownProgram."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        return _targets(owner, _program(session, owner, program), None)


def _program(session: Session, owner: IssuerRow, slug: str) -> Program:
    programs = catalogue_of(session, owner).programs
    if slug not in programs:
        known = ", ".join(programs) or "there is none yet"
        raise UnknownProgram(f"there is no program {slug!r}; known are: {known}")
    return programs[slug]


def _targets(owner: IssuerRow, program: Program, level: str | None) -> Mapping[str, str | None]:
    """What an endorsement may be about, by its address: the slug of a level, or None for the program itself."""
    levels = {achievement_url(owner.base_url, one.public_id): one.level for one in program.levels}
    if level is None:
        return {program_url(owner.base_url, as_issuer(owner).address_slug, program.slug): None, **levels}
    named = {address: slug for address, slug in levels.items() if slug == level}
    if not named:
        known = ", ".join(one.level for one in program.levels)
        raise UnknownProgram(f"the program {program.slug!r} has no level {level!r}; it has: {known}")
    return dict(named)


def _extracted(given: bytes) -> Extracted:
    try:
        found = extract(given)
    except NotExtracted as nothing:
        raise EndorsementRefused("The endorsement", [Fault("", str(nothing))]) from nothing
    if isinstance(found, Address):
        fault = Fault("", "this is only the address of one", "give the endorsement itself, as a file")
        raise EndorsementRefused("The endorsement", [fault])
    if found.envelope is not None and found.envelope.media_type != VC_JWT:
        fault = Fault("", "badges carry no endorsements in this form (SD-JWT, COSE)", "give it as JSON or as a JWT")
        raise EndorsementRefused("The endorsement", [fault])
    return found


def _faults(
    document: Mapping[str, Any], targets: Mapping[str, str | None], ours: frozenset[str], base_url: str
) -> tuple[str, list[Fault]]:
    """The id of what it endorses, and what is wrong with it that needs no verification to be seen."""
    faults = []
    if "EndorsementCredential" not in types(document):
        kinds = ", ".join(shown(one) for one in types(document) if one != "VerifiableCredential") or "of no kind"
        faults.append(
            Fault("/type", f"this credential is no endorsement ({kinds})", "it must be an EndorsementCredential")
        )
    endorser = issuer_id(document)
    if endorser in ours or endorser.startswith(base_url + "/"):
        faults.append(Fault("/issuer", f"{shown(endorser)} is this issuer itself", "somebody else must have signed it"))
    about = [subject.get("id") for subject in objects(document.get("credentialSubject"))]
    subject = about[0] if len(about) == 1 and isinstance(about[0], str) else ""
    if subject not in targets:
        words = "several things" if len(about) > 1 else shown(subject) if subject else "nothing that has an id"
        right = "it must be about " + " or ".join(targets)
        faults.append(Fault("/credentialSubject/id", f"it endorses {words}", right))
    return subject, faults


def _size(body: bytes) -> Sequence[Fault]:
    if len(body) <= MAX_BYTES:
        return ()
    return (Fault("", f"it has {len(body):,} bytes", f"an endorsement has at most {MAX_BYTES:,}"),)


def _stored(
    session: Session,
    owner: IssuerRow,
    program: str,
    level: str | None,
    found: Extracted,
    *,
    actor: str,
    now: datetime,
    new_id: UUID,
) -> tuple[EndorsementRow, bool]:
    """The row of these bytes, in force; one that was removed before is taken up again."""
    body = found.text.encode()
    digest = sha256(body).hexdigest()
    programs = select(ProgramRow).where(ProgramRow.issuer_id == owner.id, ProgramRow.slug == program)
    program_row = session.scalars(programs).one()
    level_id = None
    if level is not None:
        levels = select(LevelRow.id).where(LevelRow.program_id == program_row.id, LevelRow.slug == level)
        level_id = session.scalars(levels).one()
    row = session.scalars(select(EndorsementRow).where(EndorsementRow.digest == digest)).one_or_none()
    if row is not None and row.removed_at is None:
        return row, False
    in_force = select(func.count()).where(
        EndorsementRow.program_id == program_row.id, EndorsementRow.removed_at.is_(None)
    )
    if session.scalars(in_force).one() >= MOST_OF_A_PROGRAM:
        fault = Fault("", f"{program} has {MOST_OF_A_PROGRAM} endorsements already", "remove one first")
        raise EndorsementRefused("The endorsement", [fault])
    if row is None:
        row = EndorsementRow(id=new_id, digest=digest, body=body)
        session.add(row)
    profile = found.document.get("issuer")
    name = profile.get("name") if isinstance(profile, Mapping) else None
    row.program_id, row.level_id = program_row.id, level_id
    row.endorser_id = issuer_id(found.document)
    row.endorser_name = shown(name) if isinstance(name, str) and name.strip() else shown(row.endorser_id)
    row.media_type = EMBEDDED if found.envelope is None else TOKEN
    row.added_by, row.added_at, row.removed_at = actor, now, None
    session.flush()
    return row, True


_Rows = Select[*tuple[Any, ...]]


def _rows(issuer_row_id: int | None) -> _Rows:
    """Those in force with their program and level; of every issuer, if none is named."""
    query = (
        select(EndorsementRow, ProgramRow, LevelRow)
        .join(ProgramRow, ProgramRow.id == EndorsementRow.program_id)
        .outerjoin(LevelRow, LevelRow.id == EndorsementRow.level_id)
        .where(EndorsementRow.removed_at.is_(None))
        .order_by(ProgramRow.slug, func.coalesce(LevelRow.position, -1), EndorsementRow.added_at, EndorsementRow.id)
    )
    return query if issuer_row_id is None else query.where(ProgramRow.issuer_id == issuer_row_id)


def _endorsement(row: Any) -> Endorsement:
    endorsement, program, level = row
    return Endorsement(
        id=endorsement.id,
        program=program.slug,
        level=level.slug if level is not None else None,
        endorser_id=endorsement.endorser_id,
        endorser_name=endorsement.endorser_name,
        media_type=endorsement.media_type,
        body=bytes(endorsement.body),
        digest=endorsement.digest,
        added_by=endorsement.added_by,
        added_at=endorsement.added_at,
    )


def _audit(session: Session, owner: IssuerRow, row: Any, action: str, actor: str, now: datetime) -> None:
    """The endorser may be a person: the trail holds the digest of what he signed."""
    endorsement, program, level = row
    details = {"endorsement": str(endorsement.id), "sha256": endorsement.digest}
    if level is not None:
        details["level"] = level.slug
    subject = f"program:{owner.slug}/{program.slug}"
    audit.append(session, at=now, actor=actor, action=action, subject=subject, details=details)
