"""The whole example program, issued by the product as a company would, and judged by strangers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest

from issuer import published, schema_version, status
from issuer.awards_csv import read_awards_csv
from issuer.catalogue import rendering
from issuer.issue import issue
from issuer.issuers import create_issuer
from issuer.outcome import IssuedCredential
from issuer.programs import apply_program, load_catalogue
from issuer.signing_keys import create_initial_keys, issuer_did_document
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from tests.conftest import PROJECT, vectors
from tests.examples import example_program
from tests.peers.process import Peer

EXAMPLES = PROJECT / "examples"
NOW = datetime.now(UTC)  # the peers read the machine's clock


@dataclass(frozen=True)
class Guild:
    """A database in which everybody of people.csv holds their credential."""

    db: Database
    keyring: Keyring
    issued: tuple[IssuedCredential, ...]

    def json_of(self, credential_id: UUID) -> dict[str, Any]:
        """The credential with its embedded proof."""
        secured = rendering(self.db, credential_id, "json")
        assert secured is not None
        return dict(json.loads(secured.body))

    def token_of(self, credential_id: UUID) -> str:
        """The credential as a JWT."""
        secured = rendering(self.db, credential_id, "jwt")
        assert secured is not None
        return secured.text

    @cached_property
    def did_document(self) -> dict[str, Any]:
        """What is served as did.json."""
        return issuer_did_document(self.db)

    def documents(self, credential: dict[str, Any]) -> dict[str, Any]:
        """What a stranger fetches to judge this credential: the issuer's keys and the status lists."""
        entries = credential["credentialStatus"]
        lists = [entry["statusListCredential"] for entry in (entries if isinstance(entries, list) else [entries])]
        pages = {url: published.document(self.db, url) for url in lists}
        return {
            self.did_document["id"]: self.did_document,
            **{url: json.loads(page.body) for url, page in pages.items() if page is not None},
        }

    def holder(self, level: str, name: str) -> UUID:
        """The credential of that level whose holder's name begins so."""
        return next(one.id for one in self.issued if one.level == level and one.name.startswith(name))


@pytest.fixture(scope="module")
def guild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guild]:
    home = tmp_path_factory.mktemp("guild")
    db = Database(f"sqlite:///{home / 'guildmark.db'}")
    keyring = Keyring(home / "keys", KeyEncryptionKey(b"k" * 32))
    randomness = Random(7).randbytes  # noqa: S311 - the same in every run
    schema_version.upgrade(db)
    create_issuer(db, slug="it", name="Brightmoor", base_url="https://badges.example", actor="test", now=NOW)
    create_initial_keys(db, keyring, issuer="it", actor="test", now=NOW, randomness=randomness)
    apply_program(db, issuer="it", definition=example_program(), actor="test", now=NOW)
    people = (EXAMPLES / "people.csv").read_bytes()
    requests = read_awards_csv(people, catalogue=load_catalogue(db, "it"), now=NOW).require()
    report = issue(
        db, keyring, issuer="it", requests=requests, actor="test", now=NOW, randomness=randomness, source="history"
    )
    yield Guild(db, keyring, report.credentials)
    db.close()


def ended(one: IssuedCredential) -> bool:
    return one.valid_until is not None and one.valid_until < NOW


def test_a_stranger_accepts_every_badge_that_has_not_expired(peer: Peer, guild: Guild) -> None:
    assert any(ended(one) for one in guild.issued)
    for one in guild.issued:
        credential = guild.json_of(one.id)
        answer = peer.ask("verify-credential", credential=credential, documents=guild.documents(credential))
        assert answer["verified"] is not ended(one), (one.name, answer["errors"])
        assert all('is after "validUntil"' in sentence for sentence in answer["errors"])


def test_a_stranger_accepts_every_token_that_has_not_expired(peer: Peer, guild: Guild) -> None:
    for one in guild.issued:
        answer = peer.ask(
            "verify-jwt", token=guild.token_of(one.id), didDocument=guild.did_document, algorithms=["RS256"]
        )
        assert answer["verified"] is not ended(one), (one.name, answer["errors"])


def test_a_stranger_sees_who_was_revoked_and_who_suspended(peer: Peer, guild: Guild) -> None:
    revoked = guild.holder("practitioner", "Jean-François")
    suspended = guild.holder("expert", "Siobhán")
    status.revoke(guild.db, guild.keyring, credential_id=revoked, reason="Issued in error", actor="test", now=NOW)
    status.suspend(
        guild.db, guild.keyring, credential_id=suspended, reason="A complaint is open", actor="test", now=NOW
    )
    seen: dict[tuple[UUID, str], bool] = {}
    for one in guild.issued:
        credential = guild.json_of(one.id)
        answer = peer.ask("verify-credential", credential=credential, documents=guild.documents(credential))
        seen |= {(one.id, entry["purpose"]): entry["set"] for entry in answer["status"]}
    assert {key for key, is_set in seen.items() if is_set} == {(revoked, "revocation"), (suspended, "suspension")}


def test_the_open_badges_schema_accepts_all_but_the_second_status_entry(guild: Guild) -> None:
    """The schema allows one credentialStatus; a level that asks for suspension has two, and nothing else is wrong."""
    schema = json.loads(vectors("ob3", "schema", "json", "achievementcredential.json").read_text())
    validator = jsonschema_rs.validator_for(schema)
    for one in guild.issued:
        faults = {"/".join(map(str, e.instance_path)) for e in validator.iter_errors(guild.json_of(one.id))}
        assert faults == ({"credentialStatus"} if one.level == "expert" else set()), one.name
