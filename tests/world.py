"""An internet in memory: issuers with real keys, documents and status lists, that really sign.

    world = World(datetime(2026, 11, 22, 10, tzinfo=UTC))
    acme = world.issuer("acme.example")
    badge = acme.issue(recipient="ada@acme.example", valid_for=timedelta(days=365))
    world.verify(badge.json).status  # valid
    acme.revoke(badge)
    world.verify(badge.jwt).status  # revoked

Nothing is mocked but the wire: `world.fetcher` answers from what the issuers publish, keeps a list of what
it was asked, and can be told to fail, to be slow (it then fails as a deadline does), to serve something
else or to send elsewhere. `world.resolver` is the real one, on that fetcher.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, Literal
from uuid import UUID, uuid5

from credentials import contexts, identity, status_list
from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3
from credentials.instants import format_instant, parse_instant
from credentials.prepared import SecuredCredential, prepare
from credentials.proofs import data_integrity, jose
from credentials.proofs.rdfc_suites import EDDSA_RDFC_2022
from keys import base64url, did, multibase
from keys.algorithms import KeyType
from keys.did import PublishedKey
from keys.signer import Signer, generate
from verifier.fetcher import Fetched, FetchFailed, FetchRefused
from verifier.policy import ORDINARY, Policy
from verifier.resolve import DidResolver
from verifier.result import VerificationResult
from verifier.verify import verify

CONTEXT = [CREDENTIALS_V2, OPEN_BADGES_3_0_3]
_NAMESPACE = UUID("5f3c1d0a-6c55-4d4e-9a68-3f0a5a3b9d11")
LIST_LIFETIME = timedelta(days=7)
LIST_TTL = timedelta(minutes=5)


@cache
def signer(name: str, key_type: KeyType) -> Signer:
    """A key that stays the same through a test run, so that slow kinds are made once."""
    del name
    return generate(key_type)


@dataclass
class WorldFetcher:
    """The wire: what lies at which address, what happens to requests, and which there were."""

    sites: dict[str, Fetched] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    _troubles: dict[str, Callable[[str], Fetched]] = field(default_factory=dict)

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """As `verifier.fetcher.Fetcher` has it."""
        self.requests.append(url)
        for start, trouble in self._troubles.items():
            if url.startswith(start):
                return trouble(url)
        if url not in self.sites:
            raise FetchFailed(url, f"{url} answered with status 404 (nothing there)")
        if len(self.sites[url].body) > max_bytes:
            raise FetchFailed(url, f"{url} holds more than the {max_bytes:,} bytes that are read")
        return self.sites[url]

    def serve(
        self, url: str, body: bytes, media_type: str = "application/json", max_age: timedelta | None = None
    ) -> None:
        """From now on this lies at that address."""
        self.sites[url] = Fetched(url, body, media_type, max_age)

    def unreachable(self, start: str) -> None:
        """Every address that begins so does not answer any more."""
        self._troubles[start] = _failing("could not be reached: the connection was refused")

    def slow(self, start: str) -> None:
        """Every address that begins so takes longer than anybody waits."""
        self._troubles[start] = _failing("did not answer within 10 seconds")

    def redirect(self, start: str, to: str) -> None:
        """Every address that begins so leads to another site, which a guarded fetcher does not follow."""

        def refuse(url: str) -> Fetched:
            raise FetchRefused(url, f"{url} leads on to another site ({to}), and that was not followed")

        self._troubles[start] = refuse

    def heal(self) -> None:
        """All troubles are over."""
        self._troubles.clear()


def _failing(what: str) -> Callable[[str], Fetched]:
    def fail(url: str) -> Fetched:
        raise FetchFailed(url, f"{url} {what}")

    return fail


class World:
    """Issuers, their sites, and an instant that only tests move."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.fetcher = WorldFetcher()
        self.resolver = DidResolver(self.fetcher, allowed_origins=())
        self._serial = 0

    def issuer(
        self,
        host: str,
        *,
        name: str = "",
        method: str = "web",
        key: KeyType = KeyType.ED25519,
        jwt_key: KeyType = KeyType.P256,
    ) -> Issuer:
        """An issuer at https://{host}. method: `web` (did:web), `key` (did:key), or `https` (its own address)."""
        return Issuer(self, host, name or host.partition(".")[0].title() + " GmbH", method, key, jwt_key)

    def advance(self, by: timedelta) -> None:
        """Time passes."""
        self.now += by

    def verify(self, document: bytes | str, policy: Policy = ORDINARY, **changes: Any) -> VerificationResult:
        """The real verification, by the world's network and clock; `changes` are fields of the policy."""
        return verify(
            document,
            resolver=self.resolver,
            fetcher=self.fetcher,
            policy=replace(policy, **changes),
            now=self.now,
        )

    def uuid(self) -> UUID:
        """A fresh id, the same in every run."""
        self._serial += 1
        return uuid5(_NAMESPACE, str(self._serial))


