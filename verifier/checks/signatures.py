"""The signatures on a credential, embedded proofs and JWTs made alike: which key each names, how it is checked.

Reading them fetches nothing and believes nothing; an algorithm that is not accepted is refused here already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from credentials.canonical_text import CanonicalText
from credentials.problems import PARSING_ERROR, PROOF_VERIFICATION_ERROR, Problem, Unacceptable, refuse
from credentials.proofs import data_integrity
from credentials.proofs.envelope import Envelope
from credentials.sentence import sentence, sentence_of
from keys import jwk
from keys.errors import KeysError
from keys.public_key import PublicKey
from verifier.extract import Extracted
from verifier.reach import Reach


def _document(owner: str, reach: Reach) -> Mapping[str, Any]:
    return reach.resolve(owner)


class Signature(NamedTuple):
    """One signature to check.

    method: the id of the key it names, or empty.
    brought: the key a JWT header brings along (never believed, only compared).
    verify: raises `Unacceptable` if the signature is not by that key over this document.
    published: where whoever signed publishes his keys, if not in the document of his identifier; raises `Unresolved`.
    """

    method: str
    brought: PublicKey | None
    verify: Callable[[PublicKey], None]
    published: Callable[[str, Reach], Mapping[str, Any]] = _document


def signatures_of(found: Extracted, canonical: CanonicalText | None) -> tuple[Signature, ...]:
    """Every signature, at least one. Raises `Unacceptable` for none, too many, or a form that is not accepted."""
    if found.envelope is not None:
        return (of_envelope(found.envelope),)
    return _of_proofs(found, canonical)


def of_envelope(envelope: Envelope, *, signer: str = "") -> Signature:
    """The one signature of a token or message. Raises `Unacceptable` if it names no key.

    signer: in whose document a `kid` that is no URL names a key; empty where such a name means something else.
    """
    brought = None
    if envelope.jwk is not None:
        try:
            brought = jwk.from_jwk(envelope.jwk)
        except KeysError as error:
            detail = sentence("The key in the token's header cannot be used: {why}", why=sentence_of(error))
            raise refuse(PROOF_VERIFICATION_ERROR, "Unusable key", detail) from None
    method = envelope.kid or ""
    if brought is None and not method:
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            "Names no key",
            sentence("The token's header names no key (kid or jwk)."),
        )
    if signer and method and ":" not in method and not method.startswith("#"):
        method = f"{signer}#{method}"
    return Signature(method, brought, envelope.verify)


def _of_proofs(found: Extracted, canonical: CanonicalText | None) -> tuple[Signature, ...]:
    proofs = data_integrity.proofs_of(found.document)
    if not proofs:  # Data Integrity 1.0, section 4.4, step 3: what is no map
        raise refuse(PARSING_ERROR, "Not signed", sentence("It is not signed: it holds no proof at all."), "/proof")
    problems: list[Problem] = []
    for position, proof in enumerate(proofs):
        at = f"/proof/{position}" if isinstance(found.document["proof"], list) else "/proof"
        try:
            data_integrity.check_form(proof, at=at)
            if "previousProof" in proof:
                data_integrity.secured_by(found.document, proof)
        except Unacceptable as refusal:
            problems.extend(refusal.problems)
    if problems:
        raise Unacceptable(problems)
    return tuple(of_checked_proof(found.document, proof, canonical) for proof in proofs)


def of_checked_proof(document: Mapping[str, Any], proof: dict[str, Any], canonical: CanonicalText | None) -> Signature:
    """The signature of an embedded proof whose form is known to be right (`data_integrity.check_form`)."""
    verify = partial(data_integrity.verify_checked_proof, document, proof, canonical=canonical)
    return Signature(proof["verificationMethod"], None, verify)
