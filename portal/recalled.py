"""What pages ask the issuer's records again and again, kept while nothing is committed (`portal.memory`)."""

from __future__ import annotations

from uuid import UUID

from issuer.catalogue import CredentialView, find_credential
from issuer.issuers import Issuer
from issuer.program_overview import LevelPlace, level_place
from portal.service import Service

DEFAULT_ISSUER = ("default issuer",)
"""The key of the default issuer."""

_SMALL = 2_000  # bytes, about, of names and dates
_VIEW = 20_000  # of a credential with its document


def credential(service: Service, credential_id: UUID) -> CredentialView | None:
    """See `issuer.catalogue.find_credential`."""
    return service.documents.memory.recall(
        ("credential", credential_id), lambda: find_credential(service.database, credential_id), size=lambda _: _VIEW
    )


def default_issuer(service: Service) -> Issuer:
    """See `Service.default_issuer`. Raises UnknownIssuer before there is one."""
    found = service.documents.memory.recall(DEFAULT_ISSUER, service.default_issuer, size=lambda _: _SMALL)
    assert found is not None  # noqa: S101  (only what was made is recalled, and it is made or raised)
    return found


def place(service: Service, achievement_id: UUID, version: str | None) -> LevelPlace | None:
    """See `issuer.program_overview.level_place`."""
    return service.documents.memory.recall(
        ("place", achievement_id, version),
        lambda: level_place(service.database, achievement_id, version),
        size=lambda _: _SMALL,
    )
