"""Whatever the code can write into the audit trail has words that a page can say in the reader’s language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from issuer.jobs.bulk import BulkState
from issuer.status_transitions import Change
from portal.admin.deeds import DEEDS, deed
from wallet_export.oid4vci_requests import EVENTS

ROOT = Path(__file__).parents[3]
# f"…{state}" and the like: what they become
COMPOSED = (
    {f"credential {change}" for change in Change}
    | {"credential told"}
    | {f"bulk {state}" for state in (BulkState.DONE, BulkState.CANCELLED, BulkState.FAILED)}
    | {event.replace("credential_", "copy ") for event in EVENTS}
)
_SUBJECT = 1  # the place of an event’s subject, after its action


def _texts(node: ast.expr | None) -> Iterator[str]:
    """The texts that an expression may be: a text, or one of two by a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _is_subject(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and str(node.values[0].value).endswith((":", ": "))
    ) or (isinstance(node, ast.Name) and node.id == "subject")


def _targets(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=False)
        else:
            yield target, node.value


def written(tree: ast.Module) -> set[str]:
    """Every action that a module of `issuer` names, however it hands it on."""
    found: set[str] = set()
    takers = {
        one.name: [arg.arg for arg in one.args.args].index("action")
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and "action" in [arg.arg for arg in one.args.args]
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "action":
            found |= set(_texts(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = takers.get(node.func.id, 1 if node.func.id == "event" else None)
            if place is not None and place < len(node.args):
                found |= set(_texts(node.args[place]))
        elif isinstance(node, ast.Tuple) and len(node.elts) > 2 and _is_subject(node.elts[_SUBJECT]):
            found |= set(_texts(node.elts[0]))
        elif isinstance(node, ast.Assign):
            for target, value in _targets(node):
                if isinstance(target, ast.Name) and target.id in {"action", "ISSUED", "DECIDED"}:
                    found |= {text for text in _texts(value) if target.id == "action" or text.startswith("proposal ")}
        elif isinstance(node, ast.ListComp) and isinstance(node.elt, ast.Tuple) and len(node.elt.elts) == 2:
            found |= {text for text in _texts(node.elt.elts[0]) if text.startswith("committee")}
    return found


def test_every_action_that_is_written_has_words_and_no_other() -> None:
    found = set(COMPOSED)
    for path in sorted((ROOT / "issuer").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "audit" in text or path.parts[-2] == "assessment":
            found |= written(ast.parse(text))
    assert found == set(DEEDS)


def test_an_action_of_another_time_is_said_as_it_stands() -> None:
    assert deed("wall painted") == "wall painted"
