"""What must hold for credentials beyond the form of their parts: validity period, schemas, proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from credentials.instants import parse_instant
from credentials.model.findings import malformed
from credentials.model.json_walk import objects_or_object
from credentials.problems import RANGE_ERROR, Problem
from credentials.sentence import sentence

_SCHEMA_TYPE = "1EdTechJsonSchemaValidator2019"
_SCHEMAS_OF_OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/schema/"


def _instant(node: Mapping[str, Any], name: str) -> datetime | None:
    value = node.get(name)
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except ValueError:
        return None


def validity_period(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """The end is not before the beginning (VCDM 2.0, section 4.9; VCDM 1.1, sections 4.6 and 4.7)."""
    for first, last in (("validFrom", "validUntil"), ("issuanceDate", "expirationDate")):
        if first not in node or last not in node:
            continue
        start, end = _instant(node, first), _instant(node, last)
        if start and end and end < start:
            detail = sentence(
                "“{last}” ({end}) is before “{first}” ({start}); a credential ends when or after it begins.",
                last=last,
                end=node[last],
                first=first,
                start=node[first],
            )
            yield Problem(RANGE_ERROR, "Validity ends before it begins", detail, f"{at}/{last}")


def schema_of_open_badges(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """If schemas are named, this standard's own is among them, with its type."""
    entries = [entry for _, entry in objects_or_object(node, "credentialSchema", at)]
    if entries and not any(_is_open_badges_schema(entry) for entry in entries):
        detail = sentence(
            "None of the schemas is that of Open Badges; one must have the type {schema_type} and an "
            "id under {schemas_of_open_badges}, or “credentialSchema” must be left out.",
            schema_type=_SCHEMA_TYPE,
            schemas_of_open_badges=_SCHEMAS_OF_OPEN_BADGES,
        )
        yield malformed("Schema of Open Badges missing", detail, f"{at}/credentialSchema")


def _is_open_badges_schema(entry: Mapping[str, Any]) -> bool:
    identifier = entry.get("id")
    return (
        entry.get("type") == _SCHEMA_TYPE
        and isinstance(identifier, str)
        and identifier.startswith(_SCHEMAS_OF_OPEN_BADGES)
    )


def proof_purpose(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """The purpose of an embedded proof is `assertionMethod`."""
    for place, proof in objects_or_object(node, "proof", at):
        if proof.get("proofPurpose", "assertionMethod") != "assertionMethod":
            detail = sentence("The purpose of a proof on an Open Badges credential must be assertionMethod.")
            yield malformed("Wrong purpose of the proof", detail, f"{place}/proofPurpose")


def subject_has_claims(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Each subject has at least one property (VCDM 2.0, section 4.8)."""
    for place, subject in objects_or_object(node, "credentialSubject", at):
        if not subject:
            yield malformed("Subject without claims", sentence("The subject is empty; it must make a claim."), place)


def related_resources(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Each related resource has a digest and is listed once (VCDM 2.0, section 5.3)."""
    seen: set[str] = set()
    for place, resource in objects_or_object(node, "relatedResource", at):
        if "digestSRI" not in resource and "digestMultibase" not in resource:
            detail = sentence("A related resource needs a “digestSRI” or a “digestMultibase”.")
            yield malformed("Digest missing", detail, place)
        identifier = resource.get("id")
        if isinstance(identifier, str):
            if identifier in seen:
                yield malformed(
                    "Resource listed twice", sentence("The resource is listed above already."), f"{place}/id"
                )
            seen.add(identifier)
