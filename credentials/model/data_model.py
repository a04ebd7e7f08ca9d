"""A version of the data model as the check needs it: the class and the rules that a type selects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from credentials.model.json_walk import ARRAY
from credentials.problems import Problem

ACHIEVEMENT_CREDENTIAL_TYPES = ("OpenBadgeCredential", "AchievementCredential")

Rule = Callable[[Mapping[str, Any], str], Iterator[Problem]]
"""What must hold of a credential at a pointer; it copes with any form, which is the classes' business."""

ValueRule = Callable[[str, Any], Problem | None]
"""What must hold of every value in the document, whatever it is; the pointer comes first."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of credentials: by which type names it is known, its class (by name) and its rules.

    `rules` hold for the document, `endorsement_rules` for each endorsement inside; only for what is to be
    signed, `issuing` holds for the document and `issuing_values` for every value in it.
    """

    name: str
    types: frozenset[str]
    node: str
    rules: tuple[Rule, ...]
    endorsement_rules: tuple[Rule, ...] = ()
    issuing: tuple[Rule, ...] = ()
    issuing_values: tuple[ValueRule, ...] = ()


@dataclass(frozen=True, slots=True)
class DataModel:
    """A version of the W3C data model: its first context, the kinds it has, and what is none of them."""

    version: str
    context: str
    kinds: tuple[Kind, ...]
    otherwise: Kind

    def kind_of(self, document: Mapping[str, Any]) -> Kind:
        """The kind that the document's `type` names; the first that fits."""
        types = document.get("type")
        names = {types} if isinstance(types, str) else _strings(types)
        for kind in self.kinds:
            if not kind.types.isdisjoint(names):
                return kind
        return self.otherwise


def _strings(value: Any) -> set[str]:
    return {item for item in value if isinstance(item, str)} if isinstance(value, ARRAY) else set()
