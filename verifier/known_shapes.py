"""Badges of a known level: recognized by their bytes instead of being parsed, examined and canonicalized.

A shape is learned from badges that were found valid on the ordinary road, and only of issuers that the caller calls its
own; so nobody else can put anything into this memory or push anything out of it. Signature, keys, dates, status and all
the rest are judged as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from credentials.shapes.shapes import Shapes
from credentials.templates.kinds import IN_IRI, PATTERNS, SlotKind, exists
from verifier.checks.conforms import CONFORMS
from verifier.checks.examined import Examined
from verifier.checks.signatures import of_checked_proof
from verifier.extract import Extracted
from verifier.parties import issuer_id

_PROOF = re.compile(
    (
        r',"proof":\[\{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022",'
        rf'"created":"{PATTERNS[SlotKind.INSTANT]}",'
        rf'"verificationMethod":"(?:did|https):{IN_IRI}++","proofPurpose":"assertionMethod",'
        r'"proofValue":"z[1-9A-HJ-NP-Za-km-z]{60,89}"\}\]\}'
    ).encode()
)
"""The proof as it is written here: it conforms, whatever it holds. Any other takes the ordinary road."""


class KnownShapes:
    """A memory for `verifier.verify`; safe to share between threads.

    `is_own`: whether an issuer, by its id, is one whose badges are to be learned; asked about badges that are known to
    be by that issuer.
    """

    def __init__(self, *, is_own: Callable[[str], bool]) -> None:
        self._is_own = is_own
        self._shapes = Shapes()

    def __len__(self) -> int:
        return len(self._shapes)

    def recognize(self, data: bytes | str) -> tuple[Extracted, Examined] | None:
        """What the ordinary road finds in the data by its steps 1 and 2, or None for what is not recognized."""
        try:
            body = data if isinstance(data, bytes) else data.encode()
        except UnicodeEncodeError:
            return None
        reading = self._shapes.read(body)
        if reading is None or not _PROOF.fullmatch(reading.rest):
            return None
        document = orjson.loads(body)
        (proof,) = document["proof"]
        if not exists(proof["created"]):  # all else of its form is in the pattern
            return None
        signature = of_checked_proof(document, proof, reading.filled.canonical_text)
        return Extracted("json", document, None, body.decode()), Examined(CONFORMS, (signature,))

    def learn(self, found: Extracted) -> None:
        """Take note of a badge that was found valid and was not recognized."""
        body = found.text.encode()
        proof = body.rfind(b',"proof":[{')
        if (
            found.form != "json"
            or not _PROOF.fullmatch(body, max(proof, 0))
            or not self._is_own(issuer_id(found.document))
        ):
            return  # nothing of that form would be recognized, or it is not to be
        self._shapes.learn({name: value for name, value in found.document.items() if name != "proof"}, body)
