"""`python -m tests.bench.arithmetic`: what 100 million credentials take, by figures that were measured here.

Reads the last row of build/scaling.json and, where it is there, build/bench.json; sizes of lists are those of lists
that it makes. What is assumed stands in `Assumed`, and is printed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from credentials.status_list import Bitstring
from issuer.status_lists import RENEWED_AFTER, TTL
from tests.bench.badges import workshop

BUILD = Path(__file__).resolve().parents[2] / "build"
_SIZES = (131_072, 10_000_000)
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Assumed:
    """What nobody measured: a company, or a country, as one may think of it."""

    credentials: int = 100_000_000
    years_of_validity: float = 2.0
    revoked_in_100: float = 1.0
    verifications_a_day_in_100: float = 1.0
    hours_of_the_day: float = 10.0


def lines(assumed: Assumed, scaling: dict[str, float], rates: dict[str, float]) -> Iterator[tuple[str, str, str]]:
    """What, how much, and how it was reckoned."""
    count = assumed.credentials
    each = scaling["issue in bulk, each (µs)"]
    hours = count * each / 1e6 / 3_600
    yearly = count / assumed.years_of_validity
    yield "issue all of them once", f"{hours:,.0f} core hours", f"{count:,} × {each:,.0f} µs"
    steady = yearly * each / 1e6 / 3_600
    yield "renew each when it expires", f"{steady:,.0f} core hours a year", f"{yearly:,.0f} a year × {each:,.0f} µs"
    stored = scaling["database, each (bytes)"]
    yield "storage", f"{count * stored / 1e12:.2f} TB", f"{count:,} × {stored:,.0f} B, indexes among them"
    verified = count * assumed.verifications_a_day_in_100 / 100
    peak = verified / (assumed.hours_of_the_day * 3_600)
    yield "verifications", f"{peak:,.0f}/s", f"{verified:,.0f} a day within {assumed.hours_of_the_day:g} hours"
    if "verify over HTTP" in rates:
        rate = rates["verify over HTTP"]
        yield "cores that verify", f"{math.ceil(peak / rate):,}", f"{peak:,.0f}/s ÷ {rate:,.0f}/s of a core"
    for size in _SIZES:
        yield from _of_lists(size, assumed, verified, rates)
    ttl = int(TTL.total_seconds())
    yield (
        "a revocation is seen after",
        f"{ttl // 60} to {2 * ttl // 60} minutes at most",
        f"ttl {ttl} s in the verifier, and as long again in a cache in front that does not tell the age of its copy",
    )


def _of_lists(size: int, assumed: Assumed, verified: float, rates: dict[str, float]) -> Iterator[tuple[str, str, str]]:
    many = math.ceil(assumed.credentials / size)
    length = around_a_list() + encoded_bytes(size, assumed.revoked_in_100 / 100)
    name = f"lists of {size:,}"
    yield f"{name}: how many, how large", f"{many:,} of {length:,.0f} B", f"{many * length / 1e6:,.0f} MB in all"
    ttl = TTL.total_seconds()
    everything = many * length * 8 / ttl / 1e6
    yield (
        f"{name}: one verifier that keeps all of them fresh",
        f"{everything:,.2f} Mbit/s",
        f"{many:,} × {length:,.0f} B each {ttl:,.0f} s",
    )
    daily = verified * length
    yield (
        f"{name}: verifiers that keep none",
        f"{daily * 8 / (assumed.hours_of_the_day * 3_600) / 1e6:,.1f} Mbit/s",
        f"{verified:,.0f} a day × {length:,.0f} B = {daily / 1e9:,.1f} GB a day, at the edge",
    )
    editions = many * _DAY / RENEWED_AFTER.total_seconds()
    changes = assumed.credentials * assumed.revoked_in_100 / 100 / assumed.years_of_validity / 365
    key = f"list of {size:,}: change one bit and publish"
    work = f"; {(editions + changes) * rates[key] / 1_000:,.1f} core seconds a day" if key in rates else ""
    why = f"{editions:,.0f} renewed each day and {changes:,.0f} revocations a day at most"
    yield f"{name}: editions", f"{editions + changes:,.0f} a day", why + work


def encoded_bytes(size: int, share: float) -> int:
    """The length of an `encodedList` of which that share is set, at random."""
    chance = Random(size)  # noqa: S311
    bits = Bitstring.of_length(size).with_bits(dict.fromkeys(chance.sample(range(size), round(size * share)), True))
    return len(bits.encode())


@cache
def around_a_list() -> int:
    """The bytes of a signed list beside its `encodedList`."""
    body = workshop().status_list.body
    return len(body) - len(json.loads(body)["credentialSubject"]["encodedList"])


def _json(name: str) -> Any:
    path = BUILD / name
    return json.loads(path.read_text()) if path.exists() else None


def table() -> Iterator[str]:
    """The reckoning as Markdown. Raises SystemExit before anything was measured."""
    scaling = _json("scaling.json")
    if not scaling:
        raise SystemExit("build/scaling.json is not there: run python -m tests.bench.scaling first")
    bench = _json("bench.json") or {"rows": []}
    rates = {row["what"]: row["figures"]["value"] for row in bench["rows"] if "value" in row["figures"]}
    assumed = Assumed()
    yield (
        "Assumed: " + ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in asdict(assumed).items()) + "."
    )
    yield "\n| what | how much | reckoned |\n|---|---|---|"
    for row in lines(assumed, scaling[-1], rates):
        yield "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201
