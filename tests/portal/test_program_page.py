"""The page of a program, and what else the public sees of programs, levels, issuers and their endorsements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from issuer.endorsements import EndorsementRefused, add_endorsement, targets_of
from issuer.level_words import asks, lasts
from issuer.people.mentors import Thanked
from issuer.program_file import read_program
from issuer.program_overview import FEWEST_TOLD, level_place
from issuer.programs import apply_program
from portal.cli.application import app
from portal.pages.program import NameView, _mentor, holder_words
from portal.verdicts import KEPT, KEPT_UNCHECKED, Verdicts
from tests.examples import EXAMPLES
from tests.portal.conftest import BASE, BROWSER, NOW, House, build_house
from tests.world import Badge, Issuer, World
from verifier.result import Status

PAGE = "/programs/cloud-engineering"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = build_house(tmp_path_factory.mktemp("program"))
    yield house
    house.service.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    house.clock.now = house.world.now = NOW
    house.world.fetcher.heal()
    with house.client() as client:
        yield client


@pytest.fixture(scope="module")
def board(house: House) -> Issuer:
    return house.world.issuer("board.example", name="Board <b>of</b> Cloud Engineers")


def address(house: House, level: str | None) -> str:
    found = targets_of(house.service.database, None, "cloud-engineering")
    return next(one for one, slug in found.items() if slug == level)


def add(house: House, given: bytes) -> UUID:
    done = add_endorsement(
        house.service.database,
        issuer=None,
        program="cloud-engineering",
        given=given,
        judge=house.service.verify,
        actor="test",
        now=NOW,
        identifier=uuid4(),
    )
    return done.endorsement.id


@pytest.fixture(scope="module")
def endorsed(house: House, board: Issuer) -> dict[str, Badge]:
    """A house with endorsements: of the program, of two levels; `listed` is what revokes the last of them."""
    end = (NOW + timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    listed = board.issue()
    status = {"credentialStatus": listed.document["credentialStatus"]}
    given = {
        "program": board.endorse(address(house, None)),
        "associate": board.endorse(address(house, "associate"), validUntil=end),
        "expert": board.endorse(address(house, "expert"), **status),
    }
    add(house, given["program"].jwt)
    add(house, given["associate"].json)
    add(house, given["expert"].json)
    return {**given, "listed": listed}


def test_the_start_page_leads_to_the_programs(client: TestClient) -> None:
    assert f'<a href="{PAGE}">Cloud Engineering</a>' in client.get("/", headers=BROWSER).text


def test_levels_stand_in_their_order_with_their_rules_in_sentences(client: TestClient) -> None:
    page = client.get(PAGE, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["vary"] == "Accept, Accept-Language, Cookie"
    names = ["Cloud Engineering Associate", "Cloud Engineering Practitioner", "Cloud Engineering Expert"]
    places = [page.text.index(f"{name}</a></h2>") for name in names]
    assert places == sorted(places)
    for sentence in (
        "Valid for 24 months.",
        "Renew within the last 90 days.",
        "Hold “Cloud Engineering Associate”.",
        "Written exam: at least 75 percent.",
        "Hand in “An infrastructure change that reached production”, as a link.",
        "None of them is the candidate’s manager.",
        "Practitioners are assessed by two colleagues of different functions",
    ):
        assert sentence in page.text, sentence
    assert '<bdi class="person" dir="auto" lang="">प्रिया नायर</bdi>' in page.text


def test_few_holders_are_not_counted(client: TestClient) -> None:
    """Four people are in this house: the number that a page would tell is nobody's business."""
    page = client.get(PAGE, headers=BROWSER).text
    assert page.count("Held by fewer than five people now") == 3
    assert [level["holders"] for level in client.get(PAGE).json()["levels"]] == [None, None, None]
    assert holder_words(FEWEST_TOLD) == "Held by 5 people now"
    assert holder_words(234) == "Held by 234 people now"
    assert holder_words(1_001) == "Held by more than 1,000 people now"


