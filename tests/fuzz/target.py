"""What a target is: a parser, what it may be given, and what must hold of every answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from credentials import strict_json
from credentials.problems import Unacceptable

PROJECT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)

Seeds = Callable[[], Iterable[bytes]]
Mutator = Callable[[bytes, int, int, Callable[[bytes, int], bytes]], bytes]
"""Bytes, the most that may come of them, a random number, libFuzzer's own way of changing bytes."""


class Finding(AssertionError):  # noqa: N818
    """A parser took, gave or raised what it must not."""


@dataclass(frozen=True, slots=True)
class Target:
    """`run` returns, whatever the bytes are; what it raises is a finding.

    parsers: the functions of the product that it leads to, as `module:function`. entries: the rows of the threat
    model's entry points through which such bytes come. seeds: what the corpus began with.
    """

    name: str
    run: Callable[[bytes], None]
    parsers: tuple[str, ...]
    entries: tuple[str, ...]
    seeds: Seeds
    mutator: Mutator | None
    most_bytes: int

    @property
    def corpus(self) -> Path:
        """Where its inputs are kept."""
        return CORPUS / self.name

    def kept(self) -> list[Path]:
        """The inputs that are kept, by name."""
        return sorted(path for path in self.corpus.glob("*") if path.is_file())


TARGETS: dict[str, Target] = {}


def target(
    *parsers: str,
    entries: Iterable[str],
    seeds: Seeds,
    mutator: Mutator | None = None,
    most_bytes: int = 4096,
) -> Callable[[Callable[[bytes], None]], Callable[[bytes], None]]:
    """Enters a function of bytes among the targets, under its own name."""

    def enter(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
        name = run.__name__
        if name in TARGETS:
            raise ValueError(f"there are two targets {name}")
        TARGETS[name] = Target(name, run, parsers, tuple(entries), seeds, mutator, most_bytes)
        return run

    return enter


def require(holds: bool, what: str, *seen: object) -> None:
    """A finding unless it holds; `what` says what must."""
    if not holds:
        raise Finding(f"{what}: {', '.join(repr(one)[:600] for one in seen)}")


def text_of(data: bytes) -> str:
    """As texts come in by HTTP and JSON: Unicode, without halves of surrogate pairs."""
    return data.decode("utf-8", "replace")


NOTHING = object()


def json_of(data: bytes) -> Any:
    """The JSON that the product's own reader takes, or `NOTHING`."""
    try:
        return strict_json.parse(data)
    except Unacceptable:
        return NOTHING


def object_of(data: bytes) -> dict[str, Any] | None:
    """The same, if it is an object."""
    value = json_of(data)
    return value if isinstance(value, dict) else None


def taken(
    refusals: type[Exception] | tuple[type[Exception], ...], parser: Callable[..., Any], *given: Any, **by_name: Any
) -> Any:
    """What the parser makes of it, or `NOTHING` if it refuses as it says it does."""
    try:
        return parser(*given, **by_name)
    except refusals:
        return NOTHING
