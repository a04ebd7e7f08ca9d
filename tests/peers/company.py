"""Two issuers for the tests with peers: one signs with our code, the other with the peers'."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from credentials.prepared import prepare
from credentials.proofs import data_integrity
from credentials.status_list import Bitstring, status_list_credential
from keys.did import PublishedKey, did_document, key_fragment
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from tests.credentials.badges import ISSUER, LIST_URL, badge
from verifier.fetcher import Fetched, FetchFailed
from verifier.policy import ORDINARY
from verifier.resolve import DidResolver
from verifier.result import VerificationResult
from verifier.verify import verify

SUSPENSION_LIST_URL = "https://badges.example/status-lists/2"
DID_DOCUMENT_URL = "https://badges.example/.well-known/did.json"
LENGTH = 131_072


@dataclass(frozen=True)
class Internet:
    """The only pages there are, for our verifier and for the peers alike: JSON documents by URL."""

    pages: Mapping[str, Any]

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """The page at the URL, as our verifier's fetcher gives it."""
        if url not in self.pages:
            raise FetchFailed(url, f"there is nothing at {url}")
        return Fetched(url, json.dumps(self.pages[url]).encode(), "application/json")

    def documents(self) -> dict[str, Any]:
        """The same pages as the peers look them up: the DID document under its DID."""
        return {(page["id"] if url == DID_DOCUMENT_URL else url): page for url, page in self.pages.items()}

    def our_verdict(self, credential: Mapping[str, Any] | str) -> VerificationResult:
        """What our whole verifier says about a credential, JSON or JWT, now."""
        text = credential if isinstance(credential, str) else json.dumps(credential)
        return verify(
            text,
            resolver=DidResolver(self, allowed_origins=()),
            fetcher=self,
            policy=ORDINARY,
            now=datetime.now(UTC),
        )


@dataclass(frozen=True)
class Company:
    """An issuer whose keys, DID document and signatures are made by our code."""

    proof_key: LocalSigner = field(default_factory=lambda: generate(KeyType.ED25519))
    token_keys: Mapping[KeyType, LocalSigner] = field(
        default_factory=lambda: {kind: generate(kind) for kind in KeyType}
    )

    @property
    def did_document(self) -> dict[str, Any]:
        """The proof key as Multikey, those for tokens as JWKs."""
        tokens = [
            PublishedKey(key_fragment(key.public_key), key.public_key, "JsonWebKey") for key in self.token_keys.values()
        ]
        public = self.proof_key.public_key
        return did_document(ISSUER, [PublishedKey(key_fragment(public), public, "Multikey"), *tokens])

    @staticmethod
    def method(signer: LocalSigner) -> str:
        """The DID URL under which a key is published."""
        return f"{ISSUER}#{key_fragment(signer.public_key)}"

    def signed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with an embedded proof of ours."""
        method = self.method(self.proof_key)
        created = datetime.now(UTC).replace(microsecond=0)
        secured = data_integrity.add_proof(
            prepare(document), self.proof_key, verification_method=method, created=created
        )
        return dict(json.loads(secured.body))

    def internet(self, *, revoked: tuple[int, ...] = (), suspended: tuple[int, ...] = ()) -> Internet:
        """Our DID document and both signed status lists, with these indexes set."""
        lists = {
            LIST_URL: unsigned_list(LIST_URL, "revocation", revoked),
            SUSPENSION_LIST_URL: unsigned_list(SUSPENSION_LIST_URL, "suspension", suspended),
        }
        signed_lists = {url: self.signed(document) for url, document in lists.items()}
        return Internet({DID_DOCUMENT_URL: self.did_document, **signed_lists})


def unsigned_list(url: str, purpose: str, set_indexes: tuple[int, ...]) -> dict[str, Any]:
    """A status list as we make it, valid for a week around now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return status_list_credential(
        url=url,
        issuer=ISSUER,
        purpose=purpose,
        bits=Bitstring.of_length(LENGTH).with_bits(dict.fromkeys(set_indexes, True)),
        valid_from=now - timedelta(days=1),
        valid_until=now + timedelta(days=6),
        ttl=timedelta(minutes=5),
    )


def badge_without_status(**changes: Any) -> dict[str, Any]:
    """The tests' badge, which nobody can revoke."""
    document = badge(**changes)
    del document["credentialStatus"]
    return document


def with_another_name(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The credential given to somebody else: one character of the body is another."""
    changed = copy.deepcopy(dict(credential))
    identity = changed["credentialSubject"]["identifier"][0]
    identity["identityHash"] = identity["identityHash"].replace("Zoë", "Zoe")
    return changed


def with_another_signature(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The credential with one character of its proofValue changed."""
    changed = copy.deepcopy(dict(credential))
    proofs = changed["proof"]
    proof = proofs[0] if isinstance(proofs, list) else proofs
    value = proof["proofValue"]
    middle = len(value) // 2
    proof["proofValue"] = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
    return changed
