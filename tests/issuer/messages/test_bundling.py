"""From notices to one mail a day: what is told, to whom, when, and what is not told any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from issuer.issue import issue
from issuer.messages.notices import Kind
from issuer.status import revoke
from issuer.store import Database
from issuer.tables import CredentialRow, MessageRow, PersonRow
from tests.issuer.conftest import House
from tests.issuer.messages.conftest import MONDAY, OWNER, Company
from tests.issuer.plans import asked, read_from_end_to_end
from tests.issuer.test_concurrency import at_once

LEVEL = "cloud/expert"


def test_everything_of_a_day_comes_in_one_mail(company: Company) -> None:
    ana = company.person("Ana Núñez")
    company.required(ana)
    company.tell(Kind.ASSIGNED, ana, level=LEVEL, required=True, due_on="2027-03-01", why="required for everyone")
    company.tell(Kind.DECIDED, ana, level="cloud/associate", decision="declined", reason="The report is missing.")
    report = company.bundle()
    assert (report.messages, report.bundled, report.dropped) == (1, 2, 0)
    mail = company.mail()
    assert "“Cloud Expert” is required of you" in mail.text
    assert "Earn it by 1 March 2027 (in 49 days)" in mail.text
    assert "The report is missing" in mail.text
    assert mail.calendar is not None
    assert "DTSTART;VALUE=DATE:20270301" in mail.calendar
    assert mail.not_before == MONDAY
    assert company.bundle(MONDAY + timedelta(minutes=1)).messages == 0


def test_a_second_mail_of_a_day_has_only_what_cannot_wait(company: Company) -> None:
    ana = company.person("Ana Núñez")
    company.required(ana)
    company.tell(Kind.REMINDER, ana, level=LEVEL, due_on="2027-03-01")
    company.bundle()
    waits = company.tell(Kind.ASSIGNED, ana, level=LEVEL, required=True, due_on="2027-03-01")
    company.tell(Kind.REVOKED, ana, level="cloud/associate", reason="A mistake.")
    company.tell(Kind.DECIDED, ana, level="cloud/associate", decision="approved")
    assert company.bundle(MONDAY + timedelta(hours=1)).bundled == 2
    assert company.states()[waits] == "waiting"
    assert company.bundle(MONDAY + timedelta(hours=2)).messages == 0
    assert company.bundle(MONDAY + timedelta(days=1)).bundled == 1
    assert len(company.mails()) == 3


def test_nobody_is_written_to_in_his_night(company: Company) -> None:
    berlin, tokyo = company.person("Ben"), company.person("Sakura", zone="Asia/Tokyo")
    for person in (berlin, tokyo):
        company.tell(Kind.REVOKED, person, level=LEVEL, reason="A mistake.", at=MONDAY - timedelta(days=2))
    assert company.bundle(datetime(2027, 1, 11, 6, 59, tzinfo=UTC)).messages == 1  # 15:59 in Tokyo, 7:59 in Berlin
    assert company.mail().recipient_id == tokyo
    assert company.bundle(datetime(2027, 1, 11, 7, 0, tzinfo=UTC)).messages == 1


def test_what_is_a_season_old_is_no_news_but_what_presses_still_presses(company: Company) -> None:
    ana = company.person("Ana")
    company.required(ana)
    old = MONDAY - timedelta(days=31)
    news = company.tell(Kind.DECIDED, ana, level="cloud/associate", decision="approved", at=old)
    pressing = company.tell(Kind.REMINDER, ana, level=LEVEL, due_on="2027-03-01", at=old)
    assert (company.bundle().bundled, company.states()[news], company.states()[pressing]) == (1, "dropped", "bundled")


def test_the_programs_own_mail_hours_count(company: Company) -> None:
    company.set_program(settings={"mail_hours": {"from": 12, "to": 14, "weekdays_only": False}})
    ana = company.person("Ana")
    company.tell(Kind.REVOKED, ana, level=LEVEL, reason="A mistake.")
    assert company.bundle(MONDAY).messages == 0
    assert company.bundle(MONDAY + timedelta(hours=2)).messages == 1  # noon in Berlin


@pytest.mark.parametrize("house_url", ["sqlite"], indirect=True)
class TestWhatIsNotToldAnyMore:
    """Reminders and escalations whose matter is settled."""

    def test_of_missed_reminders_only_the_latest_is_told(self, company: Company) -> None:
        ana = company.person("Ana")
        company.required(ana)
        keys = [
            company.tell(Kind.REMINDER, ana, level=LEVEL, due_on="2027-02-01", at=MONDAY - timedelta(days=days))
            for days in (69, 39, 9)
        ]
        other = company.tell(Kind.REMINDER, ana, level="cloud/associate", due_on="2027-02-01")
        company.required(ana, "associate")
        report = company.bundle()
        assert (report.bundled, report.dropped) == (2, 2)
        assert [company.states()[key] for key in (*keys, other)] == ["dropped", "dropped", "bundled", "bundled"]

    def test_a_reminder_for_what_was_revoked_or_earned_meanwhile(self, company: Company) -> None:
        credential = company.award("Ana", "ana@acme.example")
        with company.db.read() as session:
            ana = session.scalars(select(PersonRow.id)).one()
        company.required(ana, "associate")
        earned = company.tell(Kind.REMINDER, ana, level="cloud/associate", due_on="2027-02-01")
        told = company.tell(Kind.REMINDER, ana, credential=str(credential), due_on="2027-02-01")
        company.bundle()
        assert (company.states()[earned], company.states()[told]) == ("dropped", "bundled")
        revoke(company.db, company.house.keyring, credential_id=credential, reason="A mistake.", actor="t", now=MONDAY)
        company.forget_notices()
        late = company.tell(Kind.EXPIRED, ana, credential=str(credential))
        news = company.tell(Kind.REVOKED, ana, credential=str(credential), reason="A mistake.")
        company.bundle(MONDAY + timedelta(days=1))
        assert (company.states()[late], company.states()[news]) == ("dropped", "bundled")

    def test_a_reminder_for_what_was_renewed(self, company: Company, house: House) -> None:
        first = company.award("Ana", "ana@acme.example", "expert")
        second = issue(
            company.db, house.keyring, issuer="acme", actor="t", now=MONDAY, randomness=house.randomness,
            requests=[house.request(1, "expert", name="Ana", email="ana@acme.example", awarded_on=date(2027, 1, 10))],
        ).credentials[0].id  # fmt: skip
        with company.db.write() as session:
            session.execute(update(CredentialRow).where(CredentialRow.id == second).values(replaces_id=first))
            ana = session.scalars(select(PersonRow.id)).one()
        company.forget_notices()
        key = company.tell(Kind.REMINDER, ana, credential=str(first), due_on="2027-02-01")
        company.bundle()
        assert company.states()[key] == "dropped"
        assert company.mails() == []

    def test_an_escalation_of_what_is_not_required_any_more(self, company: Company) -> None:
        boss, ana, ben = company.person("Boss"), company.person("Ana"), company.person("Ben")
        company.required(ana)
        for about in (ana, ben):
            company.tell(Kind.ESCALATED_TO_MANAGER, boss, about=about, level=LEVEL, due_on="2027-01-01")
        assert (company.bundle().bundled, company.mail().text.count("was due on 1 January 2027")) == (1, 1)
        assert "Ben" not in company.mail().text

    def test_whoever_left_or_was_erased(self, company: Company) -> None:
        boss = company.person("Boss")
        gone = company.person("Gone", left_on=date(2027, 1, 8))
        erased = company.person("Erased person", erased_at=MONDAY)
        for about in (gone, erased):
            company.required(about)
            company.tell(Kind.ESCALATED_TO_MANAGER, boss, about=about, level=LEVEL, due_on="2027-01-01")
            company.tell(Kind.REMINDER, about, level=LEVEL, due_on="2027-01-01")
        company.tell(Kind.REVOKED, erased, level=LEVEL, reason="x")
        company.tell(Kind.ESCALATED_TO_MANAGER, gone, about=boss, level=LEVEL, due_on="2027-01-01")
        kept = company.tell(Kind.REVOKED, gone, level=LEVEL, reason="A mistake.")
        assert (company.bundle().bundled, company.states()[kept]) == (1, "bundled")

    def test_whom_no_mail_can_reach_is_said(self, company: Company) -> None:
        nowhere = company.person("Nowhere", address=None)
        key = company.tell(Kind.REVOKED, nowhere, level=LEVEL, reason="x")
        assert company.bundle().unreachable == (str(nowhere),)
        assert company.states()[key] == "dropped"


def test_managers_get_a_digest_and_owners_another(company: Company) -> None:
    boss = company.person("Signe Dahl")
    people = [company.person(f"Person {number}") for number in range(3)]
    for days, about in enumerate(people):
        company.required(about)
        company.tell(Kind.ESCALATED_TO_MANAGER, boss, about=about, level=LEVEL, due_on=f"2027-01-0{5 - days}")
        company.tell(Kind.ESCALATED_TO_OWNER, OWNER, about=about, level=LEVEL, due_on=f"2027-01-0{5 - days}")
    assert company.bundle().messages == 2
    owner, manager = sorted(company.mails(), key=lambda one: one.address == OWNER, reverse=True)
    assert (owner.address, owner.recipient_id) == (OWNER, None)
    assert owner.subject == "Cloud Engineering: 3 people overdue with a required level"
    assert manager.subject == "3 people overdue with required certifications"
    assert [manager.text.index(f"Person {number}") for number in (2, 1, 0)] == sorted(
        manager.text.index(f"Person {number}") for number in range(3)
    )
    assert manager.calendar is None


def test_an_owner_who_is_one_of_our_people_gets_one_mail(company: Company) -> None:
    boss, ana = company.person("Boss", address="Owner@Acme.example"), company.person("Ana")
    company.required(ana)
    company.tell(Kind.ESCALATED_TO_OWNER, OWNER, about=ana, level=LEVEL, due_on="2027-01-01")
    company.tell(Kind.ESCALATED_TO_MANAGER, boss, about=ana, level=LEVEL, due_on="2027-01-01")
    assert company.bundle().messages == 1
    assert (company.mail().recipient_id, company.mail().address) == (boss, "Owner@Acme.example")
    assert company.bundle(MONDAY + timedelta(minutes=5)).messages == 0


def test_several_workers_write_one_mail(company: Company, house_url: str) -> None:
    people = [company.person(f"Person {number}") for number in range(6)]
    for person in people:
        company.required(person)
        company.tell(Kind.REMINDER, person, level=LEVEL, due_on="2027-02-01")
        company.tell(Kind.DECIDED, person, level=LEVEL, decision="approved")

    def work(db: Database) -> int:
        return (
            Company(House(db, company.house.keyring, company.house.issuer, company.house.randomness)).bundle().bundled
        )

    assert sum(at_once(house_url, [work] * 4)) == 12
    with company.db.read() as session:
        assert len(session.scalars(select(MessageRow.recipient_id)).all()) == 6
    assert set(company.states().values()) == {"bundled"}


def test_what_was_sent_long_ago_is_not_read_again(company: Company) -> None:
    ana = company.person("Ana")
    company.tell(Kind.REVOKED, ana, level=LEVEL, reason="A mistake.")
    with asked(company.db, "notices") as questions:
        assert company.bundle().messages == 1
    assert len(questions) > 2
    assert not read_from_end_to_end(company.db, questions, "notices")
