"""Who says it: a hosted assertion lies at its own address, a signed one is signed with a key of its issuer.

Two checks each, `proof` and `key-belongs-to-issuer` (Open Badges 2.0, “Badge Verification”).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials.problems import PROOF_VERIFICATION_ERROR, Problem, Unacceptable
from credentials.proofs import compact_jws
from credentials.proofs.compact_jws import CompactJws
from credentials.sentence import sentence, sentence_of
from keys.errors import KeysError
from keys.pem import public_key_of_pem
from verifier.checks.conforms import outcome_of
from verifier.checks.proof import ISSUER_NOT_REACHED, KEY_OF_ANOTHER
from verifier.inquiry import Inquiry
from verifier.older.assertion import WEB, Assertion
from verifier.older.surroundings import Gone, Surroundings, Unbelievable, Unreachable, at_its_address
from verifier.parties import objects, shown
from verifier.result import REVOKED, Check, CheckName, Outcome

_OF_A_REVOKED_ONE = frozenset({"revoked", "revocationReason"})


def hosted(assertion: Assertion, inquiry: Inquiry) -> tuple[Check, dict[str, Any]]:
    """The check `proof`, and the assertion as its address has it: what it says there counts."""
    try:
        lying_there = at_its_address(assertion.id, inquiry)
    except Gone:
        return gone(CheckName.PROOF, assertion.id), assertion.document
    except Unreachable as error:
        return unknown(CheckName.PROOF, sentence_of(error)), assertion.document
    except Unbelievable as error:
        return _wrong(CheckName.PROOF, _otherwise(assertion.id), sentence_of(error)), assertion.document
    said_there = {name: value for name, value in lying_there.items() if name not in _OF_A_REVOKED_ONE}
    given = {name: value for name, value in assertion.document.items() if name not in _OF_A_REVOKED_ONE}
    is_all_the_same = said_there == given
    is_rest_of_a_revoked_one = lying_there.get("revoked") is True and said_there.items() <= given.items()
    if not is_all_the_same and not is_rest_of_a_revoked_one:
        return _wrong(CheckName.PROOF, _otherwise(assertion.id)), assertion.document
    said = sentence(
        "This is an Open Badges 2.0 badge, and it lies at its own address as it was given: {url}.",
        url=shown(assertion.id),
    )
    return Check(CheckName.PROOF, Outcome.PASSED, said), {**given, **lying_there}


def gone(name: CheckName, url: str) -> Check:
    """Revoked, as the issuer's own server tells it of a hosted one; what it said cannot be compared any more.

    So it is no more than that: nothing that the file claims is proven by it, and the check fails.
    """
    said = sentence(
        "This Open Badges 2.0 badge was revoked: its own address, {url}, answers that it is gone. What it said cannot "
        "be compared any more.",
        url=shown(url),
    )
    return _wrong(name, said, type_=REVOKED)


def _otherwise(url: str) -> str:
    return sentence("This Open Badges 2.0 badge is not what lies at its own address, {url}.", url=shown(url))


def place_of_issuer(assertion: Assertion, around: Surroundings) -> Check:
    """The check `key-belongs-to-issuer` of a hosted one: its address, and its class's, are its issuer's."""
    badge_id = str(around.badge.get("id"))
    for url in (assertion.id, *((badge_id,) if badge_id.startswith(WEB) else ())):
        if not around.is_issuers_place(url):
            said = sentence(
                "This Open Badges 2.0 badge lies where its issuer {issuer} does not answer for it: {url}.",
                issuer=shown(around.issuer_id),
                url=shown(url),
            )
            return _wrong(CheckName.KEY_BELONGS_TO_ISSUER, said, type_=KEY_OF_ANOTHER)
    said = sentence("Its address is one of its issuer, {issuer}.", issuer=shown(around.issuer_id))
    return Check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.PASSED, said)


def signed(assertion: Assertion, token: CompactJws, around: Surroundings, inquiry: Inquiry) -> tuple[Check, Check]:
    """Both checks of a signed one. A key counts only if the issuer's own profile names it."""
    creator = assertion.document["verification"].get("creator", token.kid)
    published = around.issuer.get("publicKey")
    named = [each if isinstance(each, str) else each.get("id") for each in _each(published)]
    key_id = creator if creator is not None else (named[0] if named else None)
    if not isinstance(key_id, str) or key_id not in named:
        said = sentence(
            "This Open Badges 2.0 badge is signed with a key that its issuer {issuer} does not publish.",
            issuer=shown(around.issuer_id),
        )
        return (
            Check(CheckName.PROOF, Outcome.SKIPPED, sentence("There is no key to check the signature with.")),
            _wrong(CheckName.KEY_BELONGS_TO_ISSUER, said, type_=KEY_OF_ANOTHER),
        )
    try:
        document = next(
            (each for each in objects(published) if "publicKeyPem" in each and each.get("id") == key_id), None
        )
        key = _key(document or at_its_address(key_id, inquiry), around.issuer_id)
        compact_jws.verify(token, key)
    except Unreachable as error:
        return unknown(CheckName.PROOF, sentence_of(error)), unknown(
            CheckName.KEY_BELONGS_TO_ISSUER, sentence_of(error)
        )
    except (Unbelievable, KeysError) as error:
        said = sentence("This Open Badges 2.0 badge names a key that cannot be used: {why}.", why=sentence_of(error))
        return _wrong(CheckName.PROOF, said), _skipped()
    except Unacceptable as refusal:
        if outcome_of(refusal.problems) is Outcome.INCOMPLETE:
            return unknown(CheckName.PROOF, sentence_of(refusal)), _skipped()
        said = sentence("The signature of this Open Badges 2.0 badge is wrong: {why}", why=sentence_of(refusal))
        return Check(CheckName.PROOF, Outcome.FAILED, said, refusal.problems), _skipped()
    proof = sentence(
        "This is an Open Badges 2.0 badge, signed by {issuer}, and nothing was changed since.",
        issuer=shown(around.issuer_id),
    )
    belongs = sentence("Its issuer publishes the key, {key}.", key=shown(key_id))
    return (
        Check(CheckName.PROOF, Outcome.PASSED, proof),
        Check(CheckName.KEY_BELONGS_TO_ISSUER, Outcome.PASSED, belongs),
    )


def _key(document: Mapping[str, Any], issuer: str) -> Any:
    if document.get("owner") != issuer:
        raise Unbelievable(sentence("it says that it belongs to somebody else"))
    return public_key_of_pem(str(document.get("publicKeyPem")))


def _each(value: Any) -> list[Any]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str | dict)]


def unknown(name: CheckName, why: str) -> Check:
    """A check that could not be made, because something was not to be had."""
    said = sentence("Whether this Open Badges 2.0 badge is genuine could not be found out: {why}.", why=why)
    return Check(name, Outcome.INCOMPLETE, said, (Problem(ISSUER_NOT_REACHED, "Not reached", said),))


def unbelievable(error: Unbelievable) -> Check:
    """What stands around it contradicts itself."""
    said = sentence("This Open Badges 2.0 badge leads to something else than it says: {why}.", why=sentence_of(error))
    return _wrong(CheckName.KEY_BELONGS_TO_ISSUER, said)


def _wrong(name: CheckName, said: str, why: str = "", *, type_: str = PROOF_VERIFICATION_ERROR) -> Check:
    return Check(name, Outcome.FAILED, said, (Problem(type_, "Not genuine", why or said),))


def _skipped() -> Check:
    return Check(
        CheckName.KEY_BELONGS_TO_ISSUER, Outcome.SKIPPED, sentence("There is no signature whose key would count.")
    )
