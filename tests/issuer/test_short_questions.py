"""Short questions have the answers that the long ones have, on both databases, by the short way and the ordinary."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from issuer.catalogue import find_credential, rendering
from issuer.catalogue_rows import catalogue_rows
from issuer.credential_facts import credential_facts
from issuer.issue import issue
from issuer.outlook import outlook, renewal_rules
from issuer.short_questions import ShortQuestions
from issuer.signed_forms import SignedForms
from issuer.status import revoke
from issuer.tables import LevelRow
from tests.issuer.conftest import NOW, House


def test_they_say_what_the_long_ones_say(house: House) -> None:
    requests = [house.request(number) for number in (1, 2)]
    report = issue(
        house.db, house.keyring, issuer=None, requests=requests, actor="t", now=NOW, randomness=house.randomness
    )
    one, two = (found.id for found in report.credentials)
    revoke(house.db, house.keyring, credential_id=two, reason="an error", actor="t", now=NOW + timedelta(hours=1))
    short, ordinary = ShortQuestions(house.db), ShortQuestions(house.db)
    ordinary.is_instant = False
    for identifier in (one, two):
        view, facts = find_credential(house.db, identifier), credential_facts(short, identifier)
        assert facts is not None
        assert facts == credential_facts(ordinary, identifier)
        assert view is not None
        assert view.achievement is not None
        assert (facts.award_id, facts.revoked_at) == (view.award_id, view.record.revoked_at)
        assert (facts.valid_from, facts.valid_until) == (view.record.valid_from, view.record.valid_until)
        assert (facts.achievement, facts.version) == (view.achievement.public_id, view.achievement.version)
        assert facts.zone == view.achievement.zone
        signed = rendering(house.db, identifier, "json")
        for questions in (short, ordinary):
            forms = SignedForms(questions)
            assert signed is not None
            assert forms.find(view.issuer.base_url, identifier, "json") == signed.body
            assert forms.find("https://elsewhere.example", identifier, "json") is None
            jwt = forms.find(view.issuer.base_url, identifier, "jwt")
            whole = {"json": signed.body} | ({"jwt": jwt} if jwt is not None else {})
            assert forms.all_of(view.issuer.base_url, identifier) == whole
            assert forms.all_of("https://elsewhere.example", identifier) == {}
            lists = {entry.list_id: forms.list_body(entry.list_id) for entry in view.entries}
            assert lists
            assert all(lists.values())
        assert facts.level_id is not None
        rules = renewal_rules(house.db, facts.level_id)
        assert rules is not None
        assert outlook(short, rules, facts, NOW) == outlook(ordinary, rules, facts, NOW)
    assert renewal_rules(house.db, -1) is None
    short.close()


def test_the_catalogues_rows_change_with_what_they_are_of(house: House) -> None:
    questions = ShortQuestions(house.db)
    before = catalogue_rows(questions)
    assert before == catalogue_rows(questions)
    issue(
        house.db, house.keyring, issuer=None, requests=[house.request(1)], actor="t", now=NOW,
        randomness=house.randomness,
    )  # fmt: skip
    assert before == catalogue_rows(questions), "a credential is none of it"
    with house.db.write() as session:
        session.execute(update(LevelRow).values(in_use=False))
    assert before != catalogue_rows(questions)
    questions.close()
