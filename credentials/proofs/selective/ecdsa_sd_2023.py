"""ecdsa-sd-2023: sign, derive, verify (VC-DI-ECDSA 1.0, sections 3.5 and 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from credentials import contexts
from credentials.canonical import ContextLoader
from credentials.instants import format_instant
from credentials.prepared import EMBEDDED, PreparedCredential, SecuredCredential, written
from credentials.problems import PROOF_GENERATION_ERROR, PROOF_VERIFICATION_ERROR, Unacceptable, refuse
from credentials.proofs.cryptosuite import JsonObject
from credentials.proofs.rdfc_suites import ECDSA_RDFC_2019
from credentials.proofs.selective import pointers, statements
from credentials.proofs.selective.proof_values import BaseProof, DerivedProof, is_base, read_base, read_derived
from credentials.proofs.selective.suite import BASE_PROOF, NAME, SUITE
from keys.algorithms import ALGORITHMS
from keys.errors import KeysError
from keys.public_key import KeyType, PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

_P256 = ALGORITHMS[KeyType.P256].multicodec


def verify(document: JsonObject, options: JsonObject, proof_value: str, key: PublicKey, *, load: ContextLoader) -> None:
    """Section 3.6.7, "Verify Derived Proof": returns if every statement of the document is signed.

    `document` is without its proof, `options` the proof without its value. Raises SignatureMismatch if one is not, and
    `Unacceptable` (PROOF_VERIFICATION_ERROR) for a malformed proof, or one that is still the base proof.
    """
    if is_base(proof_value):
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            BASE_PROOF,
            "Its proof is one from which the holder derives what he shows; it is not meant for showing itself.",
            "/proof",
        )
    derived = read_derived(proof_value)
    try:
        lines = statements.of_revealed(document, derived.labels, load=load)
    except KeyError:
        raise _malformed("The proof does not name every part of the document.") from None
    chosen = {*derived.mandatory_indexes}
    if chosen and derived.mandatory_indexes[-1] >= len(lines):
        raise _malformed("The proof counts more statements than the document makes.")
    mandatory = [line for position, line in enumerate(lines) if position in chosen]
    others = [line for position, line in enumerate(lines) if position not in chosen]
    if len(others) != len(derived.signatures):
        raise _malformed("The proof has not as many signatures as the document makes statements.")
    key.verify(derived.base_signature, _said(document, options, derived.public_key, mandatory, key, load))
    once = _key_of(derived.public_key)
    for line, signature in zip(others, derived.signatures, strict=True):
        once.verify(signature, line.encode())


def sign(
    prepared: PreparedCredential,
    signer: Signer,
    *,
    verification_method: str,
    created: datetime,
    mandatory: Sequence[str],
    randomness: Callable[[int], bytes],
    purpose: str = "assertionMethod",
    new_key: Callable[[], Signer] | None = None,
    members: JsonObject = MappingProxyType({}),
) -> SecuredCredential:
    """The credential with a base proof, for its holder alone (section 3.6.1 "Create Base Proof").

    mandatory: pointers to what whoever derives from it must reveal. Raises `Unacceptable`: PROOF_GENERATION_ERROR for a
    key that is not P-256, MALFORMED_VALUE_ERROR for a pointer to nothing.
    """
    from keys.signer import generate

    if signer.public_key.type not in SUITE.key_types:
        detail = f"{NAME} signs with P-256 keys; this one is {signer.public_key.type}."
        raise refuse(PROOF_GENERATION_ERROR, "Key does not fit", detail)
    document = prepared.document
    chosen = pointers.checked(mandatory, document)
    options = {
        "type": SUITE.proof_type,
        "cryptosuite": NAME,
        "created": format_instant(created),
        "verificationMethod": verification_method,
        "proofPurpose": purpose,
        **members,
    }
    key = randomness(32)
    once = new_key() if new_key is not None else generate(KeyType.P256)
    made = statements.of_document(document, key, load=contexts.load)
    fixed = {*made.selected(chosen).positions}
    public = _multikey(once.public_key)
    first = [made.lines[position] for position in sorted(fixed)]
    said = _said(document, options, public, first, signer.public_key, contexts.load)
    free = [line for position, line in enumerate(made.lines) if position not in fixed]
    base = BaseProof(signer.sign(said), public, key, tuple(once.sign(line.encode()) for line in free), chosen)
    proof = written({**options, "proofValue": base.text()})
    return SecuredCredential(EMBEDDED, prepared.json[:-1] + b',"proof":[' + proof + b"]}")


def derive(
    document: Mapping[str, Any], chosen: Sequence[str], *, load: ContextLoader = contexts.load
) -> dict[str, Any]:
    """What the holder shows: the mandatory parts and those he chooses (section 3.6.6 "Add Derived Proof").

    `document` carries exactly one base proof. Raises `Unacceptable`: PROOF_VERIFICATION_ERROR if it does not,
    MALFORMED_VALUE_ERROR for a pointer to nothing.
    """
    proof = _only_base_proof(document)
    base = read_base(proof["proofValue"])
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    wanted = (*base.mandatory_pointers, *pointers.checked(chosen, unsecured))
    made = statements.of_document(unsecured, base.hmac_key, load=load)
    fixed = {*made.selected(base.mandatory_pointers).positions}
    combined = made.selected(wanted)
    shown = {*combined.positions}
    if len(made.lines) - len(fixed) != len(base.signatures):
        raise _malformed("The proof does not belong to this document.")
    free = [position for position in range(len(made.lines)) if position not in fixed]
    kept = [signature for position, signature in zip(free, base.signatures, strict=True) if position in shown]
    indexes = [place for place, position in enumerate(combined.positions) if position in fixed]
    derived = DerivedProof(base.base_signature, base.public_key, tuple(kept), combined.labels, tuple(indexes))
    revealed = pointers.select(unsecured, wanted)
    if revealed is None:
        raise refuse(PROOF_GENERATION_ERROR, "Nothing chosen", "Nothing of the credential was chosen to be shown.")
    shown_proof = {**proof, "proofValue": derived.text()}
    return {**revealed, "proof": [shown_proof] if isinstance(document["proof"], list) else shown_proof}


def _only_base_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    found = document.get("proof")
    proofs = found if isinstance(found, list) else [found]
    if len(proofs) != 1 or not isinstance(proofs[0], dict) or proofs[0].get("cryptosuite") != NAME:
        raise _malformed(f"It carries no single proof by {NAME}.")
    if not isinstance(proofs[0].get("proofValue"), str):
        raise _malformed("Its proof has no value.")
    return proofs[0]


def _said(
    document: JsonObject,
    options: JsonObject,
    public: bytes,
    mandatory: Sequence[str],
    key: PublicKey,
    load: ContextLoader,
) -> bytes:
    """What the issuer signs (section 3.6.5): the options, the key of the other statements, the mandatory ones."""
    given = {name: value for name, value in options.items() if name != "@context"}
    hashed = ECDSA_RDFC_2019.hash_options(document["@context"], given, key, load)
    return hashed + public + statements.hash_of(mandatory)


def _multikey(key: PublicKey) -> bytes:
    return key.algorithm.multicodec + key.material


def _key_of(multikey: bytes) -> PublicKey:
    if not multikey.startswith(_P256):
        raise _malformed("The key of its statements is not P-256.")
    try:
        return PublicKey(KeyType.P256, multikey[len(_P256) :])
    except KeysError as error:
        raise _malformed(f"The key of its statements cannot be used: {error}") from None


def _malformed(detail: str) -> Unacceptable:
    return refuse(PROOF_VERIFICATION_ERROR, "Proof is malformed", detail, "/proof")
