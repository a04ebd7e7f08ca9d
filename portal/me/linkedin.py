"""A credential as an entry of its holder's LinkedIn profile."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from issuer import addresses
from issuer.credential_facts import CredentialFacts
from portal.service import Service
from wallet_export.linkedin import ProfileEntry


def profile_entry(
    service: Service, facts: CredentialFacts, *, name: str, organization: str, zone: ZoneInfo
) -> ProfileEntry | None:
    """The entry, with days in the level's zone; None for a credential that was revoked or has a successor."""
    if facts.revoked_at is not None or facts.following is not None:
        return None
    return ProfileEntry(
        name=name,
        organization=organization,
        organization_id=service.settings.linkedin_organization,
        issued_on=facts.awarded_on or facts.valid_from.astimezone(zone).date(),
        expires_on=facts.valid_until.astimezone(zone).date() if facts.valid_until is not None else None,
        url=addresses.credential_url(service.base_url, facts.id),
        credential_id=str(facts.id),
    )
