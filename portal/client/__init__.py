"""A client for programs that use a Guildmark server. It imports nothing of the server (docs/adr/0040).

from portal.client import Award, Guildmark

with Guildmark("https://badges.example.org", token="gmk_…") as guildmark:
    done = guildmark.wait(guildmark.award([Award(…)], key="import of Monday"))
"""

from __future__ import annotations

from portal.client.connection import Patience
from portal.client.guildmark import Guildmark
from portal.client.problems import (
    Busy,
    ClientError,
    Conflict,
    Fault,
    NotAllowed,
    NotDone,
    NotFound,
    Problem,
    Unreachable,
)
from portal.client.records import (
    Assignment,
    Award,
    Bulk,
    Check,
    Credential,
    Evidence,
    ItemOutcome,
    Proposal,
    Reported,
    Verdict,
)
from portal.client.signing import NotSigned, opened, signed_headers

__all__ = [
    "Assignment",
    "Award",
    "Bulk",
    "Busy",
    "Check",
    "ClientError",
    "Conflict",
    "Credential",
    "Evidence",
    "Fault",
    "Guildmark",
    "ItemOutcome",
    "NotAllowed",
    "NotDone",
    "NotFound",
    "NotSigned",
    "Patience",
    "Problem",
    "Proposal",
    "Reported",
    "Unreachable",
    "Verdict",
    "opened",
    "signed_headers",
]
