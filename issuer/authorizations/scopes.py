"""What the Open Badges 3.0 API lets an application do (section “Scopes”)."""

from __future__ import annotations

from typing import Final

_PREFIX: Final = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
READ: Final = _PREFIX + "credential.readonly"
UPSERT: Final = _PREFIX + "credential.upsert"
PROFILE_READ: Final = _PREFIX + "profile.readonly"
PROFILE_UPDATE: Final = _PREFIX + "profile.update"
SCOPES: Final = (READ, UPSERT, PROFILE_READ, PROFILE_UPDATE)
