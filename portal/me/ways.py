"""The ways in which a holder takes a credential along: into wallets, profiles, pages and files.

Each room that knows a way adds one function to `WAYS`; what it gives stands on the credential's own page in the order
of this table (portal/templates/me/take_along.html draws it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from issuer.credential_facts import CredentialFacts
from portal.elsewhere.bringing import way as elsewhere_way
from portal.exchanges.holder_side import way as lcw_way
from portal.me.way import Way, WayOf
from portal.oid4vci.own_offers import way as oid4vci_way
from portal.passes.holder_side import apple_way, google_way
from portal.service import Service

WAYS: Final[Mapping[str, WayOf]] = {
    "oid4vci": oid4vci_way,
    "apple": apple_way,
    "google": google_way,
    "lcw": lcw_way,
    "elsewhere": elsewhere_way,
}


def wallet_ways(service: Service, facts: CredentialFacts) -> tuple[Way, ...]:
    """The ways into wallets that there are for this credential, now."""
    return tuple(way for one in WAYS.values() if (way := one(service, facts)) is not None)