@dataclass(frozen=True)
class Seal:
    """The keys with which an issuer signs at one instant, by the names under which it publishes them."""

    key: Signer
    verification_method: str
    jwt_key: Signer
    kid: str
    created: datetime

    def sign(self, document: Mapping[str, Any]) -> SecuredCredential:
        """The credential with an embedded proof, prepared as every issuer must."""
        return data_integrity.add_proof(
            prepare(document), self.key, verification_method=self.verification_method, created=self.created
        )

    def sign_jwt(self, document: Mapping[str, Any]) -> SecuredCredential:
        """The credential as a compact JWS, prepared as every issuer must."""
        return jose.sign(prepare(document), self.jwt_key, kid=self.kid)


@dataclass(frozen=True)
class Badge:
    """A credential of an issuer: the unsigned document, and its two secured forms as bytes.

    The forms are made when they are first read, with the keys and the instant of the issuing.
    """

    issuer: Issuer
    document: dict[str, Any]
    indexes: Mapping[str, int]
    seal: Seal

    @property
    def id(self) -> str:
        """The credential's id, which is its public address."""
        return str(self.document["id"])

    @cached_property
    def json(self) -> bytes:
        """With an embedded proof (eddsa-rdfc-2022)."""
        return self.seal.sign(self.document).body

    @cached_property
    def jwt(self) -> bytes:
        """As a compact JWS."""
        return self.seal.sign_jwt(self.document).body

    def forms(self) -> dict[str, bytes]:
        """Both forms by name."""
        return {"json": self.json, "jwt": self.jwt}


