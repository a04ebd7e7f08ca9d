"""The badge that everything is measured with: made by the product's own functions from a program, for many people."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credentials.prepared import SecuredCredential, prepare
from credentials.proofs import data_integrity
from credentials.shapes.shapes import Shapes
from credentials.status_list import MINIMUM_LENGTH, Bitstring, status_list_credential
from issuer import schema_version
from issuer.addresses import status_list_url
from issuer.awards import AwardRequest, Evidence
from issuer.issuers import Issuer, create_issuer
from issuer.prepare import Allocation, Entry, award_validity, prepare_award
from issuer.program_definition import ProgramDefinition
from issuer.program_file import read_program
from issuer.programs import Achievement, apply_program, load_catalogue
from issuer.store import Database
from keys import multibase
from keys.did import PublishedKey, did_document, key_fragment
from keys.signer import LocalSigner
from verifier.fetcher import Fetched, FetchFailed

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BASE_URL = "https://badges.brightmoor.example"
PROGRAM, LEVEL = "data", "practitioner"
_FOLDER = Path(__file__).resolve().parent
_SEED = bytes(range(32))
_LIST = UUID("6f1d2a8e-4b0c-4d5e-9f3a-7c2b1e0d9a84")
_SECRET_KEY = b"\x80\x26"  # the multicodec prefix of an Ed25519 private key
_FIRST = ("Ana", "Björn", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Grace", "Łukasz", "明", "Zoë")
_LAST = ("O’Neil", "Müller", "García", "Nguyen", "Smith", "Kowalska", "Rossi", "“Ace” Lee", "Íñigo", "Tanaka")


def program() -> ProgramDefinition:
    """The program of `program.yaml`."""
    return read_program((_FOLDER / "program.yaml").read_bytes())


def award(number: int) -> AwardRequest:
    """What the person of that number earned; each name, address, result and evidence is another."""
    chance = Random(number)  # noqa: S311  (the same people in every run)
    return AwardRequest(
        name=f"{chance.choice(_FIRST)} {chance.choice(_LAST)} {number}",
        email=f"person{number}@brightmoor.example",
        program=PROGRAM,
        level=LEVEL,
        awarded_on=date(2026, 11, 2),
        results=(("exam", f"{chance.randrange(700, 1000) / 10:g}"),),
        evidence=(
            Evidence(
                url=f"https://git.brightmoor.example/{chance.randrange(10**6)}",
                name="The analysis",
                description="A notebook, with its tests.",
            ),
        ),
        origin=f"row {number}",
    )


@dataclass(frozen=True)
class Workshop:
    """An issuer with one key and one level, and everything a verifier fetches from it, in memory."""

    issuer: Issuer
    achievement: Achievement
    signer: LocalSigner

    @cached_property
    def method(self) -> str:
        """The DID URL of the key."""
        return f"{self.issuer.did}#{key_fragment(self.signer.public_key)}"

    def document(self, number: int) -> dict[str, Any]:
        """The unsigned badge of a person."""
        return dict(self.prepared_by(award(number), number).document)

    def lone_document(self, number: int) -> dict[str, Any]:
        """The unsigned badge of somebody, of an achievement that nobody else has, and with a profile of its own."""
        texts = self._texts
        document: dict[str, Any] = json.loads(
            texts[number % len(texts)].replace(self._level, f"{self._level}-{number}")
        )
        document["issuer"]["description"] += f" Number {number}."
        return document

    @cached_property
    def _texts(self) -> list[str]:
        return [json.dumps(self.document(number)) for number in range(50)]

    @cached_property
    def _level(self) -> str:
        """The id of the achievement, as it stands in all badges."""
        return str(json.loads(self._texts[0])["credentialSubject"]["achievement"]["id"])

    def prepared_by(self, request: AwardRequest, number: int) -> Any:
        """An award on its whole way to what is signed."""
        return prepare_award(request, self.achievement, self.allocation(request, number), self.issuer)

    def allocation(self, request: AwardRequest, number: int) -> Allocation:
        """Id, salt and status entry of a person's badge."""
        chance = Random(-number - 1)  # noqa: S311
        begins, ends = award_validity(request, self.achievement)
        return Allocation(
            credential_id=UUID(bytes=chance.randbytes(16), version=4),
            subject_id=f"urn:uuid:{UUID(bytes=chance.randbytes(16), version=4)}",
            salt=chance.randbytes(16).hex(),
            valid_from=begins,
            valid_until=ends,
            entries=(Entry("revocation", _LIST, chance.randrange(MINIMUM_LENGTH)),),
        )

    def signed(self, document: Mapping[str, Any], shapes: Shapes | None = None) -> SecuredCredential:
        """The document, prepared and signed; `shapes` knows levels that were prepared before."""
        prepared = prepare(document, shapes=shapes)
        return data_integrity.add_proof(prepared, self.signer, verification_method=self.method, created=NOW)

    @cached_property
    def did_document(self) -> dict[str, Any]:
        """The issuer's."""
        public = self.signer.public_key
        return did_document(self.issuer.did, [PublishedKey(key_fragment(public), public, "Multikey")])

    @cached_property
    def status_list(self) -> SecuredCredential:
        """The signed list of all badges, none of which is revoked."""
        return self.signed(
            status_list_credential(
                url=status_list_url(self.issuer.base_url, _LIST),
                issuer=self.issuer.did,
                purpose="revocation",
                bits=Bitstring.of_length(MINIMUM_LENGTH),
                valid_from=NOW - timedelta(hours=1),
                valid_until=NOW + timedelta(days=7),
                ttl=timedelta(minutes=5),
            )
        )

    @cached_property
    def pages(self) -> Pages:
        """What lies at the issuer's addresses."""
        return Pages(
            {
                f"{self.issuer.base_url}/.well-known/did.json": json.dumps(self.did_document).encode(),
                status_list_url(self.issuer.base_url, _LIST): self.status_list.body,
            }
        )

    def for_peers(self) -> dict[str, Any]:
        """Key and documents, as the peers take them."""
        (method,) = self.did_document["verificationMethod"]
        return {
            "key": {
                "@context": "https://w3id.org/security/multikey/v1",
                **method,
                "secretKeyMultibase": multibase.encode(_SECRET_KEY + _SEED),
            },
            "addresses": {
                self.issuer.did: self.did_document,
                method["id"]: {"@context": "https://w3id.org/security/multikey/v1", **method},
            },
        }


