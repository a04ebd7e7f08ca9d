"""A decision as its candidate reads it: what the rules wrote, in his language; what people said, as they said it."""

from __future__ import annotations

import re
from typing import Final

from credentials.sentence import Sentence, sentence

_WRITTEN: Final[dict[str, Sentence]] = {
    str(one): one
    for one in (
        sentence("The manager approved it."),
        sentence("The manager did not approve it."),
        sentence("The assessor found that the candidate passed."),
        sentence("The assessor found that the candidate did not pass."),
    )
}
_COUNTED: Final = re.compile(r"(None|\d+) of (\d+) assessors found that the candidate passed; (.+)\.")
_TOOK: Final[dict[str, Sentence]] = {
    str(one): one for one in (sentence("all of them had to"), sentence("a majority had to"))
}


def decision_words(decision: str) -> tuple[str, str]:
    """What the rules wrote of a decision, and what somebody said to it (or ""), as `issuer.assessment` records both."""
    written, _, remark = decision.partition("\n")
    return _written(written), remark


def _written(text: str) -> str:
    counted = _COUNTED.fullmatch(text)
    if counted is None or counted[3] not in _TOOK:
        return _WRITTEN.get(text, text)
    count, took = int(counted[2]), _TOOK[counted[3]]
    if counted[1] == "None":
        return sentence("None of {count} assessors found that the candidate passed; {took}.", count=count, took=took)
    passed = int(counted[1])
    return sentence(
        "{passed} of {count} assessors found that the candidate passed; {took}.", passed=passed, count=count, took=took
    )
