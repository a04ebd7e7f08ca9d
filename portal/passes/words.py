"""The pass's own words, in every language that there is."""

from __future__ import annotations

from credentials.sentence import sentence
from portal.language.language import ENGLISH, LANGUAGES, Language
from wallet_export.google_wallet import Spoken
from wallet_export.phone_pass import Words

_STANDINGS = {
    "valid": sentence("Valid"),
    "suspended": sentence("Suspended"),
    "revoked": sentence("Revoked"),
    "expired": sentence("Expired"),
    "not yet valid": sentence("Not yet valid"),
}
_ABOUT = sentence(
    "The code leads to the badge’s page, where anybody can verify it. This pass shows what the page shows: the name as "
    "its holder shares it, and never evidence. It follows the badge when that is renewed or revoked."
)


def words_in(language: Language, level: str) -> Words:
    """Of a pass of that level."""
    say = language.say
    return Words(
        valid_until=say(sentence("Valid until")),
        new_end=say(sentence("Valid until")) + " %@",
        holder=say(sentence("Holder")),
        awarded=say(sentence("Awarded on")),
        status=say(sentence("Status")),
        address=say(sentence("Verify this badge")),
        organization=say(sentence("Issued by")),
        program=say(sentence("Program")),
        about=say(sentence("About this pass")),
        about_text=say(_ABOUT),
        description=say(sentence("Badge: {level}", level=level)),
        standings={name: say(one) for name, one in _STANDINGS.items()},
    )


def spoken(level: str) -> tuple[Spoken, ...]:
    """In English first, and in the others."""
    others = [one for one in LANGUAGES if one.tag != ENGLISH.tag]
    return tuple(Spoken(one.tag, words_in(one, level), one.day) for one in (ENGLISH, *others))
