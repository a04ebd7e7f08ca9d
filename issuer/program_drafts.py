"""Drafts of programs: a file that is being written in the portal, until it is published or discarded.

A draft is its text, as `guildmark program apply` takes it, and the pictures beside it. It may be wrong in any way: what
is wrong is said when it is looked at, and stops only its publication. Every change names the revision that it was made
of, so that of two people who change the same one, the second is told and nobody's work is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from credentials.sentence import sentence, sentence_of
from issuer import audit
from issuer.errors import AlreadyExists, Fault, IssuerError, ProgramRefused, UnknownProgram
from issuer.images import accepted_image
from issuer.issuers import issuer_row
from issuer.plain_text import one_line, short_name
from issuer.program_definition import ProgramDefinition
from issuer.program_drafts_text import document_of, in_lines, item_lines
from issuer.program_file import read_program
from issuer.program_yaml import MAX_BYTES, read_yaml
from issuer.programs import ProgramApplied, publish_program
from issuer.published_program import PublishedProgram, published_program
from issuer.store import Database
from issuer.tables import IssuerRow, PersonRow, ProgramDraftImageRow, ProgramDraftRow

MOST_IMAGES = 200
_NONE: Mapping[str, bytes] = MappingProxyType({})


class DraftChanged(IssuerError):  # noqa: N818  (an event, as in the other rooms)
    """Somebody else changed the draft meanwhile; nothing was changed now."""


class DraftExists(AlreadyExists):
    """There is a draft of that program already. `draft_id` is its id."""

    def __init__(self, slug: str, draft_id: UUID) -> None:
        self.draft_id = draft_id
        super().__init__(sentence("there is a draft of {slug} already; publish or discard it first", slug=slug))


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands. `program` is its short name; `begun_from` the digest of what was published when it began.

    `changed_by` and `begun_by` are actors; `changed_name` is what the one who changed it last is called, "" if he is
    no person or was erased.
    """

    id: UUID
    program: str
    text: str
    revision: int
    begun_from: str | None
    begun_by: str
    begun_at: datetime
    changed_by: str
    changed_at: datetime
    changed_name: str = ""
    images: Mapping[str, bytes] = field(default_factory=lambda: _NONE, repr=False)

    def definition(self) -> ProgramDefinition:
        """What it defines. Raises ProgramRefused with every fault."""
        return read_program(self.text.encode(), images=self.images)


