"""Contact cards, read by a library for them and line by line: short lines, signs that mean something, any script."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from wallet_export.vcard import VERSIONS, Contact, Version

WRITTEN = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
CREDENTIAL = UUID("1f0b8f2e-8f4e-4d4c-9a52-0c2f7c1f9a11")
URL = f"https://badges.brightmoor.example/credentials/{CREDENTIAL}"


def contact(name: str, note: str) -> Contact:
    return Contact(name, CREDENTIAL, URL, note, WRITTEN)


def lines_of(card: bytes) -> list[str]:
    """Its lines, unfolded; every line as sent is short enough and whole characters."""
    assert card.endswith(b"\r\n")
    sent = card[:-2].split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line and line.decode() for line in sent)
    unfolded: list[str] = []
    for line in sent:
        if line.startswith(b" "):
            unfolded[-1] += line[1:].decode()
        else:
            unfolded.append(line.decode())
    return unfolded


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reader_of_contact_cards_reads_it(version: Version) -> None:
    name, note = (
        "Núñez de la Fuente; Ana, M.Sc.",
        "“Notfallübung, Stufe 2”; 応急手当 " * 4 + "\nValid until 31 December 2026.",
    )
    card = contact(name, note).vcard(version)
    read = vobject.readOne(card.decode())
    assert (read.version.value, read.fn.value) == (version, name)
    assert read.url.value == URL
    assert read.note.value == note
    assert read.uid.value == f"urn:uuid:{CREDENTIAL}"
    if version == "3.0":
        read.validate()  # the library knows what 3.0 requires
        assert read.n.value.family == name


def test_each_version_says_when_it_was_written_in_its_own_way() -> None:
    card = contact("Ana", "x")
    assert "REV:20261231T233000Z" in lines_of(card.vcard("4.0"))
    assert "REV:2026-12-31T23:30:00Z" in lines_of(card.vcard("3.0"))


@given(st.text(max_size=200), st.text(max_size=400), st.sampled_from(VERSIONS))
def test_nobody_s_words_become_lines(name: str, note: str, version: Version) -> None:
    names = [line.partition(":")[0] for line in lines_of(contact(name, note).vcard(version))]
    first = ["BEGIN", "VERSION", "FN"]
    more = ["KIND", "UID", "REV"] if version == "4.0" else ["N", "UID", "REV"]
    assert names == [*first, *more, "URL", "NOTE", "END"]
