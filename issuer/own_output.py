"""Step 5 of issuing: our own output is read as a stranger would read it, and verified with the published key.

Each of the bytes counts: they are parsed strictly, what they say is compared with what was prepared, and the signature
is verified over a hash made of what was read. Of a credential that a template made, the template reads the bytes again
(`Template.reread`: to the byte they must be what it made, or they go the ordinary way), and the canonical form is made
and hashed anew of the values that it found in them. What all proofs or tokens of a batch have in common, to the byte,
is judged once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from credentials import contexts, strict_json
from credentials.prepared import PreparedCredential, SecuredCredential
from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from credentials.proofs.cryptosuite import Cryptosuite
from credentials.proofs.rdfc_suites import ECDSA_RDFC_2019, EDDSA_RDFC_2022
from issuer.award_templates import Made
from issuer.errors import OwnOutputMismatch
from issuer.signing_keys import SigningKey
from keys import base64url, multibase
from keys.errors import KeysError
from keys.public_key import KeyType, PublicKey

JSON = "json"
JWT = "jwt"
_BEFORE_VALUE = b'"proofValue":"'
_OTHER_WORDS = "it says something else than was prepared"
_CLAIMS = frozenset({"iss", "jti", "nbf", "sub", "exp"})
_MAX_PROOF_VALUE = 90
_VALUE_AND_END = re.compile(rb'(z[1-9A-HJ-NP-Za-km-z]{1,88}+)"\}\]\}')


class Signed(NamedTuple):
    """One rendering, signed and not yet stored; `others` are the keys of its further proofs, if it has several."""

    credential_id: UUID
    format: str
    secured: SecuredCredential
    key: SigningKey
    others: tuple[SigningKey, ...] = ()


def verify_own_output(signed: Signed, prepared: PreparedCredential) -> None:
    """Read the bytes as a stranger would, compare with what was prepared, verify with the published key.

    Raises OwnOutputMismatch.
    """
    try:
        if signed.format == JSON:
            _verify_json(signed, prepared)
        else:
            _verify_jwt(signed, prepared)
    except Unacceptable as error:
        raise OwnOutputMismatch(_mismatch(signed, str(error))) from error


_Question = tuple[bytes, bytes]
"""A signature, and the message that it must be over."""
_AsWhole = Callable[[], None]
"""It is to be verified as a whole; if it verifies, this takes note of what others have in common with it."""


class Batch:
    """`verify_own_output` for a batch: of what templates made, the parts that are the same are judged once."""

    def __init__(self) -> None:
        # an entry for each key, instant and list of contexts of a batch, and each header of its tokens: a handful
        self._options: dict[tuple[bytes, tuple[str, ...], str], bytes] = {}
        self._headers: set[tuple[bytes, str]] = set()

    def verify_all(self, those: Iterable[tuple[Signed, Made]]) -> None:
        """`verify_own_output` for each of some dozens: all are read before the first signature is checked.

        A signature fills the processor's caches with tables, and what comes behind it finds nothing in them. Raises
        OwnOutputMismatch.
        """
        asked = [(signed, question) for signed, made in those if (question := self._question(signed, made))]
        for signed, question in asked:
            try:
                signed.key.public_key.verify(*question)
            except KeysError as error:
                raise OwnOutputMismatch(_mismatch(signed, str(error))) from error

    def _question(self, signed: Signed, made: Made) -> _Question | None:
        """The signature and the message that are left to be held against each other; None if nothing is left.

        What is not of its template's form, or the first of its kind, is verified here as a whole. Raises
        OwnOutputMismatch.
        """
        try:
            question = self._json(signed, made) if signed.format == JSON else self._jwt(signed, made)
        except (Unacceptable, KeysError, ValueError) as error:
            raise OwnOutputMismatch(_mismatch(signed, str(error))) from error
        if isinstance(question, tuple):
            return question
        verify_own_output(signed, made.prepared)
        question()
        return None

    def _json(self, signed: Signed, made: Made) -> _Question | _AsWhole:
        reading = made.template.reread(signed.secured.body, made.filled)
        if reading is None:
            return _nothing_learnt
        beginning, _, end = reading.rest.partition(_BEFORE_VALUE)
        value = _VALUE_AND_END.fullmatch(end)
        if value is None:
            return _nothing_learnt
        public_key = signed.key.public_key
        kind = beginning, reading.filled.contexts, signed.key.verification_method
        options = self._options.get(kind)
        if options is None:
            return partial(self._learn_options, kind, b"{" + reading.rest[1:], public_key)
        hashed = options + _suite(public_key).hash_text(reading.filled.canonical_text, public_key)
        return multibase.decode(value[1].decode(), max_characters=_MAX_PROOF_VALUE), hashed

    def _learn_options(self, kind: tuple[bytes, tuple[str, ...], str], proofs: bytes, public_key: PublicKey) -> None:
        if hashed_options := _hashed_options(proofs, kind[1], public_key):
            self._options[kind] = hashed_options

    def _jwt(self, signed: Signed, made: Made) -> _Question | _AsWhole:
        header, payload, signature = signed.secured.body.split(b".")
        same = (header, signed.key.verification_method)
        if same not in self._headers:
            return partial(self._headers.add, same)
        reading = made.template.reread(base64url.decode(payload.decode("ascii")), made.filled)
        if reading is None:
            return _nothing_learnt
        claims = strict_json.parse(b"{" + reading.rest[1:])
        if not claims.keys() <= _CLAIMS or jose.check_claims(_token(claims, made.prepared.document)):
            raise OwnOutputMismatch(_mismatch(signed, "its claims do not agree with its credential"))
        return base64url.decode(signature.decode("ascii")), header + b"." + payload


def _nothing_learnt() -> None:
    """It is not of its template's form: no other will be judged like it."""


