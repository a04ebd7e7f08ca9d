"""What people of the company upload or type: programs, issuers, lists of people and awards, rules in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from issuer import addresses
from issuer.awards_csv import read_awards_csv
from issuer.errors import IssuerFileRefused, ProgramRefused, Refused
from issuer.issuer_file import read_issuer
from issuer.issuers import create_issuer
from issuer.people.assignment_rules import parse_due_rule
from issuer.people.credits import parse_hours, read_credits_csv
from issuer.people.people_csv import read_people_csv
from issuer.program_document import yaml_of
from issuer.program_file import read_program
from issuer.program_yaml import path_of, read_yaml, shown
from issuer.programs import Catalogue, apply_program, load_catalogue
from issuer.reports.periods import Quarter
from issuer.schema_version import upgrade
from issuer.store import Database
from issuer.validity import parse_validity
from portal.spreadsheet import as_csv
from tests.fuzz.mutators import Plain, spliced
from tests.fuzz.target import NOTHING, NOW, PROJECT, require, taken, target, text_of

UPLOADS = ("Files given to pages", "Command line")
EXAMPLES = PROJECT / "examples"
SMALL = b"""program: cloud
name: Cloud
description: x
levels:
  - level: expert
    name: Expert
    description: Runs it.
    criteria: {narrative: "Passed *it*."}
    validity: 24 months
    results:
      - {id: exam, name: Exam, type: Percent, min: 0, max: 100, passing: 70, required: true}
      - {id: defence, name: Defence, values: [pass, distinction]}
"""


def _examples(*names: str) -> list[bytes]:
    return [(EXAMPLES / name).read_bytes() for name in names]


_YAML_WORDS = (
    b"\n  - ",
    b": ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"&a ",
    b"*a",
    b"!!python/object:a ",
    b"!!binary ",
    b"<<: ",
    b"| \n",
    b"> \n",
    b"~",
    b"0x1f",
    b"1_000",
    b"2026-02-30",
    b".inf",
    b"yes",
    b"# ",
    b"---\n",
    b"...\n",
    b"\t",
    b'"',
    b"'",
    b"\xc2\x85",
    b"prerequisites:",
    b"within ",
    b" months",
    b"recertification:",
    b"evidence:",
    b"quorum:",
    b"assignments:",
    b"to: everyone",
    b"levels:",
    b"? ",
    b"%YAML 1.1",
)


@target(
    "issuer.program_file:read_program",
    "issuer.program_yaml:read_yaml",
    "issuer.issuer_file:read_issuer",
    "issuer.program_yaml:path_of",
    entries=UPLOADS,
    mutator=spliced(*_YAML_WORDS),
    most_bytes=6000,
    seeds=lambda: (
        SMALL,
        *_examples("program.yaml", "customer-support.yaml", "issuer.yaml"),
        b"a: &a [*a]",
        b"a: 1\na: 2",
    ),
)
def programs(data: bytes) -> None:
    """A program, or every fault with its line; plain data is written as YAML that is read as the same."""
    document = read_yaml(data)
    if document.data is not None and not document.faults:
        for path in list(document.lines)[:50]:
            path_of(shown(path))
        if isinstance(document.data, dict):
            again: Any = read_yaml(yaml_of(document.data).encode())
            require(again.data == document.data, "read(write(x)) is x", document.data, again)
    taken(ProgramRefused, read_program, data)
    taken(IssuerFileRefused, read_issuer, data)


@cache
def _catalogue() -> Catalogue:
    """Of a real database, in which the small program was published."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/fuzz.db")
        upgrade(database)
        create_issuer(database, slug="acme", name="Acme", base_url="http://localhost:8000", actor="fuzz", now=NOW)
        apply_program(database, issuer="acme", definition=read_program(SMALL), actor="fuzz", now=NOW)
        catalogue = load_catalogue(database)
        database.close()
    return catalogue


AWARDS = """name,email,program,level,awarded_on,result:exam,result:defence,narrative,did,evidence_url,evidence_name
Ana Núñez,ana@example.org,cloud,expert,2026-11-01,88.5,distinction,"Two
lines",did:web:example.org:ana,https://example.org/e,Essay
=1+1,b@example.org,cloud,expert,1.11.2026,101,,,,,
""".encode()
CREDITS = b"email,program,level,done_on,hours,activity,url\nana@example.org,cloud,expert,2026-11-01,1.5,Course,https://a.example\n"


