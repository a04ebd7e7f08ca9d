"""Does a document conform to the data model? Everything that is wrong with it, at once.

The class of the credential is chosen by its first context (the version of the W3C data model) and its `type`.
A further version is a module like `data_model_2_0` and an entry in `DATA_MODELS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from credentials.model.data_model import DataModel, Kind
from credentials.model.data_model_1_1 import DATA_MODEL_1_1
from credentials.model.data_model_2_0 import DATA_MODEL_2_0
from credentials.model.findings import describe, malformed, structural_problems
from credentials.model.json_walk import ARRAY, OBJECT, endorsements, everything, values
from credentials.model.plain_json import is_plain
from credentials.model.serialization import is_canonical
from credentials.model.structure import has_structure
from credentials.problems import PARSING_ERROR, Problem, Unacceptable, own_type
from credentials.sentence import sentence

if TYPE_CHECKING:
    from credentials.model.achievement_credential import AchievementCredential
    from credentials.model.endorsement_credential import EndorsementCredential
    from credentials.model.node import Node
    from credentials.model.verifiable_credential import VerifiableCredential

    Credential = AchievementCredential | EndorsementCredential | VerifiableCredential

__all__ = ["check", "check_class", "is_canonical", "parse"]

UNSUPPORTED_DATA_MODEL_VERSION = own_type("unsupported-data-model-version")
MAXIMUM = 100
"""How many problems are listed; a last one says that there are more."""

DATA_MODELS = {model.context: model for model in (DATA_MODEL_2_0, DATA_MODEL_1_1)}


class _Written(NamedTuple):
    """A document's compact JSON, and whether all values in it are known to be texts and truth values."""

    json: bytes
    has_only_texts: bool


def check(
    document: Mapping[str, Any],
    *,
    for_issuing: bool = False,
    json: bytes | None = None,
    has_only_texts: bool = False,
) -> tuple[Problem, ...]:
    """Every problem of a parsed JSON document; empty if it conforms.

    Without `for_issuing`, what a reader must accept passes: JSON-LD's compacted forms, an array of
    statuses, empty arrays, the issuer as a URI; every MUST of the data model is checked all the same. With
    `for_issuing`, only the canonical form that all verifiers read alike passes. `json` is the document's compact JSON
    as orjson writes it, if the caller has it: much is seen there at once; `has_only_texts` says that the caller found
    no number, null or empty array in it. At most `MAXIMUM` + 1 problems are returned.
    """
    written = _Written(json, has_only_texts) if json is not None else None
    _, problems = _examine(document, for_issuing=for_issuing, written=written, typed=False)
    return problems


def parse(document: Mapping[str, Any]) -> Credential:
    """Typed access to a document that conforms; raises Unacceptable with all problems otherwise."""
    node, problems = _examine(document, for_issuing=False, typed=True)
    if node is None or problems:
        raise Unacceptable(problems)
    return cast("Credential", node)


def check_class(document: Any, node: type[Node]) -> tuple[Problem, ...]:
    """Every problem of an object that is no credential: a Profile or an Achievement at a URL of its own.

    Only the class is checked, not what its parts say of each other.
    """
    from pydantic import ValidationError

    try:
        node.from_json(document)
    except ValidationError as error:
        return _bounded(structural_problems(error))
    return ()


def _examine(
    document: Any, *, for_issuing: bool, typed: bool, written: _Written | None = None
) -> tuple[Node | None, tuple[Problem, ...]]:
    """The document as an object of its class, which there may be only if it is asked for; and all problems."""
    if not isinstance(document, OBJECT):
        detail = sentence("The document is {document}; a credential is a JSON object.", document=describe(document))
        return None, (Problem(PARSING_ERROR, "Not a credential", detail),)
    document = dict(document)
    kind = _data_model(document).kind_of(document)
    node, structural = _structure(kind, document, typed)
    problems = _found_by_rules(kind, document)
    if for_issuing:
        seen = {problem.pointer for problem in structural}
        stricter = _found_for_issuing(kind, document, written)
        problems = _chain(problems, (problem for problem in stricter if problem.pointer not in seen))
    return node, _bounded(_chain(iter(structural), problems))


def _data_model(document: Mapping[str, Any]) -> DataModel:
    """The version that the first context names; a document of no known version is measured by version 2.0."""
    contexts = document.get("@context")
    first = contexts[0] if isinstance(contexts, ARRAY) and contexts else contexts
    return DATA_MODELS.get(first, DATA_MODEL_2_0) if isinstance(first, str) else DATA_MODEL_2_0


def _structure(kind: Kind, document: Mapping[str, Any], typed: bool) -> tuple[Node | None, tuple[Problem, ...]]:
    if not typed and has_structure(kind.node, document):
        return None, ()
    from pydantic import ValidationError

    from credentials.model import classes

    class_: type[Node] = getattr(classes, kind.node)
    try:
        return class_.from_json(document), ()
    except ValidationError as error:
        return None, tuple(islice(structural_problems(error), MAXIMUM + 1))


def _found_by_rules(kind: Kind, document: Mapping[str, Any]) -> Iterator[Problem]:
    for rule in kind.rules:
        yield from rule(document, "")
    if kind.endorsement_rules:
        for at, endorsement in endorsements(document):
            for rule in kind.endorsement_rules:
                yield from rule(endorsement, at)


def _found_for_issuing(kind: Kind, document: Mapping[str, Any], written: _Written | None) -> Iterator[Problem]:
    for rule in kind.issuing:
        yield from rule(document, "")
    if written is not None and is_plain(document, written.json, has_only_texts=written.has_only_texts):
        return
    if all(rule("", value) is None for value in values(document) for rule in kind.issuing_values):
        return  # the rule for nearly all documents; only where something is wrong does it matter where
    for at, value in everything(document):
        for value_rule in kind.issuing_values:
            problem = value_rule(at, value)
            if problem is not None:
                yield problem


def _chain(first: Iterator[Problem], second: Iterator[Problem]) -> Iterator[Problem]:
    yield from first
    yield from second


def _bounded(problems: Iterator[Problem]) -> tuple[Problem, ...]:
    listed = tuple(islice(problems, MAXIMUM))
    if len(listed) == MAXIMUM and next(problems, None) is not None:
        detail = sentence("There are more problems than the {maximum} that are listed.", maximum=MAXIMUM)
        return (*listed, malformed("And more", detail, ""))
    return listed
