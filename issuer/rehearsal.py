"""Prepare with stand-ins for what is not allocated yet: what is refused, is refused before anything is made. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from credentials.prepared import PreparedCredential
from credentials.problems import Unacceptable
from issuer.addresses import credential_url
from issuer.assessment.evidence import evidence_object
from issuer.awards import AwardRequest, Evidence
from issuer.errors import Fault
from issuer.issuers import Issuer
from issuer.prepare import Allocation, Entry, award_validity, prepare_award, prepare_document
from issuer.programs import Achievement

_CREDENTIAL, _SUBJECT, _LISTS = UUID(int=1), UUID(int=2), 16
"""Stand-ins for ids, all different as the ids will be: so what is rehearsed has the shape of what will be signed."""
_MOST_SHAPES = 100_000
"""Of a list with more, what is new is rehearsed one by one: slower, and no less exact."""
_PLAIN_URL = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:/[A-Za-z0-9._~-]+)*/?")
_PLAIN_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._-]+")


def rehearse_award(request: AwardRequest, achievement: Achievement, issuer: Issuer) -> PreparedCredential:
    """The award as it would be signed, under no one's id. Raises `Unacceptable`."""
    valid_from, valid_until = award_validity(request, achievement)
    allocation = Allocation(
        credential_id=_CREDENTIAL,
        subject_id=request.did or f"urn:uuid:{_SUBJECT}",
        salt="00",
        valid_from=valid_from,
        valid_until=valid_until,
        entries=_entries(achievement.status_purposes),
    )
    return prepare_award(request, achievement, allocation, issuer)


class Rehearsal:
    """What of a list of awards would not make valid credentials.

    Names and other texts are checked already, so of awards that differ in nothing else one stands for all; and so do an
    address and a DID of the plainest letters, which no rule of credentials could refuse.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._seen: set[tuple[object, ...]] = set()
        self._texts: dict[int, frozenset[str]] = {}

    def faults_of(self, orders: Sequence[tuple[AwardRequest, Achievement]]) -> list[Fault]:
        """The faults of those that stand for others, and were not seen before."""
        faults = []
        for request, level in orders:
            shape = self._shape(request, level)
            if shape in self._seen:
                continue
            if len(self._seen) < _MOST_SHAPES:
                self._seen.add(shape)
            try:
                rehearse_award(request, level, self._issuer)
            except Unacceptable as error:
                found = [Fault(problem.pointer, problem.detail) for problem in error.problems]
                faults += [fault.within(request.origin) for fault in found]
        return faults

    def _shape(self, request: AwardRequest, level: Achievement) -> tuple[object, ...]:
        did = "plain" if request.did is not None and _PLAIN_DID.fullmatch(request.did) else request.did
        return (
            level.row_id,
            request.narrative is None,
            request.license_number is None,
            did,
            self._shape_of_evidence(request.evidence, level) if request.evidence else (),
            tuple([name for name, _ in request.results]),
        )

    def _shape_of_evidence(self, evidence: Sequence[Evidence], level: Achievement) -> tuple[object, ...]:
        """Which members each has; the addresses themselves, unless all are plain, different, and new to the badge."""
        members = tuple(tuple(evidence_object(item)) for item in evidence)
        urls = [item.url for item in evidence if item.url is not None]
        if level.row_id not in self._texts:
            self._texts[level.row_id] = frozenset(_texts([dict(level.content), dict(self._issuer.profile)]))
        plain = all(_PLAIN_URL.fullmatch(url) and url not in self._texts[level.row_id] for url in urls)
        own = any(url.startswith(self._issuer.base_url) for url in urls)
        return members if plain and not own and len(set(urls)) == len(urls) else (members, *urls)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def rehearse_document(
    document: Mapping[str, Any], purposes: Sequence[str], issuer: Issuer, *, own_id: bool
) -> PreparedCredential:
    """A caller's document as it would be signed; with `own_id`, under an address of ours. Raises `Unacceptable`."""
    named = {**document, "id": credential_url(issuer.base_url, _CREDENTIAL)} if own_id else document
    return prepare_document(named, _entries(purposes), issuer)


def _entries(purposes: Sequence[str]) -> tuple[Entry, ...]:
    """Each in a list of its own, as every list has one purpose."""
    return tuple(Entry(purpose, UUID(int=_LISTS + number), 0) for number, purpose in enumerate(purposes))
