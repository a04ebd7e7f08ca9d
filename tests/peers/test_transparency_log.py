"""Our transparency log, judged by two libraries of others: Transmute's RFC 9162 and Sigstore's verifier."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credentials.log.checkpoints import Checkpoint, LogProof
from credentials.log.entries import LogEntry
from credentials.log.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from credentials.log.notes import NoteKey
from credentials.log.tiles import grown, node_of
from keys.algorithms import KeyType
from keys.signer import generate
from tests.peers.process import Peer, PeerRefused

NAME = "badges.example.com/log"
SIGNER = generate(KeyType.ED25519)
KEY = NoteKey(NAME, SIGNER.public_key.material)
ENTRIES = [LogEntry("2026-11-22T10:00:00Z", "issued", str(number)).data for number in range(400)]
TILES = grown({}, 0, map(leaf_hash, ENTRIES))
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def node(height: int, index: int) -> bytes:
    return node_of(lambda level, number: TILES[level, number])(height, index)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@FEW
@given(st.data())
def test_the_same_root_and_growth(peer: Peer, data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 400))
    old = data.draw(st.integers(1, new))
    assert peer.ask("log-root", entries=[text(one) for one in ENTRIES[:new]]) == text(root_of(new, node))
    if old == new:
        return  # the peer wants a proof even then, where RFC 9162 has none

    def grew(old_root: bytes) -> bool:
        path = [text(one) for one in consistency_proof(old, new, node)]
        new_root = text(root_of(new, node))
        return bool(peer.ask("log-grew", oldSize=old, oldRoot=text(old_root), newSize=new, newRoot=new_root, path=path))

    assert grew(root_of(old, node))
    assert not grew(leaf_hash(b"another history"))


def prove(peer: Peer, proof: LogProof) -> dict[str, object]:
    return dict(
        peer.ask(
            "log-prove",
            entry=text(proof.entry),
            index=proof.index,
            path=[text(one) for one in proof.path],
            checkpoint=proof.checkpoint,
            name=NAME,
            keyId=text(KEY.id),
            publicKey=text(KEY.public_key),
        )
    )


@FEW
@given(st.data())
def test_sigstore_takes_our_proofs_and_no_others(peer: Peer, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 400))
    index = data.draw(st.integers(0, size - 1))
    note = Checkpoint(NAME, size, root_of(size, node)).signed(KEY, SIGNER.sign)
    proof = LogProof(ENTRIES[index], index, inclusion_proof(index, size, node), note)
    found = prove(peer, proof)
    assert (found["size"], found["root"], found["origin"]) == (size, text(root_of(size, node)), NAME)
    assert found["leaf"] == text(leaf_hash(proof.entry))
    with pytest.raises(PeerRefused, match="root hash"):
        prove(peer, LogProof(b"slipped in", index, proof.path, note))
    with pytest.raises(PeerRefused, match="signature"):
        prove(peer, LogProof(proof.entry, index, proof.path, note.replace(f"\n{size}\n", f"\n{size + 1}\n")))
