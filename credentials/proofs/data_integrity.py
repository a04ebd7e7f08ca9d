"""Embedded proofs: Data Integrity 1.0, sections 4.2 "Add Proof" and 4.4 "Verify Proof"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
    Problem,
    Unacceptable,
    refuse,
)
from credentials.proofs.cryptosuite import Cryptosuite, JsonObject, Suite
from credentials.proofs.jcs_suites import ECDSA_JCS_2019, EDDSA_JCS_2022
from credentials.proofs.rdfc_suites import ECDSA_RDFC_2019, ED25519_SIGNATURE_2020, EDDSA_2022, EDDSA_RDFC_2022
from credentials.proofs.selective import suite as selective
from credentials.sentence import sentence, sentence_of
from keys import multibase
from keys.errors import KeysError, SignatureMismatch
from keys.public_key import KeyType, PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

ASSERTION_METHOD = "assertionMethod"
MAX_PROOFS = 8
_BEFORE_PROOFS = b',"proof":['

SIGNING_ONCE: Mapping[str, Cryptosuite] = MappingProxyType(
    {
        suite.name: suite
        for suite in (
            EDDSA_RDFC_2022,
            EDDSA_JCS_2022,
            ECDSA_RDFC_2019,
            ECDSA_JCS_2019,
            EDDSA_2022,
            ED25519_SIGNATURE_2020,
        )
    }
)

SUITES: Mapping[str, Suite] = MappingProxyType({**SIGNING_ONCE, selective.NAME: selective.SUITE})

_USUAL: Mapping[KeyType, Cryptosuite] = MappingProxyType(
    {KeyType.ED25519: EDDSA_RDFC_2022, KeyType.P256: ECDSA_RDFC_2019, KeyType.P384: ECDSA_RDFC_2019}
)


class Stamp:
    """One key's proofs of one instant: all that they have in common is made once, for any number of credentials.

    `verification_method` is the URL under which the issuer publishes the signer's key; without a `suite` it is that of
    RDFC-1.0 for the key. `previous` names the proofs on which this one follows, if it is part of a chain, and
    `members` holds further members of the proof, such as `domain` and `challenge`. Raises `Unacceptable`
    (PROOF_GENERATION_ERROR) for a key that does not fit the suite. Safe to share between threads.
    """

    __slots__ = ("_begun", "_hash_text", "_key", "_options", "_sign", "_suite", "_usual")

    def __init__(
        self,
        signer: Signer,
        verification_method: str,
        created: datetime,
        *,
        purpose: str = ASSERTION_METHOD,
        suite: Cryptosuite | None = None,
        members: JsonObject = MappingProxyType({}),
    ) -> None:
        suite = suite if suite is not None else suite_for(signer.public_key)
        if signer.public_key.type not in suite.key_types:
            raise refuse(
                PROOF_GENERATION_ERROR,
                "Key does not fit",
                sentence(
                    "{name} signs with {names} keys; this one is {type}.",
                    name=suite.name,
                    names=" or ".join(suite.key_types),
                    type=signer.public_key.type,
                ),
            )
        if not suite.current:
            raise refuse(
                PROOF_GENERATION_ERROR,
                "Outdated cryptosuite",
                sentence(
                    "Old proofs by {name} are verified; new ones are made with {name2}.",
                    name=suite.name,
                    name2=_USUAL[KeyType.ED25519].name,
                ),
            )
        self._options = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite.name,
            "created": format_instant(created),
            "verificationMethod": verification_method,
            "proofPurpose": purpose,
            **members,
        }
        self._suite = suite
        self._usual = suite.is_the_usual_form(signer.public_key)
        self._hash_text = suite.hash_text
        self._key = signer.public_key
        self._sign = signer.sign
        # one entry for each list of known contexts that credentials to be signed have, which are a few dozen at most
        self._begun: dict[tuple[str, ...], tuple[bytes, bytes]] = {}

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
        options, _ = self._begun.get(prepared.contexts) or self._begin(prepared.contexts)
        if self._usual:
            return options + self._hash_text(prepared.canonical_text, self._key)
        text = self._suite.canonicalize(prepared.document, self._key, contexts.load)
        return options + self._hash_text(CanonicalText(text), self._key)

    def _begin(self, of_contexts: tuple[str, ...]) -> tuple[bytes, bytes]:
        """The hash of the options of a proof, and the text of it before its value, for documents of these contexts."""
        named = [*of_contexts]
        hashed = self._suite.hash_options(named, self._options, self._key, contexts.load)
        shown = {**self._options, "@context": named} if self._suite.of_json else self._options
        self._begun[of_contexts] = hashed, _BEFORE_PROOFS + written(shown)[:-1] + b',"proofValue":"'
        return self._begun[of_contexts]

    def proof(self, prepared: PreparedCredential) -> bytes:
        """The proof alone, as it stands among others. Raises as `secure`."""
        value = multibase.encode(self._sign(self._message(prepared))).encode()
        return self._begun[prepared.contexts][1].removeprefix(_BEFORE_PROOFS) + value + b'"}'

    def _secured(self, prepared: PreparedCredential, signature: bytes) -> SecuredCredential:
        value = multibase.encode(signature).encode()
        beginning = self._begun[prepared.contexts][1]
        return SecuredCredential(EMBEDDED, b"".join((prepared.json[:-1], beginning, value, b'"}]}')))


class SetOfStamps:
    """Several proofs that know nothing of each other: a proof set (Data Integrity 1.0, section 2.1.1)."""

    def __init__(self, stamps: Sequence[Stamp]) -> None:
        """There is at least one, and no more than MAX_PROOFS."""
        self._stamps = tuple(stamps)

    def secure(self, prepared: PreparedCredential) -> SecuredCredential:
        """The credential with a proof by each, in their order. Raises as `Stamp.secure`."""
        proofs = b",".join([stamp.proof(prepared) for stamp in self._stamps])
        return SecuredCredential(EMBEDDED, b"".join((prepared.json[:-1], _BEFORE_PROOFS, proofs, b"]}")))

    def secure_all(self, prepared: Iterable[PreparedCredential]) -> list[SecuredCredential]:
        """The same for each."""
        return [self.secure(one) for one in prepared]


def add_proof(
    prepared: PreparedCredential,
    signer: Signer,
    *,
    verification_method: str,
    created: datetime,
    purpose: str = ASSERTION_METHOD,
    suite: Cryptosuite | None = None,
    members: JsonObject = MappingProxyType({}),
) -> SecuredCredential:
    """The credential with one embedded proof, as a `Stamp` of its own makes it."""
    return Stamp(signer, verification_method, created, purpose=purpose, suite=suite, members=members).secure(prepared)


def suite_for(key: PublicKey) -> Cryptosuite:
    """The suite over RDFC-1.0 that signs with keys of this type. Raises `Unacceptable` (PROOF_GENERATION_ERROR)."""
    if key.type not in _USUAL:
        detail = sentence("No cryptosuite signs with {type} keys; those of tokens (JWT) do.", type=key.type)
        raise refuse(PROOF_GENERATION_ERROR, "Key does not fit", detail)
    return _USUAL[key.type]


def proofs_of(document: JsonObject) -> tuple[dict[str, Any], ...]:
    """The embedded proofs, one or several; empty if there are none. Raises `Unacceptable` for anything else."""
    value = document.get("proof", [])
    proofs = value if isinstance(value, list) else [value]
    if not all(isinstance(proof, dict) for proof in proofs):
        raise _malformed(sentence("A proof is not a JSON object."))
    if len(proofs) > MAX_PROOFS:
        raise _malformed(sentence("The document carries more than {max_proofs} proofs.", max_proofs=MAX_PROOFS))
    ids = [proof["id"] for proof in proofs if "id" in proof]
    if not all(isinstance(one, str) for one in ids) or len(set(ids)) < len(ids):
        raise _malformed(sentence("Two proofs have one id, or an id is not a text."))
    return tuple(proofs)


def secured_by(document: JsonObject, proof: JsonObject) -> JsonObject:
    """What a proof secures: the document without its proofs, but with those that the proof follows upon.

    Data Integrity 1.0, section 2.1.2 "Proof Chains". Raises `Unacceptable` (PROOF_VERIFICATION_ERROR) if
    `previousProof` names a proof that is not there.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if "previousProof" not in proof:
        return unsecured
    named = proof["previousProof"]
    wanted = named if isinstance(named, list) else [named]
    by_id = {one["id"]: one for one in proofs_of(document) if "id" in one}
    if not wanted or not all(isinstance(one, str) and one in by_id for one in wanted):
        raise _malformed(
            sentence("The proof follows upon another one (previousProof) that the document does not carry.")
        )
    return {**unsecured, "proof": [one for one in proofs_of(document) if one.get("id") in wanted]}


