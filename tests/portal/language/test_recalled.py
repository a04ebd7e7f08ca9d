"""What was written down as English text is said in the reader's language when it is shown."""

from __future__ import annotations

from uuid import UUID

import pytest

from credentials.sentence import Sentence
from issuer.messages.delivery import TOO_OLD
from issuer.succession.outcomes import changed_meanwhile, refused_for
from portal.language.language import ENGLISH, GERMAN
from portal.language.recalled import recalled

ONE = UUID(int=7)


@pytest.mark.parametrize(
    ("text", "german"),
    [
        (str(TOO_OLD), "sie wartete länger als 30 Tage und nützt niemandem mehr"),
        ("it answered with status 503", "die Gegenstelle antwortete mit Status 503"),
        (
            "it could not be told for 5 days; at last: it answered with status 503",
            "sie war 5 Tage lang nicht zu erreichen; zuletzt: die Gegenstelle antwortete mit Status 503",
        ),
        (changed_meanwhile(ONE)[:], f"der Badge {ONE} wurde in diesem Augenblick anderswo geändert"),
        (
            str(refused_for(ONE, "ana@x.example is the address of somebody else").detail),
            f"der Badge {ONE}: ana@x.example ist die Adresse von jemand anderem",
        ),
        ("1 January 2026 has passed: everybody would be overdue at once", "der 1. Januar 2026 ist vorbei"),
    ],
)
def test_a_known_sentence_is_found_again_with_its_values(text: str, german: str) -> None:
    found = recalled(text)
    assert GERMAN.say(found).startswith(german.replace("30 Tage", f"{TOO_OLD.values['days']} Tage"))
    assert ENGLISH.say(found) == text


@pytest.mark.parametrize("text", ["", "550 5.1.1 no such user", "{braces} and %(percent)s", "x" * 5_000])
def test_what_nobody_here_says_stays_as_it_is(text: str) -> None:
    assert recalled(text) == text
    assert not isinstance(recalled(text), Sentence)
