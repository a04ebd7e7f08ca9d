"""What the log says of an event of the audit trail: nothing of people, and nothing that can be guessed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.log.entries import COPIED, ISSUED, LogEntry, digests_of, hash_of_id
from issuer.addresses import credential_url
from issuer.many_rows import among
from issuer.tables import AuditEventRow, CredentialRow, IssuerRow, RenderingRow

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "credential issued": ISSUED,
        "copy made": COPIED,
        "credential revoked": "revoked",
        "credential suspended": "suspended",
        "credential reinstated": "reinstated",
        "key created": "key added",
        "key rotated": "key added",
        "key retired": "key retired",
        "key compromised": "key compromised",
    }
)
"""Which events of the trail are told, and as what."""
_CREDENTIAL, _KEY = "credential:", "key:"


def entries_of(session: Session, events: Sequence[AuditEventRow]) -> list[tuple[int, LogEntry]]:
    """The entries of those events that are told, with their events' sequences, in the order given.

    Of what was erased since, the digests are gone.
    """
    told = [event for event in events if event.action in EVENTS]
    ids = {_credential(event) for event in told if event.subject.startswith(_CREDENTIAL)}
    issued = {_credential(event) for event in told if EVENTS[event.action] == ISSUED}
    addresses, digests = _addresses(session, ids), _digests(session, issued)
    return [(event.sequence, _entry(event, addresses, digests)) for event in told]


def _entry(event: AuditEventRow, addresses: Mapping[UUID, str], digests: Mapping[UUID, tuple[str, ...]]) -> LogEntry:
    what = EVENTS[event.action]
    if event.subject.startswith(_KEY):
        return LogEntry(event.at, what, key=event.subject.rpartition("/")[2])
    identifier = _credential(event)
    signed = digests.get(identifier, ()) if what == ISSUED else ()
    if what == COPIED and isinstance(one := json.loads(event.details).get("digest"), str):
        signed = (one,)
    return LogEntry(event.at, what, credential=hash_of_id(addresses[identifier]), digests=signed)


def _credential(event: AuditEventRow) -> UUID:
    return UUID(event.subject.removeprefix(_CREDENTIAL))


def _addresses(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    query = (
        select(CredentialRow.id, IssuerRow.base_url)
        .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
        .where(among(session, CredentialRow.id, ids))
    )
    return {identifier: credential_url(base, identifier) for identifier, base in session.execute(query)}


def _digests(session: Session, ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    bodies: dict[UUID, list[bytes]] = {}
    query = select(RenderingRow.credential_id, RenderingRow.body)
    for identifier, body in session.execute(query.where(among(session, RenderingRow.credential_id, ids))):
        bodies.setdefault(identifier, []).append(body)
    return {identifier: digests_of(those) for identifier, those in bodies.items()}
