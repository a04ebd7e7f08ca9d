"""A list of people to certify: every fault of every row at once, in words that say what to write instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.awards import AwardRequest, request_from_dict
from issuer.awards_csv import AwardsReading, read_awards_csv
from issuer.errors import AwardsRefused
from issuer.programs import Catalogue, load_catalogue
from tests.issuer.conftest import NOW, House

HEADING = "name,email,program,level,awarded_on,result:exam,result:defence\n"
GOOD = "Ana Núñez,ana@example.org,cloud,expert,2026-11-01,88.5,distinction\n"


@pytest.fixture
def catalogue(house: House) -> Catalogue:
    return load_catalogue(house.db)


def read(catalogue: Catalogue, text: str, now: datetime = NOW) -> AwardsReading:
    return read_awards_csv(text.encode(), catalogue=catalogue, now=now)


@pytest.fixture
def house_url(house_url_of_sqlite: str) -> str:
    """What is tested here is no matter of the database."""
    return house_url_of_sqlite


def test_rows_become_requests(catalogue: Catalogue) -> None:
    reading = read(catalogue, HEADING + GOOD + "村上 春樹,h@example.org,cloud,associate,2026-11-02,,\n")
    assert [fault.what for fault in reading.faults] == []
    one, two = reading.require()
    assert (one.name, one.origin, dict(one.results)) == (
        "Ana Núñez",
        "row 2",
        {"exam": "88.5", "defence": "distinction"},
    )
    assert (two.name, two.results) == ("村上 春樹", ())


def test_what_excel_writes_is_read(catalogue: Catalogue) -> None:
    text = (HEADING + GOOD).replace(",", ";").replace("\n", "\r\n")
    reading = read_awards_csv(b"\xef\xbb\xbf" + text.encode(), catalogue=catalogue, now=NOW)
    assert len(reading.require()) == 1


def test_evidence_and_everything_optional(catalogue: Catalogue) -> None:
    text = (
        "idempotency_key,license_number,did,narrative,evidence_url,evidence_name,awarded_on,level,program,email,name\n"
        'K-1,L-9,did:web:example.org:ana,"Two\nlines, and a comma",https://example.org/e,Essay,2026-11-01,associate,'
        "cloud,ana@example.org,Ana\n"
    )
    (one,) = read(catalogue, text).require()
    assert (one.narrative, one.evidence[0].url, one.evidence[0].name) == (
        "Two\nlines, and a comma",
        "https://example.org/e",
        "Essay",
    )
    assert (one.key, one.did, one.license_number) == ("given:K-1", "did:web:example.org:ana", "L-9")


def test_evidence_is_handed_in_under_the_ids_of_the_level(catalogue: Catalogue) -> None:
    digest = "9F86D081" * 8
    text = (
        "name,email,program,level,awarded_on,evidence:review,evidence:talk\n"
        f"Ana,ana@example.org,cloud,associate,2026-11-01,https://example.org/r,sha256:{digest}\n"
    )
    (one,) = read(catalogue, text).require()
    assert [(item.rule, item.url, item.sha256) for item in one.evidence] == [
        ("review", "https://example.org/r", None),
        ("talk", None, digest.lower()),
    ]


def test_every_fault_of_every_row_is_listed_at_once(catalogue: Catalogue) -> None:
    reading = read(
        catalogue,
        HEADING
        + GOOD
        + "Bo,not-an-address,cloud,master,2026-11-01,,\n"
        + "Cy,cy@example.org,cloud,expert,2026-12-01,101,brilliant\n"
        + ",d@example.org,clod,expert,22.11.2026,50,\n"
        + "Eve,eve@example.org,cloud,expert,2026-02-30,,passed\n"
        + "Flo,flo@example.org,cloud,associate,2026-11-01,70,\n"
        + "Ana Núñez,ANA@example.org,cloud,expert,2026-11-01,88.5,distinction\n"
        + "Gus,gus@example.org,cloud\n",
    )
    assert len(reading.requests) == 1
    assert reading.rows == 8
    assert reading.whole_file == (), "rows with faults can be left out"
    assert [str(fault) for fault in reading.faults] == [
        "row 3, email: 'not-an-address' is no e-mail address; write it as name@example.org",
        "row 3, level: the program cloud has no level 'master'; it has: associate, expert",
        "row 4, awarded_on: 2026-12-01 is in the future; it can be at most 2026-11-22, the date in Europe/Berlin now",
        "row 4, result:defence: 'brilliant' is not among its values; it must be one of: passed, distinction",
        "row 4, result:exam: 101 is out of range; it must be a number from 0 to 100",
        "row 5, name: this is empty; give a value",
        "row 5, awarded_on: '22.11.2026' is no date; write year-month-day, like 2026-11-22",
        "row 5, program: there is no program 'clod'; known are: cloud",
        "row 6, awarded_on: there is no day '2026-02-30'; write year-month-day, like 2026-11-22",
        "row 6, result:exam: the level expert demands this result; give the Final exam",
        "row 7, result:exam: the level associate has no result 'exam'; it has none",
        "row 8: this is the same award as row 2; keep one of them, or give each an idempotency_key of its own",
        "row 9: it has 3 cells and the heading has 7; quote cells that hold commas, and give every row all its cells",
    ]
    with pytest.raises(AwardsRefused, match="The file of awards has 13 faults"):
        reading.require()


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        ("name,mail,program,level,awarded_on", "there is no column 'mail'; did you mean email?"),
        ("name,mail,program,level,awarded_on", "the column email is missing"),
        ("name,email,program,level,awarded_on,Shoe size", "there is no column 'Shoe size'; known are: name"),
        ("name,email,program,level,awarded_on,Evidence URL", "did you mean evidence_url?"),
        ("name,name,email,program,level,awarded_on", "the column 'name' stands here twice"),
        ("name,email,program,level,awarded_on,result:", "there is no column 'result:'"),
        ("", "the file is empty"),
    ],
)
def test_a_heading_that_is_wrong_says_which_column_was_meant(catalogue: Catalogue, heading: str, sentence: str) -> None:
    reading = read(catalogue, heading + "\n")
    assert sentence in "\n".join(str(fault) for fault in reading.faults)
    assert reading.requests == ()
    assert reading.whole_file == reading.faults, "there is no row that could be issued without the others"


def test_files_that_are_no_utf8_csv_are_named_with_the_row(catalogue: Catalogue) -> None:
    latin = read_awards_csv((HEADING + GOOD).encode("latin-1"), catalogue=catalogue, now=NOW)
    assert "row 2: byte 0xfa is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)" in str(latin.faults[0])
    broken = read(catalogue, HEADING + '"Ana" B,ana@example.org,cloud,associate,2026-11-01,,\n')
    assert "row 2: this is no CSV" in str(broken.faults[0])
    assert (latin.whole_file, broken.whole_file) == (latin.faults, broken.faults)


def test_today_is_the_programs_today(catalogue: Catalogue) -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # in Berlin it is the 23rd already
    assert read(catalogue, HEADING + GOOD.replace("2026-11-01", "2026-11-23"), late).faults == ()


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    reading = read_awards_csv(HEADING.encode() + data, catalogue=Catalogue("acme", {}), now=NOW)
    assert reading.requests == ()


@given(
    st.builds(
        AwardRequest,
        name=st.text(),
        email=st.text(),
        program=st.text(),
        level=st.text(),
        awarded_on=st.dates(),
        narrative=st.none() | st.text(),
        results=st.just((("a", "1"), ("b", "2"))),
        idempotency_key=st.none() | st.text(),
    )
)
@settings(deadline=None)
def test_a_request_written_down_is_read_back(request_: AwardRequest) -> None:
    assert request_from_dict(request_.as_dict(), idempotency_key=request_.idempotency_key) == request_
