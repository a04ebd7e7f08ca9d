"""The audit: every stored credential is verified anew, every promise and every list held against the rows.

python -m tests.chaos.auditor.auditing DATABASE-URL
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import sys
from collections import Counter
from itertools import pairwise
from typing import Any

from tests.chaos.auditor.findings import Findings, Kind, Told
from tests.chaos.auditor.logs import log, trail
from tests.chaos.auditor.reading import Reader, hexed, plain_json, reading
from tests.chaos.auditor.signatures import NotSigned, check_embedded, check_token, key_of

_UNIQUE = (
    ("awards", ("issuer_id", "idempotency_key")),
    ("credentials", ("award_id",)),
    ("credentials", ("replaces_id",)),
    ("status_entries", ("list_id", "position")),
    ("status_lists", ("issuer_id", "purpose", "ordinal")),
    ("status_lists", ("issuer_id", "purpose", "value_size")),
    ("log_entries", ("sequence",)),
)
_BIT = {"revocation": "revoked_at", "suspension": "suspended_at"}


def audit(
    url: str, told: Told | None = None, *, at_rest: bool = True, logged: bool = True, sample: int | None = None
) -> Findings:
    """What is wrong in the database, held against what clients were told.

    at_rest: nobody works any more, so nothing may be `preparing` or wait for an edition. logged: the log has taken in
    the whole trail. sample: of so many credentials, chosen by chance, the signatures are verified; None: of all.
    """
    found, told = Findings(), told or Told()
    with reading(url) as reader:
        keys = {row[0]: row[1] for row in reader.rows("SELECT id, public_multikey FROM signing_keys")}
        _once(reader, found)
        _promises(reader, told, found)
        slots = _slots(reader, found)
        _credentials(reader, keys, slots, found, at_rest=at_rest, sample=sample)
        _lists(reader, keys, slots, told, found, at_rest=at_rest)
        trail(reader, found)
        log(reader, told, found, logged=logged)
    return found


def _once(reader: Reader, found: Findings) -> None:
    """Nothing twice, by the rows; and the indexes that see to it are there."""
    there = reader.unique()
    for table, columns in _UNIQUE:
        if columns not in there.get(table, set()):
            found.add(Kind.DUPLICATE, f"no valid unique index over {table} ({', '.join(columns)})")
    keys = Counter(reader.rows("SELECT issuer_id, idempotency_key FROM awards"))
    firsts = Counter(
        hexed(row[0])
        for row in reader.rows("SELECT award_id FROM credentials WHERE state <> 'void' AND replaces_id IS NULL")
    )
    for what, counted in (("key", keys), ("award", firsts)):
        for name, number in counted.items():
            if number > 1:
                found.add(Kind.DUPLICATE, f"the {what} {name} {number} times")


def _promises(reader: Reader, told: Told, found: Findings) -> None:
    """Every acknowledged award is there, signed; every acknowledged revocation stands."""
    statement = (
        "SELECT a.idempotency_key, c.id, c.state, c.revoked_at FROM awards a JOIN credentials c ON c.award_id = a.id"
    )
    rows = list(reader.rows(statement))
    issued = {(key, hexed(one)) for key, one, state, _ in rows if state == "issued"}
    revoked = {hexed(one) for _, one, _, at in rows if at is not None}
    for key, identifier in told.awards.items():
        if (key, hexed(identifier)) not in issued:
            found.add(Kind.LOST, f"the award {key} was acknowledged as {identifier}")
    for identifier in told.revoked:
        if hexed(identifier) not in revoked:
            found.add(Kind.LOST, f"the revocation of {identifier} was acknowledged")
    found.seen["acknowledged"] = len(told.awards)
    found.seen["revocations acknowledged"] = len(told.revoked)


def _slots(reader: Reader, found: Findings) -> dict[str, list[tuple[str, str, int]]]:
    """By credential: purpose, list, index; each index once, within its list and behind its counter."""
    slots: dict[str, list[tuple[str, str, int]]] = {}
    given: Counter[tuple[str, int]] = Counter()
    for credential, purpose, of_list, position in reader.rows(
        "SELECT credential_id, purpose, list_id, position FROM status_entries"
    ):
        slots.setdefault(hexed(credential), []).append((purpose, hexed(of_list), position))
        given[hexed(of_list), position] += 1
    for (of_list, position), number in given.items():
        if number > 1:
            found.add(Kind.DUPLICATE, f"index {position} of list {of_list} {number} times")
    counts = Counter(of_list for of_list, _ in given.elements())
    sizes = {
        hexed(row[0]): row[1:]
        for row in reader.rows(
            "SELECT id, size, next_sequence, is_open, issuer_id, purpose, value_size FROM status_lists"
        )
    }
    for of_list, number in counts.items():
        if of_list not in sizes or number > sizes[of_list][1]:
            found.add(Kind.MISSLOTTED, f"list {of_list} gave {number} indexes, more than it counted")
    for of_list, position in given:
        if of_list in sizes and not 0 <= position < sizes[of_list][0]:
            found.add(Kind.MISSLOTTED, f"index {position} is outside of list {of_list}")
    found.seen["slots"] = given.total()
    found.seen["lists"] = len(sizes)
    return slots


def _credentials(
    reader: Reader,
    keys: dict[int, str],
    slots: dict[str, list[tuple[str, str, int]]],
    found: Findings,
    *,
    at_rest: bool,
    sample: int | None,
) -> None:
    forms: dict[str, dict[str, tuple[bytes, int]]] = {}
    for credential, name, body, key in reader.rows(
        "SELECT credential_id, format, body, signing_key_id FROM renderings"
    ):
        forms.setdefault(hexed(credential), {})[name] = (bytes(body), key)
    rows = list(reader.rows("SELECT id, state, document_id, formats, erased_at FROM credentials"))
    looked_at = None if sample is None else {row[0] for row in random.sample(rows, min(sample, len(rows)))}
    for row in rows:
        identifier, state, document_id, wanted, erased = hexed(row[0]), row[1], row[2], plain_json(row[3]), row[4]
        there = forms.get(identifier, {})
        if at_rest and state == "preparing":
            found.add(Kind.UNSIGNED, f"{identifier} was left in preparation")
        if state != "issued" or erased is not None:  # of an erased one only its places and their status are left
            if there:
                found.add(Kind.UNSIGNED, f"{identifier} is {state if erased is None else 'erased'}, but has forms")
            found.seen["erased"] += erased is not None
            continue
        found.seen["credentials"] += 1
        given = sorted(slots.get(identifier, []))
        chosen = looked_at is None or row[0] in looked_at
        for name in wanted:
            if name not in there:
                found.add(Kind.UNSIGNED, f"{identifier} has no {name}")
            elif chosen:
                _form(name, *there[name], document_id, given, keys, found)


def _form(
    name: str,
    body: bytes,
    key: int,
    document_id: str,
    given: list[tuple[str, str, int]],
    keys: dict[int, str],
    found: Findings,
) -> None:
    try:
        document = _opened(name, body, keys[key])
    except (NotSigned, KeyError, ValueError) as error:
        found.add(Kind.UNSIGNED, f"{document_id}, {name}: {error}")
        return
    found.seen["signatures"] += 1
    if document.get("id") != document_id:
        found.add(Kind.UNSIGNED, f"{document_id}, {name}: it is signed as {document.get('id')}")
    if _said(document) != given:
        found.add(Kind.MISSLOTTED, f"{document_id}, {name}: it names other indexes than it was given")


def _opened(name: str, body: bytes, key: str) -> dict[str, Any]:
    if name == "jwt":
        return check_token(body.strip(), key_of(key))
    document: dict[str, Any] = json.loads(body)
    check_embedded(document, key_of(key))
    return document


def _said(document: dict[str, Any]) -> list[tuple[str, str, int]]:
    said = document.get("credentialStatus", [])
    return sorted(
        (one["statusPurpose"], hexed(one["statusListCredential"].rpartition("/")[2]), int(one["statusListIndex"]))
        for one in (said if isinstance(said, list) else [said])
    )


def bits_of(body: bytes) -> bytes:
    """The bits of a published Bitstring status list, most significant first."""
    encoded = json.loads(body)["credentialSubject"]["encodedList"].removeprefix("u")
    return gzip.decompress(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def is_set(bits: bytes, position: int) -> bool:
    """Whether a bit is 1."""
    return bool(bits[position // 8] >> (7 - position % 8) & 1)


def _lists(
    reader: Reader,
    keys: dict[int, str],
    slots: dict[str, list[tuple[str, str, int]]],
    told: Told,
    found: Findings,
    *,
    at_rest: bool,
) -> None:
    facts = {
        hexed(row[0]): {"revoked_at": row[1], "suspended_at": row[2]}
        for row in reader.rows("SELECT id, revoked_at, suspended_at FROM credentials")
    }
    meant: dict[str, set[int]] = {}
    for credential, entries in slots.items():
        for purpose, of_list, position in entries:
            if purpose in _BIT and facts[credential][_BIT[purpose]] is not None:
                meant.setdefault(of_list, set()).add(position)
    statement = "SELECT id, purpose, edition, body, signing_key_id FROM status_lists"
    for of_list, purpose, edition, body, key in reader.rows(statement):
        identifier = hexed(of_list)
        seen = told.lists.get(identifier, [])
        if body is None:
            if (meant.get(identifier) and at_rest) or seen:
                found.add(Kind.MISSLOTTED, f"list {identifier} was never published, but says something")
            continue
        try:
            check_embedded(json.loads(bytes(body)), key_of(keys[key]))
        except (NotSigned, KeyError, ValueError) as error:
            found.add(Kind.UNSIGNED, f"list {identifier}: {error}")
            continue
        bits = bits_of(bytes(body))
        forward(identifier, purpose, [*seen, (edition, bits)], found)
        if at_rest and purpose in _BIT:
            shown = set(_set_bits(bits))
            for position in sorted(shown ^ meant.get(identifier, set()))[:10]:
                found.add(Kind.MISSLOTTED, f"list {identifier}, index {position}: not what its credential's row says")
        found.seen["editions"] += edition


def _set_bits(bits: bytes) -> list[int]:
    return [8 * at + bit for at, one in enumerate(bits) if one for bit in range(8) if one >> (7 - bit) & 1]


def forward(identifier: str, purpose: str, editions: list[tuple[int, bytes]], found: Findings) -> None:
    """Editions only count up, one edition says one thing, and revoked is final."""
    for (before, old), (after, new) in pairwise(editions):
        if after < before or (after == before and old != new):
            found.add(Kind.BACKWARDS, f"list {identifier} went from edition {before} to {after}")
        gone = int.from_bytes(old) & ~int.from_bytes(new)
        if purpose == "revocation" and gone:
            found.add(Kind.BACKWARDS, f"edition {after} of list {identifier} takes {gone.bit_count()} revocations back")


if __name__ == "__main__":
    result = audit(sys.argv[1], at_rest=False, logged=False)
    for one_ in (*result.words, dict(result.seen), dict(result.violations) or "nothing is wrong"):
        print(one_)  # noqa: T201
    sys.exit(0 if result.clean else 1)
