"""What the standards call what stands in messages."""

from __future__ import annotations

from typing import Final

CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
READ_RESULTS: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
