"""Decisions stand in the records in English; their candidates read them in their own language."""

from __future__ import annotations

import pytest

from issuer.assessment.rules import Decides
from portal.language.language import ENGLISH, GERMAN
from portal.me.decision_words import decision_words


@pytest.mark.parametrize(
    ("recorded", "german", "remark"),
    [
        ("The manager approved it.", "Die Führungskraft hat zugestimmt.", ""),
        ("The manager did not approve it.\nNot yet.", "Die Führungskraft hat nicht zugestimmt.", "Not yet."),
        ("The assessor found that the candidate passed.", "Die prüfende Person fand: bestanden.", ""),
        (
            f"None of 2 assessors found that the candidate passed; {Decides.EVERY.in_words}.",
            "Keine der 2 prüfenden Personen: bestanden; nötig waren alle.",
            "",
        ),
        (
            f"2 of 3 assessors found that the candidate passed; {Decides.MAJORITY.in_words}.",
            "2 von 3 Prüfenden: bestanden; nötig war eine Mehrheit.",
            "",
        ),
        ("Somebody wrote this.", "Somebody wrote this.", ""),
    ],
)
def test_what_the_rules_wrote_is_said_in_german(recorded: str, german: str, remark: str) -> None:
    said, more = decision_words(recorded)
    assert (GERMAN.say(said), more) == (german, remark)
    assert ENGLISH.say(said) == recorded.partition("\n")[0]