class Issuer:
    """An organization that signs: keys, a published document, status lists by purpose."""

    def __init__(self, world: World, host: str, name: str, method: str, key: KeyType, jwt_key: KeyType) -> None:
        self.world = world
        self.host = host
        self.name = name
        self.base_url = f"https://{host}"
        self.method = method
        self.key = signer(host, key)
        self.jwt_key = self.key if method == "key" else signer(f"{host} (JWT)", jwt_key)
        self.id = self._identifier()
        self.extra_keys: list[PublishedKey] = []
        self._bits: dict[str, status_list.Bitstring] = {}
        self._next_index = 4711
        self.publish_keys()

    def _identifier(self) -> str:
        if self.method == "key":
            return did.did_key(self.key.public_key)
        return did.did_web(self.base_url) if self.method == "web" else f"{self.base_url}/issuer"

    # Keys

    @property
    def verification_method(self) -> str:
        """The id of the key for embedded proofs."""
        return self._method_id(self.key)

    @property
    def kid(self) -> str:
        """The id of the key for JWTs."""
        return self._method_id(self.jwt_key)

    @property
    def document_url(self) -> str:
        """Where the document with the keys lies (not for did:key)."""
        return did.did_web_url(self.id) if self.method == "web" else self.id

    def _method_id(self, key: Signer) -> str:
        if self.method == "key":
            return f"{self.id}#{self.id.removeprefix('did:key:')}"
        return f"{self.id}#{did.key_fragment(key.public_key)}"

    def publish_keys(self) -> None:
        """Publish the document anew, with the keys as they are now."""
        if self.method != "key":
            self.publish_document(self.keys_document())

    def change_key(self) -> None:
        """A new key for embedded proofs, which signs the list at once; the old one stays published."""
        self.extra_keys.append(self._published(self.key, "Multikey"))
        self.key = generate(KeyType.ED25519)
        self.publish_keys()
        self.publish_list(status_list.REVOCATION)

    def keys_document(self) -> dict[str, Any]:
        """The document with every key under assertionMethod."""
        published = [self._published(self.key, "Multikey"), self._published(self.jwt_key, "JsonWebKey")]
        document = did.did_document(did.did_web(self.base_url), [*published, *self.extra_keys])
        if self.method == "https":
            text = json.dumps(document).replace(did.did_web(self.base_url), self.id)
            document = json.loads(text)
        return document

    def _published(self, key: Signer, form: Literal["Multikey", "JsonWebKey"]) -> PublishedKey:
        fragment = did.key_fragment(key.public_key)
        return PublishedKey(fragment, key.public_key, form)

    def publish_document(self, document: Mapping[str, Any]) -> None:
        """Publish any document in the place of the one with the keys."""
        self.world.fetcher.serve(self.document_url, json.dumps(document).encode(), "application/did+json")

    # Credentials

    def profile(self) -> dict[str, Any]:
        """The issuer as it stands in its credentials."""
        return {"id": self.id, "type": ["Profile"], "name": self.name, "url": self.base_url}

    def achievement(self, name: str = "Cloud Associate") -> dict[str, Any]:
        """An achievement of this issuer."""
        return {
            "id": f"{self.base_url}/achievements/{name.lower().replace(' ', '-')}",
            "type": ["Achievement"],
            "name": name,
            "description": f"{name}, as assessed by {self.name}",
            "criteria": {"narrative": "Pass the assessment."},
        }

    def issue(
        self,
        *,
        recipient: str = "ada@acme.example",
        achievement: Mapping[str, Any] | None = None,
        valid_from: datetime | None = None,
        valid_for: timedelta | None = None,
        status: Iterable[str] = (status_list.REVOCATION,),
        **members: Any,
    ) -> Badge:
        """A badge; it is signed when one of its forms is read. `members` are added to or replace those of it."""
        begins = valid_from or self.world.now - timedelta(days=1)
        uuid = self.world.uuid()
        purposes = tuple(status)
        index = self._next_index
        self._next_index += 97
        entries = [self._entry(purpose, index) for purpose in purposes]
        document: dict[str, Any] = {
            "@context": list(CONTEXT),
            "id": f"{self.base_url}/credentials/{uuid}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": "Certificate",
            "issuer": self.profile(),
            "validFrom": format_instant(begins),
            "awardedDate": format_instant(begins),
            "credentialSubject": {
                "id": f"urn:uuid:{self.world.uuid()}",
                "type": ["AchievementSubject"],
                "identifier": [identity.hashed_identity(recipient, "emailAddress", f"salt-{uuid}")],
                "achievement": dict(achievement or self.achievement()),
            },
        }
        if valid_for is not None:
            document["validUntil"] = format_instant(begins + valid_for)
        if entries:
            document["credentialStatus"] = entries[0] if len(entries) == 1 else entries
        return Badge(self, {**document, **members}, dict.fromkeys(purposes, index), self.seal())

    def endorse(self, thing: str, **members: Any) -> Badge:
        """An endorsement of whatever has that id."""
        document = {
            "@context": list(CONTEXT),
            "id": f"{self.base_url}/endorsements/{self.world.uuid()}",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": f"Endorsement by {self.name}",
            "issuer": self.profile(),
            "validFrom": format_instant(self.world.now - timedelta(days=1)),
            "credentialSubject": {
                "id": thing,
                "type": ["EndorsementSubject"],
                "endorsementComment": "We recognize it.",
            },
        }
        return Badge(self, {**document, **members}, {}, self.seal())

    # Signing: as every issuer must, and as an attacker or a careless issuer would

    def seal(self) -> Seal:
        """The keys as they are now."""
        return Seal(self.key, self.verification_method, self.jwt_key, self.kid, self.world.now)

    def sign_anything(self, document: Mapping[str, Any], **proof_members: Any) -> bytes:
        """Any document with a proof whose mathematics are right; `proof_members` replace those of the proof."""
        options = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": format_instant(self.world.now),
            "verificationMethod": self.verification_method,
            "proofPurpose": "assertionMethod",
            **proof_members,
        }
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        secured = data_integrity.secured_by(document, options)
        data = EDDSA_RDFC_2022.hash_data(secured, options, self.key.public_key, contexts.load, None)
        proof = {**options, "proofValue": multibase.encode(self.key.sign(data))}
        earlier = document.get("proof", [])
        proofs = [*(earlier if isinstance(earlier, list) else [earlier]), proof]
        return json.dumps({**unsigned, "proof": proofs}, separators=(",", ":")).encode()

    def sign_anything_as_jwt(self, payload: Mapping[str, Any], **header_members: Any) -> bytes:
        """Any payload under any header; a header member that is None is left out."""
        header = {
            "alg": self.jwt_key.public_key.algorithm.jose,
            "typ": "JWT",
            "kid": self.kid,
            **header_members,
        }
        return compact_jws({k: v for k, v in header.items() if v is not None}, payload, self.jwt_key.sign)

    # Status lists

    def list_url(self, purpose: str) -> str:
        """The address of the list for a purpose."""
        return f"{self.base_url}/status-lists/{purpose}"

    def _entry(self, purpose: str, index: int) -> dict[str, Any]:
        if purpose not in self._bits:
            self._bits[purpose] = status_list.Bitstring.of_length(status_list.MINIMUM_LENGTH)
            self.publish_list(purpose)
        return status_list.status_entry(list_url=self.list_url(purpose), index=index, purpose=purpose)

    def list_document(self, purpose: str) -> dict[str, Any]:
        """The unsigned list as it stands, valid from now for a week."""
        return status_list.status_list_credential(
            url=self.list_url(purpose),
            issuer=self.id,
            purpose=purpose,
            bits=self._bits[purpose],
            valid_from=self.world.now,
            valid_until=self.world.now + LIST_LIFETIME,
            ttl=LIST_TTL,
        )

    def publish_list(self, purpose: str, *, as_jwt: bool = False) -> None:
        """Sign the list as it stands and publish it, in one form or the other."""
        document = self.list_document(purpose)
        body = self.seal().sign_jwt(document) if as_jwt else self.seal().sign(document)
        self.world.fetcher.serve(self.list_url(purpose), body.body, body.media_type)

    def _set(self, badge: Badge, purpose: str, value: bool) -> None:
        self._bits[purpose] = self._bits[purpose].with_bits({badge.indexes[purpose]: value})
        self.publish_list(purpose)

    def revoke(self, badge: Badge) -> None:
        """Take a badge back, for good, and publish the list."""
        self._set(badge, status_list.REVOCATION, True)

    def suspend(self, badge: Badge) -> None:
        """Take a badge back for the time being (issued with a `suspension` status), and publish the list."""
        self._set(badge, status_list.SUSPENSION, True)

    def reinstate(self, badge: Badge) -> None:
        """End a suspension, and publish the list."""
        self._set(badge, status_list.SUSPENSION, False)


def payload_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the claims that Open Badges asks of a JWT's payload."""
    claims = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(parse_instant(document["validFrom"]).timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    if "validUntil" in document:
        claims["exp"] = int(parse_instant(document["validUntil"]).timestamp())
    return {**document, **claims}


def compact_jws(header: Mapping[str, Any], payload: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> bytes:
    """A compact JWS with exactly this header, signed by whatever `sign` does."""
    parts = [base64url.encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload)]
    text = ".".join(parts)
    return f"{text}.{base64url.encode(sign(text.encode()))}".encode()
