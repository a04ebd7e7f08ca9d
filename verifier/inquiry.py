"""What every check is given beside the credential: the network of this verification, the policy, the instant."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from verifier.policy import Policy
from verifier.reach import Reach


class Inquiry(NamedTuple):
    """One verification under way. `depth` counts how many endorsements lie around the credential in question.

    `zone` is the one whose time sentences tell; nothing is judged by it.
    """

    reach: Reach
    policy: Policy
    now: datetime
    depth: int = 0
    zone: tzinfo = UTC

    def deeper(self) -> Inquiry:
        """The inquiry into an endorsement: same network, budget and instant; nobody asks for its recipient."""
        return Inquiry(self.reach, self.policy, self.now, self.depth + 1, self.zone)
