"""No parser and no entry point of the threat model is without a target, and each target says where it leads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.fuzz.not_parsers import NO_BYTES, NOT_PARSERS
from tests.fuzz.registry import TARGETS
from tests.fuzz.target import CORPUS, PROJECT

ROOMS = ("keys", "credentials", "wallet_export", "verifier", "issuer", "portal")
NAMED_AS_PARSERS = re.compile(
    r"parse|decode|decrypt|read|unbake|extract|from_|find_in|load|unseal|open_|opened|check_(proof|attest|dpop)|sanitize"
    r"|unbundled|judge|signed_by|claims_of|sign_out_of|require_(signed|form)|text_of$|of_token$|wanted|of$|at$"
)
FOREIGN = re.compile(r"\b(bytes|str|object|Any|JsonObject|Mapping|UploadFile)\b")
PARSERS = {name for target in TARGETS.values() for name in target.parsers}


def _named_as_parsers() -> Iterator[str]:
    """The public functions and methods whose name says that they read, and whose first argument could be anything."""
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                holder, functions = (f"{node.name}.", node.body) if isinstance(node, ast.ClassDef) else ("", [node])
                for one in functions:
                    if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and _is_one(holder, one):
                        yield f"{module}:{holder}{one.name}"


def _is_one(holder: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = [one for one in function.args.args + function.args.kwonlyargs if one.arg not in ("self", "cls")]
    if holder.startswith("_") or not NAMED_AS_PARSERS.match(function.name) or not given:
        return False
    return given[0].annotation is not None and bool(FOREIGN.search(ast.unparse(given[0].annotation)))


def test_every_parser_has_a_target_or_a_reason() -> None:
    assert sorted({*_named_as_parsers()} - PARSERS - set(NOT_PARSERS)) == []


def test_no_reason_is_left_over() -> None:
    assert sorted(set(NOT_PARSERS) - {*_named_as_parsers()}) == []
    assert sorted(set(NOT_PARSERS) & PARSERS) == []


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_what_a_target_leads_to_is_there(name: str) -> None:
    module, _, path = name.partition(":")
    found = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    assert callable(found)


def test_every_entry_point_of_the_threat_model_has_a_target_or_a_reason() -> None:
    text = (PROJECT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    table = text.partition("## Entry points")[2].partition("\n## ")[0]
    entries = {line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")} - {"Entry"}
    covered = {entry for target in TARGETS.values() for entry in target.entries}
    assert sorted(entries - covered - set(NO_BYTES)) == []
    assert sorted((covered | set(NO_BYTES)) - entries) == []
    assert sorted(covered & set(NO_BYTES)) == []


def test_the_corpus_is_of_targets_and_small() -> None:
    assert sorted(path.name for path in CORPUS.iterdir()) == sorted(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 1_500_000
