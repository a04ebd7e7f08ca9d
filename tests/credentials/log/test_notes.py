"""Signed notes, checkpoints and proofs: read as strictly as they are written."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from credentials.log.checkpoints import Checkpoint, LogProof
from credentials.log.entries import LogEntry, digest_of, hash_of_id
from credentials.log.errors import LogError, MalformedNote, NotLogged, UntrustedNote
from credentials.log.merkle import inclusion_proof, leaf_hash, root_of
from credentials.log.notes import NoteKey, signed_note, text_of
from credentials.log.tiles import grown, node_of
from keys.signer import LocalSigner

NAME = "badges.example.com/log"
SIGNER, OTHER = (LocalSigner(Ed25519PrivateKey.from_private_bytes(bytes([n] * 32))) for n in (1, 2))
KEY = NoteKey(NAME, SIGNER.public_key.material)
OTHERS = NoteKey("witness.example", OTHER.public_key.material)
NOTE = signed_note("one\ntwo\n", KEY, SIGNER.sign)

# The note and key that the package golang.org/x/mod/sumdb/note shows in its documentation: facts of others' making.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_others_made() -> None:
    assert text_of(PETERS_NOTE, NoteKey.of(PETER)).startswith("If you think")
    assert NoteKey.of(PETER).text == PETER
    with pytest.raises(UntrustedNote, match="signature"):
        text_of(PETERS_NOTE.replace("answer", "cause"), NoteKey.of(PETER))


def test_a_note_of_ours_and_who_else_signed_it() -> None:
    assert text_of(NOTE, KEY) == "one\ntwo\n"
    witnessed = NOTE + signed_note("one\ntwo\n", OTHERS, OTHER.sign).rpartition("\n\n")[2]
    assert text_of(witnessed, KEY) == text_of(witnessed, OTHERS) == "one\ntwo\n"
    with pytest.raises(UntrustedNote, match=r"not signed by witness\.example"):
        text_of(NOTE, OTHERS)
    renamed = NoteKey("somebody.else", KEY.public_key)
    with pytest.raises(UntrustedNote, match="not signed"):
        text_of(NOTE, renamed)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "one\n",
        "one\n\n",
        NOTE.rstrip("\n"),
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\u2014 ", "\u2014  "),
        NOTE + "more\n",
        NOTE.replace("two", "two\r"),
        NOTE.replace("two", "\x00"),
        "x" * 300_000 + NOTE,
        "one\n\n" + f"\u2014 {NAME} AAAA\n",
        "one\n\n" + f"\u2014 {NAME} A\n",
    ],
)
def test_what_is_no_note(note: str) -> None:
    with pytest.raises(MalformedNote):
        text_of(note, KEY)


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+1+2", KEY.text.replace("+A", "+B"), KEY.text[:-4], KEY.text.replace(NAME, "a b"),
     "x+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(), KEY.text.replace(KEY.id.hex(), "00000000")],
)  # fmt: skip
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(MalformedNote):
        NoteKey.of(text)


def test_a_key_is_read_as_it_is_written() -> None:
    assert NoteKey.of(KEY.text + "\n") == KEY


def test_a_checkpoint() -> None:
    checkpoint = Checkpoint(NAME, 7, leaf_hash(b"x"))
    assert Checkpoint.of(checkpoint.signed(KEY, SIGNER.sign), KEY) == checkpoint


@pytest.mark.parametrize(
    "text",
    [f"{NAME}\n7\n", f"{NAME}\n07\n{'A' * 43}=\n", f"{NAME}\n7\nAAAA\n", f"{NAME}\n-7\n{'A' * 43}=\n",
     f"{NAME}\n{2**63}\n{'A' * 43}=\n", f"other\n7\n{'A' * 43}=\n", f"{NAME}\n\n7\n{'A' * 43}=\n",
     f"{NAME}\n٧\n{'A' * 43}=\n"],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(MalformedNote):
        Checkpoint.of(signed_note(text, KEY, SIGNER.sign), KEY)


ENTRIES = [LogEntry("2026-11-22T10:00:00Z", "issued", hash_of_id(f"urn:{n}"), (digest_of(b"x"),)) for n in range(5)]


def proof(index: int = 3, entry: LogEntry | None = None) -> LogProof:
    tiles = grown({}, 0, [leaf_hash(one.data) for one in ENTRIES])
    node = node_of(lambda level, number: tiles[level, number])
    note = Checkpoint(NAME, 5, root_of(5, node)).signed(KEY, SIGNER.sign)
    return LogProof((entry or ENTRIES[index]).data, index, inclusion_proof(index, 5, node), note)


def test_a_proof_travels_as_text() -> None:
    made = proof()
    assert LogProof.of(made.text) == made
    assert made.checked(KEY).size == 5


def test_a_proof_of_another_entry() -> None:
    with pytest.raises(NotLogged, match="entry 3"):
        proof(entry=ENTRIES[2]).checked(KEY)
    with pytest.raises(UntrustedNote):
        proof().checked(OTHERS)


@given(st.text(max_size=300), st.integers(0, 400), st.integers(0, 20))
def test_any_text_in_place_of_a_part_is_refused_or_checked(text: str, start: int, length: int) -> None:
    whole = proof().text
    changed = whole[:start] + text + whole[start + length :]
    try:
        LogProof.of(changed).checked(KEY)
    except LogError:
        return
    assert LogProof.of(changed).entry == ENTRIES[3].data


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b'{"v":2}', b'{"v":1}', b'{"at":1,"event":"x","v":1}', b'{"event":"x","at":"y","v":1}',
     b'{"at":"x","event":"y","more":1,"v":1}', b'{"at":"x","digests":[1],"event":"y","v":1}', b"\xff",
     b'{"at":"x","credential":null,"event":"y","v":1}'],
)  # fmt: skip
def test_what_is_no_entry(data: bytes) -> None:
    with pytest.raises(ValueError, match="entry of the log"):
        LogEntry.of(data)


def test_entries_are_read_as_they_are_written() -> None:
    for one in (*ENTRIES, LogEntry("2026-11-22T10:00:00Z", "key added", key="abc")):
        assert LogEntry.of(one.data) == one


def test_json_is_the_same_however_it_is_laid_out() -> None:
    assert digest_of(b'{"b": 1, "a": [1.0]}') == digest_of('\n{"a":[1],"b":1}')
    assert digest_of(b'{"b":2}') != digest_of(b'{"b":1}')
    assert digest_of("a.b.c\n") == digest_of(b"a.b.c")