def suite_of(proof: JsonObject) -> Suite:
    """The cryptosuite of a proof. Raises `Unacceptable` (unsupported-proof) for one not in the table."""
    if proof.get("type") == "DataIntegrityProof":
        named = SUITES.get(str(proof.get("cryptosuite")))
        if named is None or not named.is_named:
            name = str(proof.get("cryptosuite"))[:60]
            raise _unsupported(sentence("The cryptosuite {name} cannot be checked by this software.", name=name))
        return named
    older = SUITES.get(str(proof.get("type")))
    if older is None or older.is_named:
        raise _unsupported(
            sentence("Proofs of type {value} cannot be checked by this software.", value=str(proof.get("type"))[:60])
        )
    return older


def check_form(proof: JsonObject, *, purpose: str = ASSERTION_METHOD, at: str = "/proof") -> None:
    """Everything about a proof that needs neither a key nor a clock (section 4.4, steps 1 to 4).

    Raises `Unacceptable` with all that is wrong: unsupported-proof if the suite is unknown, PROOF_VERIFICATION_ERROR
    for wrong form or purpose; `at` is where the proof stands. After this, `verificationMethod` is a string,
    `proofValue` a text of the suite's alphabet, and `created` and `expires`, if there, are instants.
    """
    problems = tuple(_faults(proof, purpose, at))
    if problems:
        raise Unacceptable(problems)


