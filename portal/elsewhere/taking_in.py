"""Badges of other issuers, however they come: judged first, then kept with what was found.

What its issuer did not sign is not kept; what is expired, revoked or could not be checked is kept with that result.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final
from uuid import UUID

from credentials.equality import identity_of
from credentials.identity import EMAIL_ADDRESS, matches
from credentials.instants import parse_instant
from credentials.sentence import Sentence, sentence
from issuer import addresses
from issuer.held import Brought, NotKept, Outcome, addresses_of, is_his_own, keep
from portal.elsewhere.pictures import picture_of
from portal.pages.badge_view import badge_view
from portal.pages.reading import identifier, mappings
from portal.service import Service
from verifier.result import Outcome as Found
from verifier.result import VerificationResult

_FOUNDATION: Final = frozenset({"extract", "conforms", "proof", "key-belongs-to-issuer"})


class Taken(Enum):
    """What became of a badge; OWN: we issued it to that person, so it is here already."""

    CREATED = "created"
    REPLACED = "replaced"
    OLDER = "older"
    OWN = "own"


class NotTaken(Exception):  # noqa: N818  (a verdict)
    """The badge is not kept. theirs: it is somebody else’s, or one too many; else the badge itself is wrong."""

    def __init__(self, said: str, *, theirs: bool = False) -> None:
        self.said, self.theirs = said, theirs
        super().__init__(str(said))


def take_in(
    service: Service, person_id: UUID, brought_by: str, form: str, data: bytes, result: VerificationResult
) -> Taken:
    """Keep it for the person, unless it is ours. form: json or jwt, as it came. Raises NotTaken."""
    document = result.document
    wrong = [one for one in result.checks if one.name in _FOUNDATION and one.outcome is Found.FAILED]
    if document is None or wrong:
        reason = wrong[0].sentence if wrong else result.sentence
        raise NotTaken(sentence("This badge is not kept: {reason}", reason=reason))
    if result.form != form or "AchievementCredential" not in _types(document):
        raise NotTaken(
            sentence("This is no AchievementCredential (OpenBadgeCredential) in the form of its content type.")
        )
    identity = identity_of(document)
    if identity is None:
        raise NotTaken(
            sentence("The credential has no id, or its issuer has none: it could never be told from others.")
        )
    mine = _own(service, document)
    if mine is not None:
        if not is_his_own(service.database, person_id, mine):
            raise NotTaken(sentence("That credential was issued here, to somebody else."), theirs=True)
        return Taken.OWN
    outcome = _kept(service, person_id, identity, brought_by, form, data, document, result)
    return {Outcome.CREATED: Taken.CREATED, Outcome.REPLACED: Taken.REPLACED, Outcome.OLDER: Taken.OLDER}[outcome]


def names_one_of(document: Mapping[str, Any], known: Iterable[str]) -> bool:
    """Whether an identifier of the subject, plain or hashed, is one of these mail addresses (section 10)."""
    known = tuple(known)
    for subject in mappings(document, "credentialSubject"):
        named = subject.get("id")
        if isinstance(named, str) and named.lower() in {f"mailto:{one}".lower() for one in known}:
            return True
        given = mappings(subject, "identifier")
        if any(matches(one, address, EMAIL_ADDRESS) for one in given for address in known):
            return True
    return False


def _kept(
    service: Service,
    person_id: UUID,
    identity: tuple[str, str],
    brought_by: str,
    form: str,
    data: bytes,
    document: Mapping[str, Any],
    result: VerificationResult,
) -> Outcome:
    seen = badge_view(document, zone=service.settings.zone)
    try:
        brought = Brought(
            identity=identity,
            form=form,
            body=data,
            name=seen.achievement.name or identity[1],
            issued_by=seen.issuer.name or identity[0],
            valid_from=parse_instant(str(document.get("validFrom", document.get("issuanceDate")))),
            status=result.status.value,
            why=str(result.sentence),
            brought_by=brought_by[:200],
            names_holder=names_one_of(document, addresses_of(service.database, person_id)),
            picture=picture_of(document, service.reach()),
        )
        return keep(service.database, person_id, brought, now=service.clock(), randomness=secrets.token_bytes)
    except ValueError:
        raise NotTaken(sentence("The instant from which the badge is valid cannot be read.")) from None
    except NotKept as refused:
        raise NotTaken(Sentence(f"{refused}."), theirs=True) from None


def _own(service: Service, document: Mapping[str, Any]) -> UUID | None:
    """Which credential of this server it is, by its own word, which was proven.

    Issuer and id as they are written: what compares them unescapes them, and so a port in a did:web.
    """
    if not service.is_own(identifier(document.get("issuer"))):
        return None
    address = addresses.parse(service.base_url, identifier(document.get("id")))
    return address.id if address is not None and address.kind is addresses.Kind.CREDENTIAL else None


def _types(document: Mapping[str, Any]) -> set[str]:
    types = document.get("type")
    known = {types} if isinstance(types, str) else {one for one in types or () if isinstance(one, str)}
    return known | ({"AchievementCredential"} if "OpenBadgeCredential" in known else set())
