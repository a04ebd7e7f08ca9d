"""What an ordinary installation issues by the cryptosuite of its choice, judged by Digital Bazaar's libraries."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from credentials.proofs.selective import ecdsa_sd_2023
from issuer import published, schema_version
from issuer.awards import AwardRequest
from issuer.catalogue import rendering
from issuer.issue import issue
from issuer.issuers import create_issuer
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.selective_copies import choosable, selective_copy
from issuer.signing_keys import add_key, create_initial_keys, issuer_did_document
from issuer.store import Database
from keys.keyring import Keyring
from keys.public_key import KeyType
from keys.unlock import KeyEncryptionKey
from tests.peers.process import Peer

pytestmark = pytest.mark.peer
NOW = datetime.now(UTC)  # the peers read the machine's clock
PROGRAM = """
program: first-aid
name: First aid at work
proofs: [{proofs}]
levels:
  - name: First aider
    criteria: Passed the two-day course and its practical test.
    validity: 24 months
"""


class Guild:
    """An installation whose main key and further keys are of these types, and the program that it has."""

    def __init__(self, home: Path, main: KeyType, further: KeyType | None, proofs: list[str]) -> None:
        self.db = Database(f"sqlite:///{home / 'guildmark.db'}")
        self.keyring = Keyring(home / "keys", KeyEncryptionKey(b"k" * 32))
        self.made: dict[str, Any] = {"actor": "test", "now": NOW, "randomness": Random(9).randbytes}  # noqa: S311
        schema_version.upgrade(self.db)
        create_issuer(self.db, slug="it", name="Brightmoor", base_url="https://badges.example", actor="t", now=NOW)
        create_initial_keys(self.db, self.keyring, issuer="it", data_integrity=main, jwt=KeyType.P256, **self.made)
        if further is not None:
            add_key(self.db, self.keyring, issuer="it", key_type=further, **self.made)
        program = read_program(PROGRAM.format(proofs=", ".join(proofs)).encode())
        apply_program(self.db, issuer="it", definition=program, actor="t", now=NOW)
        request = AwardRequest(
            name="Ana Núñez",
            email="ana@example.org",
            program="first-aid",
            level="first-aider",
            awarded_on=date(NOW.year, 1, 2),
            origin="row 1",
        )
        (one,) = issue(self.db, self.keyring, issuer="it", requests=[request], **self.made).new
        self.id = one.id

    @property
    def credential(self) -> dict[str, Any]:
        """As it is published."""
        found = rendering(self.db, self.id, "json")
        assert found is not None
        return dict(json.loads(found.body))

    def documents(self) -> dict[str, Any]:
        """What a stranger fetches to judge it."""
        url = self.credential["credentialStatus"]["statusListCredential"]
        page, did = published.document(self.db, url), issuer_did_document(self.db)
        assert page is not None
        return {did["id"]: did, url: json.loads(page.body)}


@pytest.mark.parametrize(
    ("main", "further", "proofs"),
    [
        (KeyType.P256, None, []),
        (KeyType.P384, None, []),
        (KeyType.ED25519, KeyType.P256, ["ecdsa-rdfc-2019"]),
        (KeyType.ED25519, KeyType.P384, ["ecdsa-jcs-2019"]),
        (KeyType.ED25519, None, ["eddsa-jcs-2022"]),
        (KeyType.ED25519, KeyType.P256, ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"]),
    ],
)
def test_the_peer_accepts_what_we_issue_and_refuses_it_changed(
    tmp_path: Path, peer: Peer, main: KeyType, further: KeyType | None, proofs: list[str]
) -> None:
    guild = Guild(tmp_path, main, further, proofs)
    credential, documents = guild.credential, guild.documents()
    of_list = documents[credential["credentialStatus"]["statusListCredential"]]["proof"][0]["cryptosuite"]
    named = proofs or ["ecdsa-rdfc-2019"]
    assert [proof["cryptosuite"] for proof in credential["proof"]] == named
    for one in named:  # each alone: of a set that is asked for together, one that verifies would be enough for the peer
        alone = {**credential, "proof": [proof for proof in credential["proof"] if proof["cryptosuite"] == one]}
        asked = {"cryptosuite": [*{one, of_list}], "documents": documents}
        answer = peer.ask("verify-by-suite", credential=alone, **asked)
        assert answer == {"verified": True, "errors": []}, one
        changed = {**alone, "name": "Chief physician"}
        assert not peer.ask("verify-by-suite", credential=changed, **asked)["verified"], one
    together = peer.ask("verify-by-suite", credential=credential, cryptosuite=[*{*named, of_list}], documents=documents)
    assert together == {"verified": True, "errors": []}


def test_the_peer_derives_from_our_base_proof_and_accepts_what_we_derive(tmp_path: Path, peer: Peer) -> None:
    guild = Guild(tmp_path, KeyType.ED25519, KeyType.P256, ["ecdsa-rdfc-2019", "ecdsa-sd-2023"])
    base = json.loads(selective_copy(guild.db, guild.keyring, credential_id=guild.id, **guild.made).body)
    name = choosable(guild.credential)[0]
    asked = {"cryptosuite": ["ecdsa-sd-2023", "eddsa-rdfc-2022"], "documents": guild.documents()}
    ours = ecdsa_sd_2023.derive(base, [name])
    theirs = peer.ask("derive-credential", credential=base, selectivePointers=[name], documents=guild.documents())
    for derived in (ours, theirs):
        assert "emailAddress" not in json.dumps(derived)
        assert "Ana Núñez" in json.dumps(derived, ensure_ascii=False)
        answer = peer.ask("verify-by-suite", credential=derived, **asked)
        assert answer == {"verified": True, "errors": []}
        assert not peer.ask("verify-by-suite", credential={**derived, "name": "Chief physician"}, **asked)["verified"]
