"""Who looks at a proposal next, in words for the candidate. Pure."""

from __future__ import annotations

from credentials.sentence import Sentence, sentence
from issuer.assessment.rules import By, Quorum


def who_decides(quorum: Quorum | None, *, appealed: bool = False) -> Sentence:
    """What a level demands of those who judge, told to the candidate. Against a manager one appeals to an officer."""
    if quorum is None or (quorum.by is By.MANAGER and appealed):
        return sentence("An officer of the program decides.")
    if quorum.by is By.MANAGER:
        return sentence("Your manager approves or declines it; an officer of the program, if you have none.")
    if quorum.assessors == 1:
        return sentence("An assessor scores it. You see what was found when it is decided.")
    return sentence("Assessors score it, each alone. You see what they found when it is decided.")
