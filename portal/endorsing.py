"""Endorsements joined with the verifier: each is judged again when it is shown, or was a few minutes ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from credentials import strict_json
from credentials.instants import format_instant
from issuer.endorsements import Endorsement, endorsements_of_level
from portal.service import Service
from verifier.result import VerificationResult


@dataclass(frozen=True, slots=True)
class Judged:
    """An endorsement and what a stranger's verification says of it, now or a few minutes ago."""

    endorsement: Endorsement
    result: VerificationResult

    def as_dict(self) -> dict[str, Any]:
        """For JSON: who endorses, how it stands, and the endorsement itself, for whoever checks for himself."""
        one = self.endorsement
        signed = one.body.decode()
        return {
            "id": str(one.id),
            "endorser": {"id": one.endorser_id, "name": one.endorser_name},
            "level": one.level,
            "status": self.result.status.value,
            "sentence": self.result.sentence,
            "checkedAt": format_instant(self.result.checked_at),
            **({"endorsementJwt": signed} if one.is_token else {"endorsement": strict_json.parse(signed)}),
        }


def judged(service: Service, endorsements: Sequence[Endorsement]) -> tuple[Judged, ...]:
    """Each with its verdict. Those not known yet share the patience of one verification."""
    now = service.clock()
    known = {one.digest: service.verdicts.find(one.digest, one.body, now) for one in endorsements}
    asked = [one for one in endorsements if known[one.digest] is None]
    for one, result in zip(asked, service.verify_all([one.body for one in asked]), strict=True):
        service.verdicts.keep(one.digest, result)
        known[one.digest] = result
    found = ((one, known[one.digest]) for one in endorsements)
    return tuple(Judged(one, result) for one, result in found if result is not None)


def endorsed_achievement(service: Service, public_id: UUID, body: bytes) -> bytes:
    """The JSON of a level's newest version with the endorsements of it that hold now (Open Badges 3.0, Achievement).

    Only those with embedded proofs: the published context has no term for `endorsementJwt`.
    """
    embedded = [one for one in endorsements_of_level(service.database, public_id) if not one.is_token]
    good = [one.endorsement.body for one in judged(service, embedded) if one.result.verified]
    return body.rstrip()[:-1] + b',"endorsement":[' + b",".join(good) + b"]}" if good else body