def begin_draft(
    db: Database,
    *,
    issuer: str | None,
    text: str,
    images: Mapping[str, bytes] = _NONE,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Draft:
    """A draft of the program that the text names.

    Raises ProgramRefused if the text names no program or a picture cannot be used, DraftExists, UnknownIssuer.
    """
    slug = named_in(text)
    accepted = _accepted(images)
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        there = session.scalars(_of(owner).where(ProgramDraftRow.slug == slug)).one_or_none()
        if there is not None:
            raise DraftExists(slug, there.id)
        published = published_program(session, owner, slug)
        row = ProgramDraftRow(
            id=UUID(bytes=randomness(16), version=4),
            issuer_id=owner.id,
            slug=slug,
            text=text,
            revision=1,
            begun_from=digest_of(published) if published is not None else None,
            begun_by=actor,
            begun_at=now,
            changed_by=actor,
            changed_at=now,
        )
        session.add(row)
        session.flush()
        session.add_all(
            ProgramDraftImageRow(draft_id=row.id, name=name, media_type=media_type, image=image)
            for name, (media_type, image) in accepted.items()
        )
        _record(session, owner, row, "program draft begun", actor=actor, now=now)
        return _draft(session, row)


def edit_program(
    db: Database,
    program: str,
    *,
    issuer: str | None,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Draft:
    """The draft of a published program: the one there is, or a new one that says what is published.

    Raises UnknownProgram, UnknownIssuer.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        there = session.scalars(_of(owner).where(ProgramDraftRow.slug == program)).one_or_none()
        if there is not None:
            return _draft(session, there)
        published = published_program(session, owner, program)
    if published is None:
        raise UnknownProgram(sentence("there is no program {program!r}", program=program))
    return begin_draft(
        db,
        issuer=issuer,
        text=published.yaml,
        images=published.images,
        actor=actor,
        now=now,
        randomness=randomness,
    )


def find_draft(db: Database, draft_id: UUID, *, issuer: str | None) -> Draft:
    """The draft with its pictures. Raises UnknownProgram, UnknownIssuer."""
    with db.read() as session:
        return _draft(session, _row(session, issuer_row(session, issuer), draft_id))


def drafts_of(session: Session, owner: IssuerRow) -> tuple[Draft, ...]:
    """All drafts by their short names, without their pictures."""
    rows = session.scalars(_of(owner).order_by(ProgramDraftRow.slug)).all()
    names = _names(session, [row.changed_by for row in rows])
    return tuple(_as_draft(row, {}, names) for row in rows)


def save_draft(db: Database, draft: Draft, *, issuer: str | None, text: str, actor: str, now: datetime) -> Draft:
    """The draft with another text, if it still is as `draft` says it is.

    A draft of a program that was never published may be renamed. Raises DraftChanged; ProgramRefused if the text is
    too long, or names another program than the published one, or one that is there; UnknownProgram.
    """
    if text == draft.text:
        return draft
    if len(text.encode()) > MAX_BYTES:
        raise ProgramRefused(
            "The draft",
            [
                Fault(
                    "",
                    sentence("this is too long"),
                    sentence("at most {max_bytes} bytes are kept", max_bytes=MAX_BYTES),
                )
            ],
        )
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _row(session, owner, draft.id)
        slug = _renamed(session, owner, row, text)
        done = session.execute(
            update(ProgramDraftRow)
            .where(ProgramDraftRow.id == draft.id, ProgramDraftRow.revision == draft.revision)
            .values(text=text, slug=slug, revision=draft.revision + 1, changed_by=actor, changed_at=now)
            .returning(ProgramDraftRow.id)
        ).first()
        if done is None:
            raise DraftChanged(sentence("somebody else changed this draft meanwhile"))
        session.refresh(row)
        return _draft(session, row)


def keep_image(db: Database, draft: Draft, *, issuer: str | None, stem: str, image: bytes) -> tuple[Draft, str]:
    """The draft with one more picture, and the name that it has there: `stem` and what kind of image it is.

    A picture of that name gives way only if the draft's text does not name it. Raises ValueError with a sentence for
    what is no PNG or SVG, or cannot be used; UnknownProgram.
    """
    media_type, accepted = accepted_image(image)
    ending = {"image/png": "png", "image/svg+xml": "svg"}[media_type]
    with db.write() as session:
        row = _row(session, issuer_row(session, issuer, lock=True), draft.id)
        there = _images(session, row.id)
        if len(there) >= MOST_IMAGES:
            raise ValueError(
                sentence("this draft has {most_images} pictures; remove what it does not need", most_images=MOST_IMAGES)
            )
        name, number = f"{stem}.{ending}", 1
        while name in there and there[name] != accepted:
            number += 1
            name = f"{stem}-{number}.{ending}"
        if name not in there:
            session.add(ProgramDraftImageRow(draft_id=row.id, name=name, media_type=media_type, image=accepted))
            session.flush()
        return _draft(session, row), name


def discard_draft(db: Database, draft: Draft, *, issuer: str | None, actor: str, now: datetime) -> None:
    """Remove a draft; what is published stays. Raises DraftChanged, UnknownProgram."""
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _row(session, owner, draft.id)
        _remove(session, draft)
        _record(session, owner, row, "program draft discarded", actor=actor, now=now)


def publish_draft(
    db: Database, draft: Draft, *, issuer: str | None, actor: str, now: datetime, text: str | None = None
) -> ProgramApplied:
    """Publish what the draft says, and be done with it; all or nothing. `text` is its last change, if there is one.

    Raises DraftChanged; ProgramRefused with every fault, as `issuer.programs.apply_program` does; UnknownProgram.
    """
    definition = read_program((draft.text if text is None else text).encode(), images=draft.images)
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _row(session, owner, draft.id)
        if definition.program != row.slug:
            _renamed(session, owner, row, draft.text if text is None else text)
        _remove(session, draft)
        done = publish_program(session, owner, definition, actor=actor, now=now)
        _record(session, owner, row, "program draft published", actor=actor, now=now)
        return done


def digest_of(published: PublishedProgram) -> str:
    """What names a published state of a program: SHA-256 over its file and its pictures."""
    found = sha256(published.yaml.encode())
    for name in sorted(published.images):
        found.update(b"\0" + name.encode() + b"\0" + sha256(published.images[name]).digest())
    return found.hexdigest()


def overtaken(db: Database, draft: Draft, *, issuer: str | None) -> bool:
    """Whether the program was published otherwise since the draft was begun, so that it would take that back."""
    with db.read() as session:
        published = published_program(session, issuer_row(session, issuer), draft.program)
        return (digest_of(published) if published is not None else None) != draft.begun_from


def new_program(*, name: str, program: str, level: str, criteria: str, validity: str = "") -> str:
    """The text of the smallest program: one level, no rubric. The values are as they were typed."""
    facts = in_lines({"program": program, "name": name})
    first = item_lines({"name": level, "criteria": criteria, **({"validity": validity} if validity else {})})
    return "\n".join([facts, "levels:", *(f"  {line}" if line else "" for line in first), ""])


def named_in(text: str) -> str:
    """The short name of the program that a text is of. Raises ProgramRefused."""
    read = read_yaml(text.encode())
    if read.data is None:
        raise ProgramRefused("The program", read.faults)
    given = read.data.get("program") if isinstance(read.data, dict) else None
    if not isinstance(given, str):
        what = sentence("this names no program")
        raise ProgramRefused(
            "The program", [Fault("line 1, program", what, sentence("begin with program: and its short name"))]
        )
    try:
        return short_name(given)
    except ValueError as error:
        raise ProgramRefused("The program", [Fault(read.where(("program",)), sentence_of(error))]) from None


def _renamed(session: Session, owner: IssuerRow, row: ProgramDraftRow, text: str) -> str:
    """The short name that the draft has with this text; what it has now if the text cannot be read or says none."""
    given = (document_of(text) or {}).get("program")
    if not isinstance(given, str) or given == row.slug:
        return row.slug
    slug = named_in(text)
    where = read_yaml(text.encode()).where(("program",))
    if row.begun_from is not None:
        what = sentence("this draft is of {slug}, and a program keeps its short name", slug=row.slug)
        raise ProgramRefused("The draft", [Fault(where, what, sentence("write program: {slug}", slug=row.slug))])
    taken = session.scalars(_of(owner).where(ProgramDraftRow.slug == slug)).first() is not None
    if taken or published_program(session, owner, slug) is not None:
        raise ProgramRefused(
            "The draft",
            [Fault(where, sentence("there is a program {slug} already", slug=slug), sentence("choose another name"))],
        )
    return slug


def _accepted(images: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    found, faults = {}, []
    for name, image in images.items():
        try:
            found[one_line(name)] = accepted_image(image)
        except ValueError as error:
            faults.append(Fault(name, sentence_of(error), sentence("use a PNG or SVG image")))
    if len(images) > MOST_IMAGES:
        faults.append(
            Fault(
                "",
                sentence("these are {count} pictures", count=len(images)),
                sentence("at most {most_images} are kept", most_images=MOST_IMAGES),
            )
        )
    if faults:
        raise ProgramRefused("The program", faults)
    return found


def _remove(session: Session, draft: Draft) -> None:
    session.execute(delete(ProgramDraftImageRow).where(ProgramDraftImageRow.draft_id == draft.id))
    gone = session.execute(
        delete(ProgramDraftRow)
        .where(ProgramDraftRow.id == draft.id, ProgramDraftRow.revision == draft.revision)
        .returning(ProgramDraftRow.id)
    ).first()
    if gone is None:
        raise DraftChanged(sentence("somebody else changed this draft meanwhile"))


def _of(owner: IssuerRow) -> Select[ProgramDraftRow]:
    return select(ProgramDraftRow).where(ProgramDraftRow.issuer_id == owner.id)


def _row(session: Session, owner: IssuerRow, draft_id: UUID) -> ProgramDraftRow:
    row = session.scalars(_of(owner).where(ProgramDraftRow.id == draft_id)).one_or_none()
    if row is None:
        raise UnknownProgram(sentence("there is no such draft: it was published or discarded"))
    return row


def _images(session: Session, draft_id: UUID) -> dict[str, bytes]:
    rows = session.scalars(select(ProgramDraftImageRow).where(ProgramDraftImageRow.draft_id == draft_id))
    return {row.name: row.image for row in rows}


def _draft(session: Session, row: ProgramDraftRow) -> Draft:
    return _as_draft(row, _images(session, row.id), _names(session, [row.changed_by]))


def _as_draft(row: ProgramDraftRow, images: Mapping[str, bytes], names: Mapping[str, str]) -> Draft:
    return Draft(
        id=row.id,
        program=row.slug,
        text=row.text,
        revision=row.revision,
        begun_from=row.begun_from,
        begun_by=row.begun_by,
        begun_at=row.begun_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        changed_name=names.get(row.changed_by, ""),
        images=images,
    )


def _names(session: Session, actors: list[str]) -> dict[str, str]:
    """What people are called who acted."""
    ids = [UUID(actor.removeprefix("person:")) for actor in actors if actor.startswith("person:")]
    rows = session.execute(
        select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(ids), PersonRow.erased_at.is_(None))
    )
    return {f"person:{person_id}": name or "" for person_id, name in rows}


def _record(
    session: Session, owner: IssuerRow, row: ProgramDraftRow, action: str, *, actor: str, now: datetime
) -> None:
    subject = f"program:{owner.slug}/{row.slug}"
    audit.append(session, at=now, actor=actor, action=action, subject=subject, details={"draft": str(row.id)})