def _tables() -> Iterator[bytes]:
    yield from (
        AWARDS,
        CREDITS,
        *_examples("people.csv"),
        b"\xef\xbb\xbf" + AWARDS.replace(b",", b";").replace(b"\n", b"\r\n"),
    )
    yield as_csv(["name", "email"], [["=1", "a@b.example"]])


_CELLS = (
    "",
    "=1",
    '"',
    "2026-02-30",
    "2026-11-01",
    "1e9",
    "٣",
    "\n",
    ";",
    "a" * 999,
    "cloud",
    "x@y",
    "@",
    "-0.0",
    "\x00",
    "0x1",
    "NaN",
)


def _table(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """A cell changed, a column or row doubled, dropped or moved."""
    random = Random(seed)
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
        row = random.choice(rows)
        at = random.randrange(len(row))
    except (ValueError, csv.Error, IndexError):
        return plain(data, most)
    kind = random.randrange(5)
    if kind <= 1:
        changed = plain(row[at].encode() or b"x", 64).decode("utf-8", "replace")
        row[at] = random.choice(_CELLS) if random.random() < 0.5 else changed
    elif kind == 2:
        rows.insert(random.randint(0, len(rows)), list(row))
    elif kind == 3:
        del row[at]
    else:
        return plain(data, most)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    made = out.getvalue().encode("utf-8", "replace")
    return made if len(made) <= most else plain(data, most)


@target(
    "issuer.awards_csv:read_awards_csv",
    "issuer.people.people_csv:read_people_csv",
    "issuer.people.credits:read_credits_csv",
    entries=UPLOADS,
    seeds=_tables,
    mutator=_table,
)
def tables(data: bytes) -> None:
    """Rows, or every fault; rows with a fault are not among those that are taken."""
    awards = read_awards_csv(data, catalogue=_catalogue(), now=NOW)
    require(len(awards.requests) <= awards.rows, "no more than there are rows", data)
    require(bool(awards.faults) or len(awards.requests) == awards.rows, "each row is taken or faulty", data)
    people = read_people_csv(data)
    require(bool(people.faults) or not people.faulty, "faults are told", data)
    taken(Refused, read_credits_csv, data)


@target(
    "issuer.validity:parse_validity",
    "issuer.people.assignment_rules:parse_due_rule",
    "issuer.people.credits:parse_hours",
    "issuer.reports.periods:Quarter.parse",
    entries=UPLOADS,
    seeds=lambda: (b"24 months", b"never", b"within 90 days of joining", b"by 2026-12-31", b"1.5", b"2026-Q4"),
    mutator=spliced(
        b" days",
        b" months",
        b" years",
        b"within ",
        b" of ",
        b"by ",
        b"-",
        b"99999999999",
        b"\xd9\xa3",
        b"0",
        b"\xc2\xb2",
        b"Q",
    ),
    most_bytes=200,
)
def words(data: bytes) -> None:
    """A rule, or a sentence of what it must be."""
    text = text_of(data)
    for parser in (parse_validity, parse_due_rule, parse_hours, Quarter.parse):
        taken(ValueError, parser, text)


@target(
    "issuer.addresses:parse",
    "issuer.addresses:checked_base_url",
    "issuer.addresses:checked_slug",
    entries=("Public documents", "Command line"),
    seeds=lambda: (
        b"http://localhost:8000/credentials/1f0b8f2e-0000-4000-8000-000000000001.json",
        b"https://badges.example/x",
        b"http://localhost:8000/achievements/1f0b8f2e-0000-4000-8000-000000000001/1.2",
        b"cloud-1",
    ),
    mutator=spliced(
        b"http://localhost:8000",
        b"/credentials/",
        b"/",
        b"[",
        b"]",
        b"@",
        b"?",
        b"#",
        b".jwt",
        b"%2f",
        b"\\",
        b":99999",
    ),
    most_bytes=512,
)
def own_addresses(data: bytes) -> None:
    """What an address of ours leads to; a base URL has one spelling."""
    text = text_of(data)
    for base in ("http://localhost:8000", "https://badges.example/path"):
        addresses.parse(base, text)
    url = taken(addresses.AddressRefused, addresses.checked_base_url, text)
    require(url is NOTHING or addresses.checked_base_url(url) == url, "one spelling", text, url)
    taken(addresses.AddressRefused, addresses.checked_slug, text, "slug")
