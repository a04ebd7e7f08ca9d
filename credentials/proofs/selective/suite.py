"""ecdsa-sd-2023 as the table of suites has it. What does the work is imported when such a proof comes."""

from __future__ import annotations

from credentials.canonical import ContextLoader
from credentials.canonical_text import CanonicalText
from credentials.proofs.cryptosuite import JsonObject
from keys.public_key import KeyType, PublicKey

NAME = "ecdsa-sd-2023"
BASE_PROOF = "Base proof"
"""The title of the problem that a credential still carries its base proof."""


class SelectiveSuite:
    """It verifies derived proofs; base proofs are made by `ecdsa_sd_2023.sign`, which takes more than others do."""

    name = NAME
    proof_type = "DataIntegrityProof"
    key_types = frozenset({KeyType.P256})
    current = True
    of_json = False
    is_named = True

    def is_the_usual_form(self, _key: PublicKey) -> bool:
        """Statements are signed one by one, so a canonical form that is at hand does not help."""
        return False

    def require_value(self, proof_value: str) -> None:
        """Returns if the text may be the `proofValue` of a base or a derived proof. Raises `Unacceptable`."""
        from credentials.proofs.selective.proof_values import is_base, read_base, read_derived

        (read_base if is_base(proof_value) else read_derived)(proof_value)

    def verify(
        self,
        document: JsonObject,
        options: JsonObject,
        proof_value: str,
        key: PublicKey,
        load: ContextLoader,
        canonical: CanonicalText | None = None,  # noqa: ARG002
    ) -> None:
        """As `ecdsa_sd_2023.verify`."""
        from credentials.proofs.selective import ecdsa_sd_2023

        ecdsa_sd_2023.verify(document, options, proof_value, key, load=load)


SUITE = SelectiveSuite()
