"""Embedded proofs: Data Integrity 1.0, sections 4.2 "Add Proof" and 4.4 "Verify Proof"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from credentials import contexts
from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from credentials.instants import format_instant, parse_instant
from credentials.prepared import EMBEDDED, PreparedCredential, SecuredCredential, written
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    VERIFICATION_UNAVAILABLE,
    Unacceptable,
    refuse,
)
from credentials.proofs import eddsa_rdfc_2022
from credentials.proofs.cryptosuite import Cryptosuite, JsonObject
from keys import multibase
from keys.errors import KeysError, SignatureMismatch
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

ASSERTION_METHOD = "assertionMethod"
MAX_PROOFS = 8

SUITES: Mapping[str, Cryptosuite] = MappingProxyType({suite.name: suite for suite in (eddsa_rdfc_2022.SUITE,)})

_NOT_OPTIONS = frozenset({"proofValue", "@context"})

# The longest proofValue of a suite in the table: 64 bytes in base58btc, and the multibase prefix.
_MAX_PROOF_VALUE = 90


class Stamp:
    """One key's proofs of one instant: all that they have in common is made once, for any number of credentials.

    `verification_method` is the URL under which the issuer publishes the signer's key. Raises `Unacceptable`
    (PROOF_GENERATION_ERROR) for a key that does not fit the suite. Safe to share between threads.
    """

    __slots__ = ("_beginning", "_hash_text", "_hashes", "_key", "_options", "_sign", "_suite")

    def __init__(
        self,
        signer: Signer,
        verification_method: str,
        created: datetime,
        *,
        purpose: str = ASSERTION_METHOD,
        suite: Cryptosuite = eddsa_rdfc_2022.SUITE,
    ) -> None:
        if signer.public_key.type not in suite.key_types:
            raise refuse(
                PROOF_GENERATION_ERROR,
                "Key does not fit",
                f"{suite.name} signs with {' or '.join(suite.key_types)} keys; this one is {signer.public_key.type}.",
            )
        self._options = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite.name,
            "created": format_instant(created),
            "verificationMethod": verification_method,
            "proofPurpose": purpose,
        }
        self._suite = suite
        self._hash_text = suite.hash_text
        self._key = signer.public_key
        self._sign = signer.sign
        self._beginning = b',"proof":[' + written(self._options)[:-1] + b',"proofValue":"'
        # one entry for each list of known contexts that credentials to be signed have, which are a few dozen at most
        self._hashes: dict[tuple[str, ...], bytes] = {}

    def secure(self, prepared: PreparedCredential) -> SecuredCredential:
        """The credential with one embedded proof, in an array as Open Badges' schema wants it.

        The bytes are `prepared.json` with the member `proof` put in at the end. Raises what `Signer.sign` raises.
        """
        return self._secured(prepared, self._sign(self._message(prepared)))

    def secure_all(self, prepared: Sequence[PreparedCredential]) -> list[SecuredCredential]:
        """The same for each of some dozens: a step is done for all before the next.

        A signature fills the processor's caches with tables, and what comes behind it finds nothing in them: measured
        with templates, one by one takes a sixth more.
        """
        messages = [self._message(one) for one in prepared]
        signatures = [self._sign(message) for message in messages]
        return [self._secured(one, signature) for one, signature in zip(prepared, signatures, strict=True)]

    def _message(self, prepared: PreparedCredential) -> bytes:
        """What is signed: the hashes of the proof's options and of the document."""
        options = self._hashes.get(prepared.contexts)
        if options is None:
            named = [*prepared.contexts]
            options = self._hashes[prepared.contexts] = self._suite.hash_options(
                named, self._options, self._key, contexts.load
            )
        return options + self._hash_text(prepared.canonical_text, self._key)

    def _secured(self, prepared: PreparedCredential, signature: bytes) -> SecuredCredential:
        value = multibase.encode(signature).encode()
        return SecuredCredential(EMBEDDED, b"".join((prepared.json[:-1], self._beginning, value, b'"}]}')))


def add_proof(
    prepared: PreparedCredential,
    signer: Signer,
    *,
    verification_method: str,
    created: datetime,
    purpose: str = ASSERTION_METHOD,
    suite: Cryptosuite = eddsa_rdfc_2022.SUITE,
) -> SecuredCredential:
    """The credential with one embedded proof, as a `Stamp` of its own makes it."""
    return Stamp(signer, verification_method, created, purpose=purpose, suite=suite).secure(prepared)


def proofs_of(document: JsonObject) -> tuple[dict[str, Any], ...]:
    """The embedded proofs, one or several; empty if there are none. Raises `Unacceptable` for anything else."""
    value = document.get("proof", [])
    proofs = value if isinstance(value, list) else [value]
    if not all(isinstance(proof, dict) for proof in proofs):
        raise _malformed("A proof is not a JSON object.")
    if len(proofs) > MAX_PROOFS:
        raise _malformed(f"The document carries more than {MAX_PROOFS} proofs.")
    return tuple(proofs)