def _faults(proof: JsonObject, purpose: str, at: str) -> Iterator[Problem]:
    suite = None
    try:
        suite = suite_of(proof)
    except Unacceptable as refusal:
        yield from (replace(problem, pointer=at) for problem in refusal.problems)
    for name in ("verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str):
            yield _fault(sentence("The proof has no {name}.", name=name), f"{at}/{name}")
    made_for = proof.get("proofPurpose")
    if isinstance(made_for, str) and made_for != purpose:
        said = sentence("The proof was made for {proof}, not for {purpose}.", proof=made_for[:60], purpose=purpose)
        yield _fault(said, f"{at}/proofPurpose")
    value = proof.get("proofValue")
    if suite is not None and isinstance(value, str):
        try:
            suite.require_value(value)
        except Unacceptable as refusal:
            yield from (replace(problem, pointer=f"{at}/proofValue") for problem in refusal.problems)
    for name in ("created", "expires"):
        try:
            if name in proof:
                parse_instant(proof[name])
        except (ValueError, TypeError) as error:
            said = sentence("The proof's {name} cannot be read: {why}.", name=name, why=sentence_of(error))
            yield _fault(said, f"{at}/{name}")


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
    suite = suite_of(proof)
    if public_key.type not in suite.key_types:
        raise _malformed(
            sentence(
                "The proof's key is of type {type}, which {name} does not use.", type=public_key.type, name=suite.name
            )
        )
    if "@context" not in document and not suite.of_json:
        raise _malformed(sentence("The document has no @context."))
    usual = canonical is not None and "previousProof" not in proof and suite.is_the_usual_form(public_key)
    secured = document if usual else secured_by(document, proof)
    if "@context" in proof:
        secured = _with_contexts_of(proof, secured, suite)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        suite.verify(secured, options, proof["proofValue"], public_key, load, canonical if usual else None)
    except SignatureMismatch:
        raise refuse(
            CRYPTOGRAPHIC_SECURITY_ERROR,
            "Signature does not match",
            sentence(
                "The signature does not match the content: it was changed after signing, or signed with another key."
            ),
            "/proof",
        ) from None
    except KeysError as error:
        raise refuse(VERIFICATION_UNAVAILABLE, "Proof could not be checked", str(error), "/proof") from error


def _with_contexts_of(proof: JsonObject, document: JsonObject, suite: Suite) -> JsonObject:
    """The document as it was when the proof was made (VC-DI-EDDSA, section 3.3.2, steps 4 and 5).

    The JSON may have got further contexts since, behind those that are signed; over RDF every context counts.
    """
    named, present = _listed(proof["@context"]), _listed(document.get("@context"))
    if present[: len(named)] != named or (len(present) > len(named) and not suite.of_json):
        raise _malformed(sentence("The proof names other contexts than the document."))
    return {**document, "@context": proof["@context"]} if suite.of_json else document


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _malformed(detail: str) -> Unacceptable:
    return Unacceptable(_fault(detail, "/proof"))


def _fault(detail: str, at: str) -> Problem:
    return Problem(PROOF_VERIFICATION_ERROR, "Proof is malformed", detail, at)


def _unsupported(detail: str) -> Unacceptable:
    return refuse(UNSUPPORTED_PROOF, "Proof is of an unknown kind", detail, "/proof")
