"""When a Data Integrity proof counts: from `created` on and until `expires` (Data Integrity 1.0, section 2.1 "Proofs").

Asked of proofs whose form is right (`data_integrity.check_form`): both members, where they are there, are instants.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from credentials.instants import parse_instant
from verifier.extract import Extracted
from verifier.parties import objects

CLOCK_SKEW = timedelta(minutes=5)
"""How far the signer's clock may run ahead of ours; a proof from a later time was not made honestly."""


def proofs_that_secure(found: Extracted) -> list[Mapping[str, Any]]:
    """The embedded proofs; none for a token, whose own signature secures it and which may carry any `proof` along."""
    return objects(found.document.get("proof")) if found.envelope is None else []


def made_in_the_future(proof: Mapping[str, Any], now: datetime) -> bool:
    """Whether `created` lies further ahead than clocks differ."""
    return "created" in proof and parse_instant(proof["created"]) > now + CLOCK_SKEW


def has_expired(proof: Mapping[str, Any], now: datetime) -> bool:
    """Whether `expires` has come; at that very instant it has."""
    expiry = expiry_of(proof)
    return expiry is not None and expiry <= now


def expiry_of(proof: Mapping[str, Any]) -> datetime | None:
    """The instant of `expires`, if it is there."""
    return parse_instant(proof["expires"]) if "expires" in proof else None
