"""The words of a credential: what a shape reads in order is what stands in the document under the same names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from credentials.identity import EMAIL_ADDRESS, hashed_identity
from issuer.assessment.evidence import evidence_members, evidence_object
from issuer.awards import AwardRequest, Evidence
from issuer.shapes import Allocation, Entry, Predecessor, ResultShape, Shape, reader_of, words_of

ONE, TWO = UUID("1f0b8f2e-6b0a-4f0c-9d57-2f5c7d6b3a11"), UUID("5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11")
BEGINS = datetime(2026, 11, 2, tzinfo=UTC)
ENDS = datetime(2028, 11, 2, 22, 59, 59, tzinfo=UTC)
REQUEST = AwardRequest(
    name="Ana Zoë",
    email=" Ana@Example.org",
    program="data",
    level="practitioner",
    awarded_on=date(2026, 11, 2),
    license_number="L-1",
    narrative="Well done",
    results=(("exam", "91"), ("rubric", "good")),
    evidence=(
        Evidence(url="https://git.example/1", name="The work"),
        Evidence(name="A file", sha256="0a" * 32, description="Its tests", genre="code"),
    ),
)
ALLOCATION = Allocation(
    ONE,
    f"urn:uuid:{TWO}",
    "c0ffee",
    BEGINS,
    ENDS,
    (Entry("revocation", TWO, 7), Entry("suspension", ONE, 8)),
    Predecessor("https://badges.example/credentials/0", "application/vc", "sha256-abc"),
)
SHAPE = Shape(
    own_did=False,
    expires=True,
    licensed=True,
    narrated=True,
    results=(ResultShape("exam", None), ResultShape("rubric", "good")),
    evidence=tuple(evidence_members(item) for item in REQUEST.evidence),
    purposes=("revocation", "suspension"),
    renewed="application/vc",
)


def test_every_word_has_its_name() -> None:
    assert words_of(REQUEST, SHAPE, ALLOCATION) == {
        "credential": str(ONE),
        "subject": str(TWO),
        "name": "Ana Zoë",
        "address": hashed_identity("ana@example.org", EMAIL_ADDRESS, "c0ffee")["identityHash"].removeprefix("sha256$"),
        "salt": "c0ffee",
        "from": "2026-11-02T00:00:00Z",
        "until": "2028-11-02T22:59:59Z",
        "list 0": str(TWO),
        "index 0": "7",
        "list 1": str(ONE),
        "index 1": "8",
        "license": "L-1",
        "narrative": "Well done",
        "result 0": "91",
        "evidence 0 id": "https://git.example/1",
        "evidence 0 name": "The work",
        "evidence 1 name": "A file",
        "evidence 1 description": f"Its tests\n\nSHA-256 of the file: {'0a' * 32}",
        "evidence 1 genre": "code",
        "predecessor": "https://badges.example/credentials/0",
        "predecessor digest": "sha256-abc",
    }


def test_the_least_that_a_credential_has() -> None:
    request = AwardRequest("Ana", "ana@example.org", "data", "practitioner", date(2026, 11, 2))
    shape = Shape(True, False, False, False, (), (), (), None)
    reader = reader_of(shape)
    assert reader.names == ("credential", "subject", "name", "address", "salt", "from")
    words = reader.read(request, Allocation(ONE, "did:web:ana.example", "c0ffee", BEGINS, None, ()))
    assert words[1] == "did:web:ana.example"
    assert len(words) == len(reader.names)


def test_a_hashed_address_needs_a_salt() -> None:
    with pytest.raises(ValueError, match="salt"):
        reader_of(SHAPE).read(REQUEST, Allocation(ONE, f"urn:uuid:{TWO}", "", BEGINS, ENDS, ALLOCATION.entries))


@pytest.mark.parametrize(
    ("item", "members"),
    [
        (Evidence(), {}),
        (Evidence(url="https://x.example/"), {"id": "https://x.example/"}),
        (Evidence(name="x", rule="work"), {"name": "x"}),
        (Evidence(description=""), {}),
        (Evidence(sha256="0a"), {"description": "SHA-256 of the file: 0a"}),
        (Evidence(description="x", narrative="y", genre="z"), {"description": "x", "narrative": "y", "genre": "z"}),
    ],
)
def test_evidence_says_what_was_handed_in(item: Evidence, members: dict[str, Any]) -> None:
    made = evidence_object(item)
    assert made == {"type": ["Evidence"], **members}
    assert tuple(made) == evidence_members(item)
