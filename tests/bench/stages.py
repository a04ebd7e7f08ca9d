"""`python -m tests.bench.stages`: where the time goes of what misses its goal, step by step.

Each step is a function of the product, with a clock around it for as long as this runs. A step’s time is its own:
without that of the steps within it. What none of the named steps took is told as the rest, the clocks’ own time
with it (a third of a microsecond for each call). Medians over some hundred badges, on the wall, on one core. Writes
build/stages.json; `write_docs` puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from credentials import canonical, strict_json
from credentials.direct.road import Walked
from credentials.model import conformance
from credentials.proofs import data_integrity
from credentials.proofs.cryptosuite import Cryptosuite
from credentials.templates.canonical_form import FilledText
from credentials.templates.naming import Naming
from credentials.templates.template import Template
from credentials.templates.values import Values
from keys import ed25519_signature, multibase
from tests.bench.arithmetic import BUILD
from tests.bench.badges import Workshop, workshop
from tests.bench.bulk_library import BulkMaker, record
from tests.bench.harness import stay_on_one_core
from tests.bench.verifying import OurVerifier
from verifier import known_shapes, verify
from verifier.checks import authenticity, examined, proof

RESULT = BUILD / "stages.json"
_BADGES = 200
_ROUNDS = 20
_TOGETHER = 100

Place = tuple[Any, str]
"""An object, mostly a module or class, and the name in it of a function."""
Steps = Mapping[str, Sequence[Place]]

_SIGNATURE = "the signature, by libsodium"
_VERIFY: Steps = {
    "JSON is read strictly": [(strict_json, "parse")],
    "the walk to quads": [(canonical, "walked")],
    "blank nodes are named, quads sorted": [(Walked, "canonical")],
    "structure and rules of the data model": [(conformance, "check")],
    "form of the proof": [(examined, "signatures_of")],
    "recognized: values found, texts made again": [(known_shapes.KnownShapes, "recognize")],
    "its canonical form, hashed": [(Template, "_filled")],
    "JSON is read": [(orjson, "loads")],
    "the issuer’s published key": [(proof, "_key_of")],
    "options of the proof, and hashes": [(Cryptosuite, "hash_data")],
    "proof value from base58": [(multibase, "decode")],
    _SIGNATURE: [(ed25519_signature, "crypto_sign_open")],
    "dates": [(verify, "check_validity")],
    "status": [(verify, "check_status")],
    "is it authentic: the rest": [(authenticity, "check_proof")],
}
_BULK: Steps = {
    "words looked at, and written": [(Values, "written")],
    "blank nodes ranked by hashes": [(Naming, "ranked")],
    "canonical text made and hashed": [(FilledText, "__init__")],
    "JSON text": [(Template, "fill_in_order")],
    _SIGNATURE: [(ed25519_signature, "crypto_sign")],
    "proof value to base58": [(multibase, "encode")],
    "the proof put in": [(data_integrity.Stamp, "_secured")],
}


@dataclass(slots=True)
class _Clock:
    """The steps that are under way, and what each took of its own since the last `taken`."""

    own: dict[str, int] = field(default_factory=dict)
    _within: list[int] = field(default_factory=lambda: [0])

    def around(self, step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            self._within.append(0)
            begun = time.perf_counter_ns()
            try:
                return work(*given, **named)
            finally:
                took = time.perf_counter_ns() - begun
                self.own[step] = self.own.get(step, 0) + took - self._within.pop()
                self._within[-1] += took

        return timed

    def taken(self) -> dict[str, int]:
        own, self.own = self.own, {}
        return own


@contextmanager
def _clocks(steps: Steps) -> Iterator[_Clock]:
    clock = _Clock()
    before = [(owner, name, getattr(owner, name)) for places in steps.values() for owner, name in places]
    try:
        for step, places in steps.items():
            for owner, name in places:
                setattr(owner, name, clock.around(step, getattr(owner, name)))
        yield clock
    finally:
        for owner, name, work in before:
            setattr(owner, name, work)


def _stages(work: Callable[[Any], object], things: Sequence[Any], steps: Steps, *, each: int = 1) -> dict[str, float]:
    """µs of each step and of the rest; of the whole, with the clocks and without. Each thing is of so many badges."""
    for one in things:
        work(one)
    bare = statistics.median(_timed(work, one) for _ in range(_ROUNDS) for one in things)
    found: list[dict[str, int]] = []
    with _clocks(steps) as clock:
        for _ in range(_ROUNDS):
            for one in things:
                whole = _timed(work, one)
                found.append({"": whole, **clock.taken()})
    told = {step: statistics.median(one.get(step, 0) for one in found) for step in steps}
    clocked = statistics.median(one[""] for one in found)
    told["the rest"] = clocked - sum(told.values())
    told |= {"all of it, with the clocks": clocked, "all of it": bare}
    return {step: taken / each / 1000 for step, taken in told.items() if taken}


def _timed(work: Callable[[Any], object], thing: Any) -> int:
    begun = time.perf_counter_ns()
    work(thing)
    return time.perf_counter_ns() - begun


@dataclass(frozen=True, slots=True)
class _Bench:
    """As much of a bench as the contenders ask for."""

    workshop: Workshop


def measured() -> dict[str, dict[str, float]]:
    """Of each work that misses its goal, the steps and their µs."""
    shop = workshop()
    signed = [shop.signed(shop.document(number)).body for number in range(_BADGES)]
    bench: Any = _Bench(shop)
    maker = BulkMaker(shop)
    records = [record(shop, number) for number in range(_BADGES)]
    pieces = [records[start : start + _TOGETHER] for start in range(0, _BADGES, _TOGETHER)]
    words: Steps = {"words of the record": [(maker, "_read")]}
    gc.collect()
    gc.disable()
    return {
        "verify (line 6)": _stages(OurVerifier(bench).judge, signed, _VERIFY),
        "verify, a known level": _stages(OurVerifier(bench, knows_its_own=True).judge, signed, _VERIFY),
        "issue in bulk (line 3)": _stages(maker.make, pieces, {**words, **_BULK}, each=_TOGETHER),
    }


def table(told: Mapping[str, Mapping[str, float]]) -> str:
    """As Markdown, a table for each work."""
    parts = []
    for work, steps in told.items():
        lines = [f"| {work} | µs |", "|---|---|", *(f"| {step} | {micros:,.1f} |" for step, micros in steps.items())]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main() -> None:
    """See the module."""
    stay_on_one_core()
    told = measured()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    print(table(told))  # noqa: T201


if __name__ == "__main__":
    main()