def _suite(public_key: PublicKey) -> Cryptosuite:
    """The suite over RDFC-1.0 whose proofs are verified quickly; P-384 canonicalizes otherwise, and goes slowly."""
    return EDDSA_RDFC_2022 if public_key.type is KeyType.ED25519 else ECDSA_RDFC_2019


def _hashed_options(proofs: bytes, of_contexts: tuple[str, ...], public_key: PublicKey) -> bytes | None:
    """The first part of what is signed, of the one proof in this JSON; None if its suite has no quick way."""
    (proof,) = strict_json.parse(proofs)["proof"]
    suite = _suite(public_key)
    if proof["cryptosuite"] != suite.name or not suite.is_the_usual_form(public_key):
        return None
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    return suite.hash_options([*of_contexts], options, public_key, contexts.load)


def _token(claims: Mapping[str, Any], document: Mapping[str, Any]) -> jose.UnverifiedJwt:
    credential = dict(document)
    return jose.UnverifiedJwt("", {}, {**credential, **claims}, credential, "", None, None)


def _verify_json(signed: Signed, prepared: PreparedCredential) -> None:
    document = strict_json.parse(signed.secured.body)
    if not isinstance(document, dict) or {**document, "proof": None} != {**prepared.document, "proof": None}:
        raise OwnOutputMismatch(_mismatch(signed, _OTHER_WORDS))
    proofs = data_integrity.proofs_of(document)
    keys = (signed.key, *signed.others)
    if [proof.get("verificationMethod") for proof in proofs] != [key.verification_method for key in keys]:
        raise OwnOutputMismatch(_mismatch(signed, "it does not have one proof by each active key"))
    for proof, key in zip(proofs, keys, strict=True):
        data_integrity.verify_proof(document, proof, key.public_key)


def _verify_jwt(signed: Signed, prepared: PreparedCredential) -> None:
    token = jose.parse(signed.secured.body)
    if token.credential != prepared.document:
        raise OwnOutputMismatch(_mismatch(signed, _OTHER_WORDS))
    if token.kid != signed.key.verification_method:
        raise OwnOutputMismatch(_mismatch(signed, "it does not name the active key"))
    jose.verify(token, signed.key.public_key)
    if problems := jose.check_claims(token):
        raise Unacceptable(problems)


def _mismatch(signed: Signed, why: str) -> str:
    return (
        f"the credential {signed.credential_id}, just signed as {signed.format} with {signed.key.key_uri}, does "
        f"not verify: {why}. The batch was stopped and nothing of it was kept as issued"
    )
