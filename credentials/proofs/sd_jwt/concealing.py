"""Claims out of a payload, digests in (RFC 9901, sections 4.2.4 and 4.2.6)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from credentials.problems import MALFORMED_VALUE_ERROR, Unacceptable, refuse
from credentials.proofs.sd_jwt.disclosures import ALGORITHM, DIGESTS, ITEM, Disclosure, make
from credentials.proofs.selective.pointers import steps
from credentials.sentence import sentence


def conceal(
    payload: Mapping[str, Any], pointers: Iterable[str], *, randomness: Callable[[int], bytes]
) -> tuple[dict[str, Any], tuple[Disclosure, ...]]:
    """The payload without what the pointers lead to, and what the holder gets to disclose it.

    Where one pointer leads into what another leads to, the inner claim is concealed within the outer one. Digests are
    in the order of their texts, which says nothing of the claims. Raises `Unacceptable` (MALFORMED_VALUE_ERROR) for a
    pointer to nothing, and for a payload that has the names of the standard's own members.
    """
    made = copy.deepcopy({**payload})
    _refuse_reserved(made)
    # the innermost first, and items from the end, so that no step moves what a later one leads to
    paths = sorted({steps(pointer) for pointer in pointers}, key=lambda path: (len(path), path), reverse=True)
    disclosures = [_conceal(made, path, randomness) for path in paths]
    if disclosures:
        made["_sd_alg"] = ALGORITHM
    return made, tuple(disclosures)


def _conceal(payload: dict[str, Any], path: tuple[str, ...], randomness: Callable[[int], bytes]) -> Disclosure:
    place: Any = payload
    for step in path[:-1]:
        place = _beneath(place, step, path)
    last = path[-1] if path else ""
    value = _beneath(place, last, path)
    if isinstance(place, list):
        disclosure = make(None, value, randomness)
        place[int(last)] = {ITEM: disclosure.digest}
        return disclosure
    disclosure = make(last, value, randomness)
    del place[last]
    place[DIGESTS] = sorted([*place.get(DIGESTS, ()), disclosure.digest])
    return disclosure


def _beneath(place: Any, step: str, path: tuple[str, ...]) -> Any:
    if isinstance(place, dict) and step in place and step not in (DIGESTS, ITEM):
        return place[step]
    if isinstance(place, list) and step.isascii() and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    raise _refused(sentence("Nothing to conceal is at {pointer}.", pointer="/" + "/".join(path)[:120]))


def _refuse_reserved(value: Any) -> None:
    if isinstance(value, dict):
        if value.keys() & {DIGESTS, ITEM, "_sd_alg"}:
            raise _refused(sentence("The payload has members whose names SD-JWT keeps for itself."))
        for member in value.values():
            _refuse_reserved(member)
    elif isinstance(value, list):
        for item in value:
            _refuse_reserved(item)


def _refused(detail: str) -> Unacceptable:
    return refuse(MALFORMED_VALUE_ERROR, "Cannot be concealed", detail)
