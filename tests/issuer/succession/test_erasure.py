"""Erasing a person: no row, and on SQLite no byte of the file, holds what identifies him; the status goes on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from credentials.status_list import read_status
from issuer import audit
from issuer.awards import Evidence
from issuer.catalogue import find_credential, is_erased, list_credentials
from issuer.doctor import examine
from issuer.erasure import NAME, erase_person, erase_preview, scrub
from issuer.errors import TransitionRefused, Unknown
from issuer.messages.notices import Kind, Notice, put
from issuer.published import document
from issuer.status import revoke
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import (
    AssessmentRow,
    AwardRow,
    CreditRow,
    IssuerRow,
    LevelRow,
    MembershipRow,
    MessageRow,
    NoticeRow,
    PersonRow,
    ProposalRow,
    StatusEntryRow,
    StatusListRow,
    Table,
)
from tests.issuer.succession.conftest import NOW, Works

SECRETS = (
    "Zyxwina", "zyxwina", "EMP-4711-Z", "did:web:zyxwina.example", "evidence-zyx", "Conductor of qqtrains",
    "qqnarrative", "qqreason", "qqremark", "qqactivity",
)  # fmt: skip


def a_life(works: Works) -> UUID:
    """Everything that the tables can know of a person; her first credential."""
    first = works.earned(
        name="Zyxwina Ö",
        email="Zyxwina@example.org",
        did="did:web:zyxwina.example",
        narrative="qqnarrative",
        evidence=(Evidence("https://example.org/evidence-zyx", "evidence-zyx"),),
        idempotency_key="zyxwina-basics",
    )
    second = reissue(
        works.db,
        works.keyring,
        credential_id=first,
        corrections=Corrections(name="Zyxwina Öö"),
        reason="Married: qqreason of Zyxwina.",
        actor="t",
        now=NOW,
        randomness=works.randomness,
    ).successor_id
    assert second is not None
    works.earned(number=2)
    with works.db.write() as session:
        person = session.scalars(select(PersonRow).where(PersonRow.name == "Zyxwina Öö")).one()
        other = session.scalars(select(PersonRow).where(PersonRow.id != person.id)).one()
        other.manager_id = person.id
        person.manager_id, person.employee_number, person.function = other.id, "EMP-4711-Z", "Conductor of qqtrains"
        level = session.scalars(select(LevelRow).where(LevelRow.slug == "oath")).one()
        owner = session.scalars(select(IssuerRow)).one()
        achievement = session.scalars(select(AwardRow.achievement_id)).first()
        session.add(MembershipRow(person_id=person.id, kind="team", name="secret", since=date(2026, 1, 1)))
        proposal = ProposalRow(
            id=uuid4(), issuer_id=owner.id, person_id=person.id, level_id=level.id, achievement_id=achievement,
            state="proposed", round=1, source="api", proposed_by="t", proposed_at=NOW, completed_on=date(2026, 11, 1),
            narrative="qqnarrative", evidence=[{"url": "https://example.org/evidence-zyx"}], results={"exam": "1"},
            declaration=None, idempotency_key="given:zyxwina", request_digest="d",
        )  # fmt: skip
        session.add(proposal)
        session.flush()
        session.add(
            AssessmentRow(
                proposal_id=proposal.id,
                round=1,
                assessor_id=other.id,
                function="Lead",
                scores={},
                remark="qqremark",
                at=NOW,
            )
        )
        session.add(
            CreditRow(
                person_id=person.id, level_id=level.id, done_on=date(2026, 2, 2), hundredths=100, recorded_at=NOW,
                activity="qqactivity of Zyxwina", url="https://zyxwina.example", recorded_by="t",
                idempotency_key="zyxwina",
            )
        )  # fmt: skip
        message = MessageRow(
            id=uuid4(), issuer_id=owner.id, recipient_id=other.id, address="ana2@example.org", attempts=0,
            subject="Zyxwina is late", text="Zyxwina", html="<p>Zyxwina", calendar=None, state="queued", not_before=NOW,
            created_at=NOW,
        )  # fmt: skip
        session.add(message)
        for key, about in (("hers", person.id), ("his", other.id)):
            notice = Notice(key, Kind.ESCALATED_TO_MANAGER, owner.id, {}, NOW, recipient_id=other.id, about_id=about)
            put(session, [notice], NOW)
        for row in session.scalars(select(NoticeRow).where(NoticeRow.key.in_(["hers", "his"]))):
            row.state, row.message_id = "bundled", message.id
    return second


def test_nothing_of_her_is_left_and_her_status_goes_on(works: Works) -> None:
    one = a_life(works)
    shown = erase_preview(works.db, "ZYXWINA@example.org", now=NOW)
    assert (shown.name, shown.credentials, shown.valid, shown.proposals, shown.messages) == ("Zyxwina Öö", 2, 1, 1, 1)
    entry = works.document(one)["credentialStatus"][0]
    with works.db.read() as session:
        entries = session.execute(select(StatusEntryRow.list_id, StatusEntryRow.position)).all()
    done = erase_person(works.db, email="zyxwina@example.org", actor="anna", now=NOW)
    assert len(done.credentials) == 2
    with works.db.read() as session:
        for table in Table.metadata.sorted_tables:
            for row in session.execute(select(table)):
                said = repr(tuple(row))
                assert not [secret for secret in SECRETS if secret in said], (table.name, said)
        assert session.execute(select(StatusEntryRow.list_id, StatusEntryRow.position)).all() == entries
        states = {row.key: (row.state, row.message_id) for row in session.scalars(select(NoticeRow))}
        assert states["his"] == ("waiting", None), "what the mail would have said of others is said in another one"
        assert states["hers"][0] == "bundled"
        assert session.scalars(select(MessageRow.state)).one() == "dropped"
        assert session.scalars(select(PersonRow.name).where(PersonRow.erased_at.is_not(None))).one() == NAME
        assert session.scalars(select(ProposalRow.state)).one() == "withdrawn"
    assert is_erased(works.db, one)
    view = find_credential(works.db, one)
    assert view is not None
    assert view.document is None
    assert view.record.recipient_name == NAME
    assert document(works.db, f"http://localhost:8000/credentials/{one}") is None
    assert NAME in {item.recipient_name for item in list_credentials(works.db, now=NOW).items}
    revoke(works.db, works.keyring, credential_id=one, reason="Left.", actor="t", now=NOW)
    served = document(works.db, entry["statusListCredential"])
    assert served is not None
    assert read_status(json.loads(served.body), entry), "the list that strangers hold the address of still answers"
    assert audit.verify(works.db).whole
    health = examine(works.db, now=NOW)
    assert health.sound, [item.faults for item in health.examinations]


def test_the_database_file_holds_none_of_it_either(sqlite_works: Works, tmp_path: Path) -> None:
    a_life(sqlite_works)
    path = tmp_path / "works.db"
    with sqlite_works.db.write() as session:
        session.execute(text("PRAGMA user_version"))
    erase_person(sqlite_works.db, email="zyxwina@example.org", actor="anna", now=NOW)
    assert scrub(sqlite_works.db)
    everything = b"".join(file.read_bytes() for file in tmp_path.glob("works.db*"))
    assert path.stat().st_size > 0
    assert not [secret for secret in SECRETS if secret.encode() in everything]


def test_who_is_erased_cannot_be_found_renewed_or_corrected(works: Works) -> None:
    one = works.earned()
    erase_person(works.db, email="ana1@example.org", actor="t", now=NOW)
    with pytest.raises(Unknown, match="nobody has the address"):
        erase_person(works.db, email="ana1@example.org", actor="t", now=NOW)
    with pytest.raises(TransitionRefused, match="erased"):
        renew(
            works.db,
            works.keyring,
            wish=RenewalWish(one, date(2026, 11, 20), (("exam", "90"),)),
            actor="t",
            now=NOW,
            randomness=works.randomness,
        )
    with pytest.raises(TransitionRefused, match="erased"):
        reissue(
            works.db,
            works.keyring,
            credential_id=one,
            corrections=Corrections(narrative="x"),
            reason="x",
            actor="t",
            now=NOW,
            randomness=works.randomness,
        )


def test_the_lists_go_on_being_published(works: Works) -> None:
    from issuer.status_lists import ensure_fresh_lists

    works.earned()
    erase_person(works.db, email="ana1@example.org", actor="t", now=NOW)
    with works.db.read() as session:
        lists = len(session.scalars(select(StatusListRow.id)).all())
    assert ensure_fresh_lists(works.db, works.keyring, NOW) == lists
