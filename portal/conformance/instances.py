"""What the profile offers: an instance for each cryptosuite and curve, and one for envelopes.

Each is an issuer of its own: the did:key of a key that was made when the server started and is only in its memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from credentials.proofs.selective.suite import NAME as SELECTIVE
from keys import multikey
from keys.did import did_key
from keys.public_key import KeyType
from keys.signer import Signer, generate

ENVELOPES = "vc-jwt"
_MADE_WITH: tuple[tuple[str, str, KeyType], ...] = (
    ("eddsa-rdfc-2022", "eddsa-rdfc-2022", KeyType.ED25519),
    ("eddsa-jcs-2022", "eddsa-jcs-2022", KeyType.ED25519),
    ("ecdsa-rdfc-2019", "ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019-p384", "ecdsa-rdfc-2019", KeyType.P384),
    ("ecdsa-jcs-2019", "ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-jcs-2019-p384", "ecdsa-jcs-2019", KeyType.P384),
    (SELECTIVE, SELECTIVE, KeyType.P256),
    (ENVELOPES, "", KeyType.P256),
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One issuer: its name in addresses, its cryptosuite (empty: tokens), and its key."""

    name: str
    suite: str
    signer: Signer
    did: str
    method: str

    @property
    def gives_status(self) -> bool:
        """Whether it adds a status entry of its own, as the Bitstring Status List suite expects.

        Not under base proofs, whose holder decides what is shown, and not in tokens, where that suite does not look.
        """
        return self.suite not in ("", SELECTIVE)


def new_instances() -> Mapping[str, Instance]:
    """All instances by name, each with a new key."""
    return MappingProxyType({name: _instance(name, suite, curve) for name, suite, curve in _MADE_WITH})


def _instance(name: str, suite: str, curve: KeyType) -> Instance:
    signer = generate(curve)
    did = did_key(signer.public_key)
    return Instance(name, suite, signer, did, f"{did}#{multikey.encode(signer.public_key)}")
