"""What an instance makes of a prepared credential: a proof by its cryptosuite, or a token (`vc+jwt`)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from credentials.contexts import CREDENTIALS_V2
from credentials.prepared import COMPACT_JWS, PreparedCredential, SecuredCredential
from credentials.proofs import compact_jws, data_integrity
from credentials.proofs.selective import ecdsa_sd_2023
from credentials.proofs.selective.suite import NAME as SELECTIVE
from portal.conformance.instances import Instance

ENVELOPED = "EnvelopedVerifiableCredential"


def secured(
    instance: Instance,
    prepared: PreparedCredential,
    *,
    now: datetime,
    mandatory: Sequence[str] = (),
    members: Mapping[str, Any],
) -> SecuredCredential:
    """The credential, signed by the instance's key; `members` are further members of a proof, such as `domain`.

    Raises `Unacceptable` for pointers to nothing.
    """
    if not instance.suite:
        header = {"typ": "vc+jwt", "cty": "vc", "kid": instance.method}
        token = compact_jws.sign(header, prepared.json, instance.signer)
        return SecuredCredential(COMPACT_JWS, token.encode())
    if instance.suite == SELECTIVE:
        return ecdsa_sd_2023.sign(
            prepared,
            instance.signer,
            verification_method=instance.method,
            created=now,
            mandatory=mandatory,
            randomness=secrets.token_bytes,
            members=members,
        )
    return data_integrity.add_proof(
        prepared,
        instance.signer,
        verification_method=instance.method,
        created=now,
        suite=data_integrity.SIGNING_ONCE[instance.suite],
        members=members,
    )


def enveloped(token: str) -> dict[str, str]:
    """VCDM 2.0, section 4.13.1 "Enveloped Verifiable Credentials"."""
    return {"@context": CREDENTIALS_V2, "id": f"data:{COMPACT_JWS},{token}", "type": ENVELOPED}