def test_machines_get_the_same_as_json(house: House, client: TestClient, endorsed: dict[str, Badge]) -> None:
    answer = client.get(PAGE)
    found = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert found["url"] == BASE + PAGE
    assert found["levels"][1]["achievement"] == address(house, "practitioner")
    assert found["committee"]["members"][0]["function"] == "Cloud Engineering Expert"
    tokens = [one["endorsementJwt"] for one in found["endorsements"] if "endorsementJwt" in one]
    assert tokens == [endorsed["program"].jwt.decode()]
    assert client.get(PAGE, headers={"Accept": "audio/mpeg"}).status_code == 406
    assert client.get("/issuers/brightmoor" + PAGE).json()["url"] == BASE + PAGE


@pytest.mark.parametrize("path", ["/programs/none", "/programs/", "/issuers/none/programs/x", "/programs/..%2Fx"])
def test_there_is_no_such_program(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get(path, headers=BROWSER).status_code == 404


def test_an_endorsement_is_shown_as_long_as_it_holds(
    house: House, client: TestClient, board: Issuer, endorsed: dict[str, Badge]
) -> None:
    """One that expires, and one that is revoked: from then on they praise nothing."""
    level = address(house, "associate").removeprefix(BASE)
    page = client.get(PAGE, headers=BROWSER).text
    assert page.count("We recognize it.") == 3
    assert "Board &lt;b&gt;of&lt;/b&gt; Cloud Engineers" in page
    assert "Endorses <bdi>Cloud Engineering Expert</bdi>" in page
    assert "Checked <time" in page
    assert "We recognize it." in client.get(level, headers=BROWSER).text
    document = client.get(level).json()
    assert house.service.verify(json.dumps(document["endorsement"][0])).verified
    assert "endorsement" not in client.get(f"{level}/1").json(), "a version never changes"

    board.revoke(endorsed["listed"])
    house.clock.now = house.world.now = NOW + timedelta(minutes=4)  # expired, though a verdict is kept for longer
    assert timedelta(minutes=4) < KEPT
    page = client.get(PAGE, headers=BROWSER).text
    assert page.count("We recognize it.") == 2
    assert "Expired: the endorsement of <bdi>Cloud Engineering Associate</bdi>" in page
    assert "endorsement" not in client.get(level).json()
    house.clock.now = house.world.now = NOW + timedelta(minutes=10)
    page = client.get(PAGE, headers=BROWSER).text
    assert page.count("We recognize it.") == 1
    assert "Revoked: the endorsement of <bdi>Cloud Engineering Expert</bdi>" in page
    assert page.index("Endorses the program") < page.index("Revoked: the"), "those that hold stand first"

    house.clock.now = house.world.now = NOW + timedelta(minutes=20)
    house.world.fetcher.unreachable(board.base_url)
    page = client.get(PAGE, headers=BROWSER).text
    assert "We recognize it." not in page
    assert "Not fully checked" in page
    house.world.fetcher.heal()
    house.clock.now = house.world.now = NOW + timedelta(minutes=20) + KEPT_UNCHECKED
    assert "We recognize it." in client.get(PAGE, headers=BROWSER).text


def test_its_issuer_is_not_asked_on_every_visit(house: House, client: TestClient, endorsed: dict[str, Badge]) -> None:
    assert endorsed
    client.get(PAGE, headers=BROWSER)
    before = len(house.world.fetcher.requests)
    client.get(PAGE, headers=BROWSER)
    assert len(house.world.fetcher.requests) == before


def test_verdicts_are_bounded(house: House) -> None:
    kept, result = Verdicts(most=2), house.service.verify(b"nothing")
    for digest in ("a", "b", "c"):
        kept.keep(digest, result)
    found = [kept.find(digest, b"nothing", result.checked_at) for digest in ("a", "b", "c")]
    assert found == [None, result, result]
    assert result.status is Status.INVALID
    assert kept.find("c", b"nothing", result.checked_at + KEPT) is None
    assert kept.find("c", b"nothing", result.checked_at - timedelta(seconds=1)) is None, "the clock was set back"


def test_an_older_version_says_that_there_is_a_newer_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = build_house(tmp_path_factory.mktemp("versions"))
    text = (EXAMPLES / "program.yaml").read_bytes().replace(b"60 questions", b"70 questions")
    program = read_program(text, directory=EXAMPLES).model_copy(update={"assign": ()})
    apply_program(house.service.database, issuer=None, definition=program, actor="test", now=NOW)
    level = address(house, "associate").removeprefix(BASE)
    client = house.client()
    old, new = client.get(f"{level}/1", headers=BROWSER).text, client.get(level, headers=BROWSER).text
    assert f'There is a newer version: <a href="{level}">version 2</a>' in old
    assert "There is a newer version" not in new
    assert '<a href="/programs/cloud-engineering"' in new
    place = level_place(house.service.database, UUID(level.rsplit("/", 1)[1]), None)
    assert place is not None
    assert (place.achievement.version, place.newest) == ("2", "2")
    assert level_place(house.service.database, UUID(int=7), None) is None
    house.service.close()


def test_a_browser_gets_a_page_about_the_issuer_and_everybody_else_its_profile(client: TestClient) -> None:
    page = client.get("/issuer", headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert "did:web:badges.brightmoor.example" in page.text
    assert f'<a href="{PAGE}">' in page.text
    for accept in ({}, {"Accept": "application/json"}, {"Accept": "application/ld+json"}, {"Accept": "audio/mpeg"}):
        answer = client.get("/issuer", headers=accept)
        assert answer.headers["content-type"] == "application/ld+json"
        assert answer.json()["name"] == "Brightmoor Academy"
        assert answer.headers["vary"] == "Accept"


def test_a_mentor_is_thanked_for_what_he_did() -> None:
    assert _mentor(Thanked("田中 さくら", 1)) == NameView("田中 さくら", "ja", "accompanied one colleague to a level")
    assert _mentor(Thanked("Ada", 3)).detail == "accompanied 3 colleagues to a level"
    assert _mentor(Thanked("Ada", 0)).detail == ""


RULES = """
program: p
name: P
levels:
  - {level: a, name: A, criteria: x}
  - {level: b, name: B, criteria: x}
  - level: c
    name: C
    criteria: x
    validity: 12 months
    prerequisites: [{of: [a, b], needed: 1}, {of: [a, b]}]
    results:
      - {id: quiz, name: Quiz, type: Percent, passing: 80}
      - {id: grade, name: Grade, values: [good, poor], passing: good}
      - {id: points, name: Points, min: 0, max: 30, passing: 20}
      - {id: talk, name: Talk, levels: [{id: no, name: Not yet}, {id: "yes", name: Convincing}], passing: "yes"}
    evidence: [{id: note, name: Note, kind: file}, {id: more, name: More, required: false}]
    assessment: {assessors: 1, not_the_manager: true}
    recertification: RECERTIFICATION
"""


@pytest.mark.parametrize(
    ("rules", "sentences"),
    [
        (
            "{window: 90 days, counts_from: 31 March, takes: {declaration: I read it.}, dependents: suspend}",
            (
                "Valid for 12 months, always through a 31 March.",
                "Renew within the last 90 days.",
                "Renewing takes a declaration: “I read it.”",
                "When it lapses, what was built on it is suspended until it is held again.",
            ),
        ),
        (
            "{window: 60 days, due: 14 days, grace: 30 days, counts_from: expiry, late: start over, "
            "takes: {credits: 1.5, over: 12 months}}",
            (
                "Valid for 12 months.",
                "Renew within the last 60 days, at the latest 14 days before it ends.",
                "Renewing takes 1.5 hours of continuing education within 12 months.",
                "Renewed in time, the new term begins where the old one ends.",
                "After it has ended it is earned anew, as for the first time; for 30 days more, nothing that builds on "
                "it is touched.",
            ),
        ),
        (
            "{window: 2 months, takes: {steps: [quiz, note]}, dependents: require again within 60 days}",
            (
                "Valid for 12 months.",
                "Renew within the last 2 months.",
                "Renewing takes only “Quiz” and “Note”.",
                "The new term counts from the day of the renewal.",
                "When it lapses, what was built on it must be earned again within 60 days.",
            ),
        ),
    ],
)
def test_rules_in_words(tmp_path_factory: pytest.TempPathFactory, rules: str, sentences: tuple[str, ...]) -> None:
    from issuer import schema_version
    from issuer.issuers import create_issuer
    from issuer.programs import load_catalogue
    from issuer.recertification.facts import LevelKey
    from issuer.store import Database

    db = Database(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'rules.db'}")
    schema_version.upgrade(db)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    create_issuer(db, slug="a", name="A", base_url="http://localhost:8000", actor="t", now=now)
    text = RULES.replace("RECERTIFICATION", rules).encode()
    apply_program(db, issuer=None, definition=read_program(text), actor="t", now=now)
    level = load_catalogue(db).level("p", "c")
    assert lasts(level) == sentences
    names = {LevelKey("p", "a"): "A", LevelKey("p", "b"): "B"}
    assert asks(level, names) == (
        "Hold “A” or “B”.",
        "Hold “A” and “B”.",
        "Quiz: at least 80 percent.",
        "Grade: “good”.",
        "Points: at least 20 of 30.",
        "Talk: at least “Convincing”.",
        "Hand in “Note”, as a file.",
        "If there is one, hand in “More”, as a link or a file.",
        "Assessed by a colleague, who is never the candidate or the candidate’s manager.",
    )
    assert lasts(load_catalogue(db).level("p", "a")) == ("Valid without an end.",)
    db.close()


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, given = tmp_path / "home", tmp_path / "endorsement.jwt"
    monkeypatch.setenv("GUILDMARK_HOME", str(home))

    def guildmark(*arguments: str) -> str:
        return CliRunner().invoke(app, [*arguments], catch_exceptions=False).output

    guildmark("init", "--name", "Acme", "--home", str(home))
    (tmp_path / "p.yaml").write_text("program: p\nname: P\nlevels: [{level: a, name: A, criteria: x}]\n")
    guildmark("program", "apply", str(tmp_path / "p.yaml"), "--yes")
    program, level = guildmark("endorsement", "targets", "p").splitlines()
    assert program == "http://localhost:8000/programs/p  p"
    assert level.endswith("  p/a")
    assert guildmark("endorsement", "list") == "Nobody endorses anything yet.\n"

    alone = World(datetime.now(UTC)).issuer("nobody.example", name="Ada", method="key")
    given.write_bytes(alone.endorse(level.split("  ")[0]).jwt)
    said = guildmark("endorsement", "add", "p/a", str(given))
    assert said.startswith("Ada endorses p/a. Its id is ")
    assert "was there already" in guildmark("endorsement", "add", "p", str(given))
    assert "p/a, by Ada (did:key:" in guildmark("endorsement", "list", "p")
    (listed,) = json.loads(guildmark("endorsement", "list", "--json"))
    assert (listed["target"], listed["status"]) == ("p/a", "valid")
    assert listed["endorsementJwt"] == given.read_text()
    assert "is shown no more" in guildmark("endorsement", "remove", listed["id"])
    given.write_bytes(given.read_bytes()[:-4] + b"AAAA")
    with pytest.raises(EndorsementRefused, match="it is invalid: The signature is wrong"):
        guildmark("endorsement", "add", "p", str(given))
    assert json.loads(guildmark("endorsement", "list", "--json")) == []
