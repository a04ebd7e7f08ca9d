"""The audit trail and the transparency log: whole, the same as before, and telling of everything."""

from __future__ import annotations

import json
from collections import Counter

from tests.chaos.auditor.findings import Findings, Kind, Told
from tests.chaos.auditor.reading import Reader, dashed, hexed
from tests.chaos.auditor.trees import canonical, checkpoint, digest, leaf, link, root


def trail(reader: Reader, found: Findings) -> None:
    """Every event follows from the one before, up to the end that was written down."""
    end, previous = 0, "0" * 64
    statement = (
        "SELECT sequence, at, actor, action, subject, details, previous, hash FROM audit_events ORDER BY sequence"
    )
    for row in reader.rows(statement):
        if row[0] != end + 1 or row[6] != previous or link(*row[:7]) != row[7]:
            found.add(Kind.BROKEN, f"the trail does not go on from event {end} to {row[0]}")
        end, previous = row[0], row[7]
    ((sequence, head),) = reader.rows("SELECT sequence, hash FROM audit_head")
    if (sequence, head) != (end, previous):
        found.add(Kind.BROKEN, f"the trail ends at {end}, and {sequence} was written down as its end")
    found.seen["events"] = end


def log(reader: Reader, told: Told, found: Findings, *, logged: bool) -> None:
    """The trail tells of every credential; the log is what was signed, what was seen, and tells the same."""
    statement = (
        "SELECT c.id, i.base_url FROM credentials c JOIN issuers i ON i.id = c.issuer_id WHERE c.state = 'issued'"
    )
    issued = {hexed(row[0]): f"{row[1]}/credentials/{dashed(row[0])}" for row in reader.rows(statement)}
    _told_of(reader, issued, found)
    rows = list(reader.rows("SELECT position, entry FROM log_entries ORDER BY position"))
    entries = [bytes(row[1]) for row in rows]
    if [row[0] for row in rows] != list(range(len(rows))):
        found.add(Kind.BROKEN, "entries of the log are missing")
    leaves = [leaf(one) for one in entries]
    _tree(reader, leaves, found)
    for size, said in told.checkpoints:
        if size > len(leaves) or root(leaves[:size]) != said:
            found.add(Kind.BACKWARDS, f"the log is not the one that was seen when it had {size} entries")
    if logged:
        _entries(reader, issued, entries, found)
    found.seen["entries of the log"] = len(entries)


def _told_of(reader: Reader, issued: dict[str, str], found: Findings) -> None:
    told_of = Counter(
        hexed(row[0].partition(":")[2])
        for row in reader.rows("SELECT subject FROM audit_events WHERE action = 'credential issued'")
    )
    for identifier in issued:
        if told_of[identifier] != 1:
            found.add(Kind.UNLOGGED, f"the trail tells {told_of[identifier]} times that {identifier} was issued")
    for identifier in told_of.keys() - issued.keys():
        found.add(Kind.LOST, f"the trail tells that {identifier} was issued, but it is not there")


def _tree(reader: Reader, leaves: list[bytes], found: Findings) -> None:
    for size_, root_, public_key, note in reader.rows("SELECT size, root, public_key, checkpoint FROM log"):
        try:
            _, size, said = checkpoint(note, bytes(public_key))
        except ValueError as error:
            found.add(Kind.BROKEN, str(error))
            continue
        if not (size == size_ == len(leaves) and said == bytes(root_) == root(leaves)):
            found.add(Kind.BROKEN, f"the log's {len(leaves)} entries do not make the root that was signed for {size}")
    tiles = reader.rows("SELECT hashes FROM log_tiles WHERE level = 0 ORDER BY number")
    if b"".join(bytes(row[0]) for row in tiles) != b"".join(leaves):
        found.add(Kind.BROKEN, "the tiles of the log are not those of its entries")


def _entries(reader: Reader, issued: dict[str, str], entries: list[bytes], found: Findings) -> None:
    """Each credential has one entry, with the digests of its forms as they are stored."""
    bodies: dict[str, list[str]] = {}
    for credential, name, body in reader.rows("SELECT credential_id, format, body FROM renderings"):
        data = bytes(body).strip()
        bodies.setdefault(hexed(credential), []).append(digest(canonical(json.loads(data)) if name == "json" else data))
    said: dict[str, list[list[str]]] = {}
    for one in map(json.loads, entries):
        if one["event"] == "issued":
            said.setdefault(one["credential"], []).append(one.get("digests", []))
    for identifier, address in issued.items():
        if said.get(digest(address.encode())) != [sorted(bodies.get(identifier, []))]:
            found.add(Kind.UNLOGGED, f"the log does not tell once, and rightly, of {identifier}")
