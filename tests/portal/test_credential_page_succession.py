"""A credential’s page: what it replaced, what replaced it, by which criteria it was earned, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from secrets import token_bytes
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from issuer.credential_facts import credential_facts
from issuer.outlook import outlook, renewal_rules
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.status import revoke
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from portal.pages.badge_view import badge_view
from portal.service import Service
from tests.examples import EXAMPLES
from tests.portal.conftest import BROWSER, NOW, RESULTS, House, build_house

RENEWED = datetime(2028, 9, 1, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """First renewed; and another one, corrected."""

    house: House
    first: str
    renewed: str
    corrected: str
    correction: str

    def page(self, credential: str, at: datetime) -> str:
        self.house.clock.now = at
        answer = self.house.client().get(f"/credentials/{credential}", headers=BROWSER)
        assert answer.status_code == 200
        return answer.text


def said(service: Service, credential: str, at: datetime) -> str:
    """What comes next for the holder of a credential."""
    facts = credential_facts(service.documents.questions, UUID(credential))
    assert facts is not None
    assert facts.level_id is not None
    rules = renewal_rules(service.database, facts.level_id)
    assert rules is not None
    return outlook(service.documents.questions, rules, facts, at)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    house = build_house(tmp_path_factory.mktemp("succession"))
    db, keyring = house.service.database, house.service.keyring
    assert keyring is not None
    corrected = house.ids["expired"]
    correction = reissue(
        db,
        keyring,
        credential_id=UUID(corrected),
        corrections=Corrections(name="Łukasz Nowak"),
        reason="The holder’s name was wrong.",
        actor="test",
        now=NOW,
        randomness=token_bytes,
    ).successor_id
    first = house.ids["valid"]
    wish = RenewalWish(UUID(first), date(2028, 9, 1), results=RESULTS["practitioner"], evidence=())
    renewed = renew(
        db, keyring, wish=wish, actor="test", now=RENEWED, randomness=token_bytes, assessed=True
    ).successor_id
    yield Story(house, first, str(renewed), corrected, str(correction))
    house.service.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which nothing was replaced."""
    house = build_house(tmp_path_factory.mktemp("plain"))
    yield house
    house.service.close()


def test_a_renewed_one_leads_to_the_newest_and_back(story: Story) -> None:
    later = RENEWED + timedelta(minutes=1)
    old, new = story.page(story.first, later), story.page(story.renewed, later)
    link = f'<a href="/credentials/{story.renewed}">See the newest one, of 1 September 2028, valid until'
    assert f"It has been renewed since. {link} 1 September 2030</a>" in old
    assert '<strong class="status-word">Valid</strong>' in old, "renewing takes nothing away"
    assert f'Renews <a href="/credentials/{story.first}">the credential of 9 October 2026</a>' in new
    assert "It can be renewed from 3 June 2030; it expires on 1 September 2030." in new
    assert "It can be renewed" not in old


def test_a_corrected_one_says_so_first(story: Story) -> None:
    later = RENEWED + timedelta(minutes=1)
    old, new = story.page(story.corrected, later), story.page(story.correction, later)
    said = old.index("This credential was corrected.")
    assert said < old.index('<strong class="status-word">Revoked</strong>')
    assert f'<a href="/credentials/{story.correction}">See the one that replaced it, which is expired</a>' in old
    assert f'Corrects an earlier credential: <a href="/credentials/{story.corrected}">' in new
    assert "Łukasz Nowak" in new


def test_an_old_address_stays_and_leads_on_in_every_form(story: Story) -> None:
    """What was signed cannot say what came after it: the answers around it do, without a sign-in."""
    story.house.clock.now = RENEWED + timedelta(minutes=1)
    client, old = story.house.client(), f"/credentials/{story.first}"
    newest = f"{story.house.service.base_url}/credentials/{story.renewed}"
    link = f'<{newest}>; rel="latest-version"'
    answers = {accept: client.get(old, headers={"Accept": accept}) for accept in ("text/html", "application/vc")}
    answers |= {path: client.get(old + path) for path in (".json", "/embed")}
    answers["oembed"] = client.get("/oembed", params={"url": f"{story.house.service.base_url}{old}"})
    for form, answer in answers.items():
        assert (answer.status_code, answer.headers.get("link")) == (200, link), form
        again = client.get(answer.url, headers={"Accept": answer.request.headers["accept"]})
        assert again.headers.get("link") == link, f"{form}, given from memory"
    assert answers[".json"].json()["id"].endswith(story.first), "the signed bytes are the old ones"
    assert "Link" in answers[".json"].headers["access-control-expose-headers"]
    assert answers["oembed"].json()["newest_url"] == newest
    assert f'<a href="{newest}" target="_blank"' in answers["/embed"].text
    assert "See the newest one" in answers["/embed"].text
    tagged = client.get(f"{old}.json", headers={"If-None-Match": answers[".json"].headers["etag"]})
    assert (tagged.status_code, tagged.headers.get("link")) == (304, link)
    assert "link" not in client.get(f"{newest}.json").headers, "the newest leads nowhere"


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2026-12-01", "It can be renewed from 11 July 2028; it expires on 9 October 2028."),
        ("2028-07-11", "It can be renewed now, at the latest on 25 September 2028; it expires on 9 October 2028."),
        ("2028-09-26", "It was to be renewed by 25 September 2028, and still can be; it expires on 9 October 2028."),
        ("2028-10-10", "It can still be renewed until 8 December 2028."),
        ("2028-12-09", ""),
    ],
)
def test_what_comes_next_in_one_sentence(plain: House, day: str, says: str) -> None:
    house = plain
    at = datetime.fromisoformat(day).replace(hour=10, tzinfo=UTC)
    found = said(house.service, house.ids["valid"], at)
    assert found == (f"{says} Renewing takes the whole assessment again." if says else "")
    house.clock.now = at
    page = house.client().get(f"/credentials/{house.ids['valid']}", headers=BROWSER).text
    assert (says in page) if says else ("renewed" not in page.partition("<h2")[0])


