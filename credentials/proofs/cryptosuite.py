"""What a Data Integrity cryptosuite is: a small value (Data Integrity 1.0, section 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from credentials.problems import PROOF_VERIFICATION_ERROR, refuse
from credentials.rdfc import Hash
from credentials.sentence import sentence
from keys import multibase
from keys.public_key import KeyType, PublicKey

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """Name, the keys it works with, and how document and proof options become the bytes that are signed.

    Those are `hash_options(contexts, options, key, load)` followed by `hash_text(canonical_text, key)` (VC-DI-EDDSA,
    section 3.2.4); `options` has neither `proofValue` nor `@context`. What is canonical for a document without its
    proof is said by `canonicalize(document, key, load)`. The key decides which hash is used.

    proof_type: the `type` of its proofs. current: whether new proofs are made with it; old ones are only verified.
    is_the_usual_form: whether what is canonical with this key is RDFC-1.0 with SHA-256, which is at hand for every
    document that was prepared or examined. of_json: the JSON is signed and not what its contexts make of it; then
    `contexts` are those that the proof names itself, or None.
    """

    name: str
    proof_type: str
    key_types: frozenset[KeyType]
    current: bool
    canonicalize: Callable[[JsonObject, PublicKey, ContextLoader], bytes]
    hash_options: Callable[[Any, JsonObject, PublicKey, ContextLoader], bytes]
    hash_text: Callable[[CanonicalText, PublicKey], bytes]
    is_the_usual_form: Callable[[PublicKey], bool]
    of_json: bool = False

    @property
    def is_named(self) -> bool:
        """Whether its proofs say `cryptosuite`; older types of proof are their own name."""
        return self.proof_type == "DataIntegrityProof"

    def require_value(self, proof_value: str) -> None:
        """Returns if the text may be a `proofValue`, whatever the key. Raises `Unacceptable` as `verify`."""
        _require_text(proof_value)

    def verify(
        self,
        document: JsonObject,
        options: JsonObject,
        proof_value: str,
        key: PublicKey,
        load: ContextLoader,
        canonical: CanonicalText | None = None,
    ) -> None:
        """Returns if `proof_value` is the key's over what `hash_data` makes of the rest.

        Raises SignatureMismatch if it is not, and `Unacceptable` (PROOF_VERIFICATION_ERROR) for what is no value.
        """
        key.verify(_signature(proof_value), self.hash_data(document, options, key, load, canonical))

    def hash_data(
        self,
        document: JsonObject,
        options: JsonObject,
        key: PublicKey,
        load: ContextLoader,
        canonical: CanonicalText | None = None,
    ) -> bytes:
        """The bytes that are signed over the document without its proof.

        `options` is the proof without `proofValue`; its `@context`, if there, equals the document's. `canonical` may
        hold the document's canonical form if it is known already.
        """
        made = canonical if canonical is not None else CanonicalText(self.canonicalize(document, key, load))
        named = options.get("@context") if self.of_json else document["@context"]
        if "@context" in options:
            options = {name: value for name, value in options.items() if name != "@context"}
        return self.hash_options(named, options, key, load) + self.hash_text(made, key)


class Suite(Protocol):
    """What every suite in the table offers, however its proofs are made; see `Cryptosuite`."""

    @property
    def name(self) -> str: ...
    @property
    def proof_type(self) -> str: ...
    @property
    def key_types(self) -> frozenset[KeyType]: ...
    @property
    def current(self) -> bool: ...
    @property
    def of_json(self) -> bool: ...
    @property
    def is_named(self) -> bool: ...
    @property
    def is_the_usual_form(self) -> Callable[[PublicKey], bool]: ...

    def require_value(self, proof_value: str) -> None: ...

    def verify(
        self,
        document: JsonObject,
        options: JsonObject,
        proof_value: str,
        key: PublicKey,
        load: ContextLoader,
        canonical: CanonicalText | None = None,
    ) -> None: ...


# The longest signature of a suite that signs once: 96 bytes in base58btc, and the multibase prefix.
_MAX_PROOF_VALUE = 135


def _signature(proof_value: str) -> bytes:
    try:
        return multibase.decode(proof_value, max_characters=_MAX_PROOF_VALUE)
    except ValueError:
        _require_text(proof_value)
        raise


def _require_text(proof_value: str) -> None:
    if len(proof_value) > _MAX_PROOF_VALUE:
        why = sentence("it is longer than any signature")
    elif not multibase.is_text(proof_value):
        why = sentence("it is not z followed by letters and digits without 0, O, I and l (base58btc)")
    else:
        return
    detail = sentence("The proofValue cannot be read: {why}.", why=why)
    raise refuse(PROOF_VERIFICATION_ERROR, "Proof is malformed", detail, "/proof")


def digest_of(key: PublicKey) -> Hash:
    """The hash of the same strength as the key (VC-DI-ECDSA 1.0, section 3.2): SHA-384 for P-384, else SHA-256."""
    return hashlib.sha384 if key.type is KeyType.P384 else hashlib.sha256