def suite_of(proof: JsonObject) -> Cryptosuite:
    """The cryptosuite of a proof. Raises `Unacceptable` (unsupported-proof) for one not in the table."""
    if proof.get("type") != "DataIntegrityProof":
        raise _unsupported(f"Proofs of type {str(proof.get('type'))[:60]} cannot be checked by this software.")
    suite = SUITES.get(str(proof.get("cryptosuite")))
    if suite is None:
        raise _unsupported(f"The cryptosuite {str(proof.get('cryptosuite'))[:60]} cannot be checked by this software.")
    if "previousProof" in proof:
        raise _unsupported("Chains of proofs cannot be checked by this software.")
    return suite


def check_form(proof: JsonObject, *, purpose: str = ASSERTION_METHOD) -> None:
    """Everything about a proof that needs neither a key nor a clock (section 4.4, steps 1 to 4).

    Raises `Unacceptable`: unsupported-proof if the suite is unknown, PROOF_VERIFICATION_ERROR for wrong form or
    purpose. After this, `verificationMethod` is a string and `created` and `expires`, if there, are instants.
    """
    suite_of(proof)
    for name in ("verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str):
            raise _malformed(f"The proof has no {name}.")
    if proof["proofPurpose"] != purpose:
        raise _malformed(f"The proof was made for {proof['proofPurpose'][:60]}, not for {purpose}.")
    for name in ("created", "expires"):
        try:
            if name in proof:
                parse_instant(proof[name])
        except (ValueError, TypeError) as error:
            raise _malformed(f"The proof's {name} cannot be read: {error}.") from None


def verify_proof(
    document: JsonObject,
    proof: JsonObject,
    public_key: PublicKey,
    *,
    purpose: str = ASSERTION_METHOD,
    load: ContextLoader = contexts.load,
    canonical: bytes | None = None,
) -> None:
    """Returns if the proof is the key's over the document; the caller has established whose the key is.

    `document` may still hold its `proof` member, which is not part of what was signed. `canonical` is the
    canonical form of the document without it, for a caller who has made it already. Raises `Unacceptable` with
    PROOF_VERIFICATION_ERROR for a malformed proof or a wrong purpose, CRYPTOGRAPHIC_SECURITY_ERROR for a
    signature that does not match, unsupported-proof for another suite, verification-unavailable if the
    signature could not be checked at all, and what canonicalization refuses. Whether the proof has expired is
    for the caller, who has the clock.
    """
    check_form(proof, purpose=purpose)
    text = CanonicalText(canonical) if canonical is not None else None
    verify_checked_proof(document, proof, public_key, load=load, canonical=text)


def verify_checked_proof(
    document: JsonObject,
    proof: JsonObject,
    public_key: PublicKey,
    *,
    load: ContextLoader = contexts.load,
    canonical: CanonicalText | None = None,
) -> None:
    """The same for a proof that has passed `check_form`."""
    suite = SUITES[proof["cryptosuite"]]
    if public_key.type not in suite.key_types:
        raise _malformed(f"The proof's key is of type {public_key.type}, which {suite.name} does not use.")
    unsecured = document if canonical is not None else {n: value for n, value in document.items() if n != "proof"}
    options = {name: value for name, value in proof.items() if name not in _NOT_OPTIONS}
    if "@context" not in document:
        raise _malformed("The document has no @context.")
    if "@context" in proof and proof["@context"] != document["@context"]:
        raise _malformed("The proof names other contexts than the document.")
    signature = _signature(proof["proofValue"])
    try:
        public_key.verify(signature, suite.hash_data(unsecured, options, public_key, load, canonical))
    except SignatureMismatch:
        raise refuse(
            CRYPTOGRAPHIC_SECURITY_ERROR,
            "Signature does not match",
            "The signature does not match the content: it was changed after signing, or signed with another key.",
            "/proof",
        ) from None
    except KeysError as error:
        raise refuse(VERIFICATION_UNAVAILABLE, "Proof could not be checked", str(error), "/proof") from error


def _signature(proof_value: str) -> bytes:
    try:
        return multibase.decode(proof_value, max_characters=_MAX_PROOF_VALUE)
    except ValueError as error:
        raise _malformed(f"The proofValue cannot be read: {error}.") from None


def _malformed(detail: str) -> Unacceptable:
    return refuse(PROOF_VERIFICATION_ERROR, "Proof is malformed", detail, "/proof")


def _unsupported(detail: str) -> Unacceptable:
    return refuse(UNSUPPORTED_PROOF, "Proof is of an unknown kind", detail, "/proof")
