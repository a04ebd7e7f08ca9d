"""What scripts say in the visitor's browser: pages hand it to them in their language.

A script says a sentence by its English text with `{names}` for values, and finds here what that is in another language.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.language.language import Language


def gettext(english: str) -> str:
    """Marks a text to be translated. It is a pattern whose values only the script has."""
    return english


FORM = (
    gettext("These are {number}. Give up to {most} at a time."),
    gettext("Checking {number}…"),
    gettext("{number} of {all}"),
    gettext("{number} checked"),
    gettext("This one could not be sent: the connection failed, or the file can no longer be read."),
    gettext("The server did not answer this one. Try it again later."),
    gettext(
        "The camera may not be used. Allow it for this site in your browser’s settings; or take a photo of the "
        "code, and choose that above."
    ),
    gettext("No camera was found. Take a photo of the code with another device, and choose that above."),
    gettext("The camera is in use by another program. Close that, and try again."),
    gettext("Browsers let pages use the camera over https only. Take a photo of the code, and choose that above."),
    gettext("The camera could not be started. Take a photo of the code, and choose that above."),
    gettext("Hold the code into the frame. The picture stays on this device."),
    gettext("Code read. Verifying what it says…"),
    gettext("On your list"),
    gettext("You trust this issuer; that is kept in this browser only."),
    gettext("Take it off my list"),
    gettext("I trust this issuer"),
    gettext("Remove"),
    gettext("Remove {name}"),
)
"""Said by the scripts of the verify form and of its answers."""

CHECK = (
    gettext("Start"),
    gettext("{url} answered with status {status}."),
    gettext(
        "The two answers differ. Rely on neither before you know why: reload this page, and if they still differ, "
        "ask the issuer."
    ),
    gettext("The text that your browser checked is about “{what}”, issued by {issuer}."),
    gettext("It asked: {addresses}."),
    gettext("It asked nobody."),
    gettext("This is not a credential."),
    gettext("It names no issuer."),
    gettext("It names a status that cannot be read."),
    gettext("Its “{name}” is no text."),
    gettext("It is nested deeper than any badge."),
    gettext("It has a member “{name}”, which other programs could read differently."),
    gettext("one written into the document"),
    gettext("It uses words of a vocabulary that this check does not carry ({name})."),
    gettext("Signature"),
    gettext("Browsers compute signatures only on pages that came over https."),
    gettext("Readable"),
    gettext("It fits what the credential says, and the key is one that the issuer publishes: {keys}"),
    gettext("Dates"),
    gettext("Revocation"),
    gettext("Its issuer set it up so that it cannot be revoked."),
    gettext("Its issuer’s signed list says that it is revoked and suspended."),
    gettext("Its issuer’s signed list says that it is revoked."),
    gettext("Its issuer’s signed list says that it is suspended."),
    gettext("Its issuer’s signed list says that it has not been taken back."),
    gettext("This is no JSON."),
    gettext("A token (JWT), and it can mean only one thing."),
    gettext("JSON with a signature in it, and it can mean only one thing."),
    gettext("It ended on {minute}."),
    gettext("It begins on {minute}."),
    gettext("It has no end date."),
    gettext("It holds until {minute}."),
    gettext("A date in it cannot be read."),
    gettext("This check stumbled over it: {why}"),
    gettext("There is no signature in it."),
    gettext("Its signature is of a kind that is not checked in the browser ({kind})."),
    gettext("It is the copy from which its holder derives what is shown; only that can be checked."),
    gettext("The issuer publishes no key {url}."),
    gettext("The signature does not fit what the credential says, or is not by a key of its issuer. ({why})"),
    gettext("The document of the issuer’s keys does not say that it is about {identifier}."),
    gettext("It leads to more addresses than are asked."),
    gettext("What lies at {url} is no JSON."),
    gettext(
        "Your browser could not read {url}: it is not reachable, or its server does not let pages of others read "
        "it (CORS). That says nothing against the credential."
    ),
    gettext("“{identifier}” is an identifier of a kind that this check cannot look up."),
    gettext("{url} holds more than is read."),
    gettext("Whether it was revoked is written in a form that this check does not read."),
    gettext("It names a place in the status list that cannot be."),
    gettext("The status list is not what it must be. ({why})"),
    gettext("This token cannot be read."),
    gettext("It is signed in a way that is not checked in the browser ({algorithm})."),
    gettext("It is signed with a key that its issuer does not publish."),
    gettext("The signature does not fit what the credential says."),
    gettext("The token’s claim “{name}” and the credential in it say different things."),
    gettext("Valid"),
    gettext("every check that it made passed"),
    gettext("Expired"),
    gettext("Not yet valid"),
    gettext("Revoked"),
    gettext("Suspended"),
    gettext("Not valid"),
    gettext("Not fully checked"),
    gettext("the steps below say what is missing"),
    gettext("Passed"),
    gettext("Failed"),
    gettext("Could not be checked"),
    gettext("Not made"),
)
"""Said by the check in the browser."""


def form_words(language: Language) -> Mapping[str, str]:
    """From the English texts of the form's scripts to the language; empty for English."""
    return _said(FORM, language)


def check_words(language: Language) -> Mapping[str, str]:
    """The same for the check in the browser."""
    return _said(CHECK, language)


def _said(texts: tuple[str, ...], language: Language) -> Mapping[str, str]:
    return {} if language.tag == "en" else {text: language.text(text) for text in texts}
