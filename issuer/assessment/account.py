"""How a credential tells that its award was assessed: an Evidence object of the genre “Assessment” (ADR 0012). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from issuer.assessment.quorum import Outcome, Scoring
from issuer.assessment.rules import By, Quorum
from issuer.awards import Evidence

GENRE = "Assessment"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|])")


def assessment_evidence(
    quorum: Quorum, judged: Outcome, scorings: Sequence[Scoring], names: Mapping[UUID, str]
) -> Evidence:
    """How many assessors of which functions scored, and what decided; with their names if the level publishes them."""
    passed, count = sum(judged.findings.values()), len(scorings)
    functions = sorted({one.function.strip() for one in scorings if one.function.strip()}, key=str.casefold)
    who = "One assessor" if count == 1 else f"{count} assessors"
    of_functions = f" ({', '.join(map(_plain, functions))})" if functions else ""
    sentences = [f"{who}{of_functions} scored the results, each without seeing the scores of others."]
    if quorum.by is By.MANAGER:
        sentences = ["The candidate’s manager approved the award."]
    if count > 1:
        found = "All" if passed == count else f"{passed} of {count}"
        sentences.append(f"{found} found that the candidate passed; {quorum.decides.in_words}.")
    if quorum.publish_assessors:
        listed = ", ".join(sorted(_plain(names[one.assessor_id]) for one in scorings if one.assessor_id in names))
        sentences.append(f"Assessed by {listed}." if listed else "")
    narrative = " ".join(sentence for sentence in sentences if sentence)
    return Evidence(name="Assessment", narrative=narrative, genre=GENRE)


def _plain(text: str) -> str:
    """Text that is not read as Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)