def test_nothing_comes_next_for_what_does_not_hold(story: Story) -> None:
    service, ids = story.house.service, story.house.ids
    for standing in ("revoked", "suspended"):
        assert said(service, ids[standing], NOW) == "", standing
    assert said(service, story.first, RENEWED + timedelta(days=1)) == "", "it is not what its holder has"


def test_the_criteria_are_those_under_which_it_was_earned(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = build_house(tmp_path_factory.mktemp("criteria"))
    one = house.ids["valid"]
    before = house.client().get(f"/credentials/{one}", headers=BROWSER).text
    level = house.client().get(f"/credentials/{one}.json").json()["credentialSubject"]["achievement"]["id"]
    path = level.removeprefix(house.service.base_url)
    assert f'<a href="{path}/1">Version 1' in before
    assert "Today they are" not in before
    assert '<a href="/programs/cloud-engineering"' in before
    text = (EXAMPLES / "program.yaml").read_bytes().replace(b"has worked on a production", b"has run a production")
    program = read_program(text, directory=EXAMPLES).model_copy(update={"assign": ()})
    apply_program(house.service.database, issuer=None, definition=program, actor="test", now=NOW)
    after = house.client().get(f"/credentials/{one}", headers=BROWSER).text
    assert "These are the criteria of version 1, under which it was earned." in after
    assert f'<a href="{path}">version 2</a>' in after
    house.service.close()


def test_the_page_tells_one_time_only(story: Story) -> None:
    """The check's sentence and the record are in the zone of the program."""
    page = story.page(story.first, NOW)
    assert "It is valid since 9 October 2026, 00:00 CEST until 9 October 2028, 23:59 CEST." in page
    assert " UTC" not in page.replace('datetime="', "")


def test_a_successor_that_was_revoked_is_said_to_be(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = build_house(tmp_path_factory.mktemp("revoked"))
    db, keyring = house.service.database, house.service.keyring
    assert keyring is not None
    old = UUID(house.ids["valid"])
    corrections = Corrections(name="Zoe Kjærsgaard")
    done = reissue(db, keyring, credential_id=old, corrections=corrections, reason="x", actor="t", now=NOW,
                   randomness=token_bytes)  # fmt: skip
    assert done.successor_id is not None
    revoke(db, keyring, credential_id=done.successor_id, actor="t", now=NOW, reason="issued in error")
    page = house.client().get(f"/credentials/{old}", headers=BROWSER).text
    assert "See the one that replaced it, which is revoked</a>" in page
    house.service.close()


def test_evidence_tells_of_files_and_of_the_assessment() -> None:
    digest = "ab" * 32
    evidence = [
        {"name": "Assessment", "genre": "Assessment", "narrative": "Two **assessors** scored."},
        {"name": "Plan", "description": f"plan.pdf\n\nThe second one.\n\nSHA-256 of the file: {digest}"},
        {"description": "A repository", "id": "https://example.org/repo"},
        {
            "genre": "Assessment",
            "id": "https://example.org/elsewhere",
            "narrative": "A link stays where it can be followed.",
        },
    ]
    badge = badge_view({"evidence": evidence}, zone=ZoneInfo("UTC"))
    assert ["<strong>assessors</strong>" in one.narrative for one in badge.assessments] == [True]
    plan, repository, link = badge.evidence
    assert (plan.description, plan.digest) == ("plan.pdf The second one.", digest)
    assert (repository.name, repository.description, repository.digest) == ("A repository", "", "")
    assert link.link == "https://example.org/elsewhere"
