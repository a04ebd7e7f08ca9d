"""The link that fills in LinkedIn's form “Add licence or certification”, its values, and the link to share a page.

LinkedIn fills in what it likes of them, so the values must stand beside the link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

_FORM = "https://www.linkedin.com/profile/add"
_FEED = "https://www.linkedin.com/sharing/share-offsite/"


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """A certification as LinkedIn's form has it. Days are those of the program's time zone.

    organization_id: the number of the company's page at LinkedIn; without it the form gets the name. expires_on: its
    last day, None if it does not expire. credential_id: what the form asks for as the credential's id.
    """

    name: str
    organization: str
    organization_id: int | None
    issued_on: date
    expires_on: date | None
    url: str
    credential_id: str

    @property
    def link(self) -> str:
        """The address of the form, filled in; months count from 1 to 12."""
        company = (
            {"organizationName": self.organization}
            if self.organization_id is None
            else {"organizationId": str(self.organization_id)}
        )
        values = {
            "startTask": "CERTIFICATION_NAME",
            "name": self.name,
            **company,
            "issueYear": str(self.issued_on.year),
            "issueMonth": str(self.issued_on.month),
        }
        if self.expires_on is not None:
            values |= {"expirationYear": str(self.expires_on.year), "expirationMonth": str(self.expires_on.month)}
        return f"{_FORM}?{urlencode({**values, 'certUrl': self.url, 'certId': self.credential_id})}"


def feed_link(url: str) -> str:
    """The address at which LinkedIn lets one write about the page at `url`; it fetches title and picture itself."""
    return f"{_FEED}?{urlencode({'url': url})}"