@dataclass(frozen=True)
class Pages:
    """A fetcher whose answers lie in memory already: keys and lists that a verifier has kept."""

    bodies: Mapping[str, bytes]

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        del accept, max_bytes
        if url not in self.bodies:
            raise FetchFailed(url, f"there is nothing at {url}")
        return Fetched(url, self.bodies[url], "application/json", timedelta(minutes=5))


def workshop() -> Workshop:
    """The issuer and its level, as a database gives them that is thrown away at once."""
    with tempfile.TemporaryDirectory(prefix="guildmark-bench-") as folder:
        db = Database(f"sqlite:///{folder}/bench.db")
        schema_version.upgrade(db)
        issuer = furnish(db)
        achievement = load_catalogue(db).level(PROGRAM, LEVEL)
        db.close()
    return Workshop(issuer, achievement, LocalSigner(Ed25519PrivateKey.from_private_bytes(_SEED)))


def furnish(db: Database) -> Issuer:
    """An issuer and the program in a database that has its tables; no keys."""
    issuer = create_issuer(
        db,
        slug="brightmoor",
        name="Brightmoor Academy",
        base_url=BASE_URL,
        url="https://brightmoor.example",
        description="Certifications of Brightmoor’s people.",
        email="academy@brightmoor.example",
        actor="bench",
        now=NOW - timedelta(days=1),
    )
    apply_program(db, issuer=issuer.slug, definition=program(), actor="bench", now=NOW - timedelta(days=1))
    return issuer
