"""Why something that a directory asked for was not done, in the words of RFC 7644, section 3.12."""

from __future__ import annotations

from enum import StrEnum

from issuer.errors import IssuerError, Unknown


class Why(StrEnum):
    """The `scimType` of an error."""

    INVALID_FILTER = "invalidFilter"
    TOO_MANY = "tooMany"
    UNIQUENESS = "uniqueness"
    MUTABILITY = "mutability"
    INVALID_SYNTAX = "invalidSyntax"
    INVALID_PATH = "invalidPath"
    NO_TARGET = "noTarget"
    INVALID_VALUE = "invalidValue"
    INVALID_CURSOR = "invalidCursor"


class NotProvisioned(IssuerError):  # noqa: N818
    """Nothing was done. `why` says what kind of fault it is; `str()` is a sentence for who configured the client."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why = why


class Outdated(IssuerError):  # noqa: N818
    """The resource changed since the version that the client names (RFC 7644, section 3.14)."""


class UnknownResource(Unknown):
    """There is no user or group of that id."""
