"""What pages ask the issuer's records again and again, kept while what it is made of is the same (`portal.memory`).

Who is in haste (`credentials.haste`) has what is kept, or TakesLong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from credentials.haste import about_to_take_long
from issuer.catalogue_rows import CatalogueRows
from issuer.issuers import Issuer
from issuer.outlook import RenewalRules, renewal_rules
from issuer.program_overview import LevelPlace, level_place
from portal.credential_forms import PICTURES
from portal.service import Service

Made = TypeVar("Made")

DEFAULT_ISSUER = ("default issuer",)
"""The key of the default issuer."""

_SMALL = 2_000  # bytes, about, of names and dates
_RULES = 20_000  # of the versions of a level


class _Kept(NamedTuple):
    """A value, and the rows of which it was made."""

    value: object
    rows: CatalogueRows


def default_issuer(service: Service) -> Issuer:
    """See `Service.default_issuer`. Raises UnknownIssuer before there is one."""
    found = _of_catalogue(service, DEFAULT_ISSUER, service.default_issuer)
    assert found is not None  # noqa: S101  (only what was made is recalled, and it is made or raised)
    return found


def place(service: Service, achievement_id: UUID, version: str | None) -> LevelPlace | None:
    """See `issuer.program_overview.level_place`."""
    key = ("place", achievement_id, version)
    return _of_catalogue(service, key, lambda: level_place(service.database, achievement_id, version))


def rules(service: Service, level_id: int) -> RenewalRules | None:
    """See `issuer.outlook.renewal_rules`."""
    return _of_catalogue(service, ("rules", level_id), lambda: renewal_rules(service.database, level_id), size=_RULES)


def picture_type(service: Service, path: str) -> str | None:
    """The media type of a picture of an issuer or level, by its path; None if there is none of ours there."""

    def find() -> str | None:
        found = service.documents.find(path)
        return found.media_type if found is not None and found.media_type in PICTURES else None

    return _of_catalogue(service, ("picture", path), find)


def _of_catalogue(
    service: Service, key: tuple[object, ...], make: Callable[[], Made | None], *, size: int = _SMALL
) -> Made | None:
    """What `make` makes of the catalogue's rows and of nothing else; kept beyond commits that leave these alone."""

    def made() -> _Kept | None:
        about_to_take_long()
        rows = service.documents.catalogue()  # before anything is made of them
        value = make()
        return _Kept(value, rows) if value is not None else None

    kept = service.documents.memory.recall(
        key, made, size=lambda _: size, still=lambda kept: service.documents.catalogue() == kept.rows
    )
    value: Made | None = kept.value if kept is not None else None  # type: ignore[assignment]
    return value
