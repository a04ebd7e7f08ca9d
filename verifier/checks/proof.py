"""Step 3: is the signature right, and is the key one that the issuer publishes?

Two checks, because they are two questions: a right signature by a stranger's key is no forgery of bits, and a
key of the issuer under a wrong signature is. Keys come only from the document that the issuer's identifier
leads to, under assertionMethod; never from the proof, the token or an address in them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from credentials import strict_json
from credentials.instants import format_instant
from credentials.problems import PROOF_VERIFICATION_ERROR, Problem, Unacceptable, own_type
from credentials.proofs.selective.suite import BASE_PROOF
from credentials.sentence import sentence, sentence_of
from verifier.checks.conforms import outcome_of
from verifier.checks.signatures import Signature
from verifier.extract import Extracted
from verifier.fetcher import FetchError
from verifier.inquiry import Inquiry
from verifier.parties import issuer_id, issuer_words, shown
from verifier.proof_times import made_in_the_future, proofs_that_secure
from verifier.published_keys import NoSuchKey, PublishedKey, UnknownKind, key_equal_to, key_in_set, key_named
from verifier.resolve import MAX_DOCUMENT_BYTES, Unresolved, resolve_offline
from verifier.result import Check, CheckName, Outcome
from verifier.web_address import MalformedAddress, parse

ISSUER_NOT_REACHED = own_type("issuer-not-reached")
KEY_OF_ANOTHER = own_type("key-of-another")
KEY_WITHDRAWN = own_type("key-withdrawn")

_HOSTED = ("https://", "http://")
_KEYS = ("verificationMethod", "assertionMethod")
_ACCEPT_KEY_SET = "application/jwk-set+json, application/json;q=0.9"
_OFFLINE = ("did:key:", "did:jwk:")


class _Finding(NamedTuple):
    """What is known about one signature: the two checks it leads to."""

    proof: Check
    key: Check

    @property
    def by_issuer(self) -> bool:
        """Whether the signature is right and by a key of the issuer."""
        return self.proof.outcome is Outcome.PASSED and self.key.outcome is Outcome.PASSED


def check_proof(
    found: Extracted, inquiry: Inquiry, signatures: tuple[Signature, ...] | Unacceptable
) -> tuple[Check, Check]:
    """The checks `proof` and `key-belongs-to-issuer`, of the signatures found on it or the reason why there are none.

    Every signature on the document must be right (a set with one bad proof is refused); at least one of them
    must be by a key of the issuer, unless the policy does not ask for that. The keys of others who signed as
    well are looked up only after the issuer's own signature was found to be right.
    """
    if isinstance(signatures, Unacceptable):
        outcome = outcome_of(signatures.problems)
        proof = Check(CheckName.PROOF, outcome, signatures.problems[0].detail, signatures.problems)
        return proof, _key(Outcome.SKIPPED, sentence("There is no signature whose key could be looked up."))
    if any(made_in_the_future(proof, inquiry.now) for proof in proofs_that_secure(found)):
        said = sentence("The signature says that it was made in the future.")
        problem = Problem(PROOF_VERIFICATION_ERROR, "Made in the future", said, "/proof")
        proof = Check(CheckName.PROOF, Outcome.FAILED, said, (problem,))
        return proof, _key(
            Outcome.SKIPPED, sentence("Its key was not looked up, because the signature counts no more anyway.")
        )
    if len(signatures) == 1:
        finding = _find(signatures[0], found, inquiry)
        return finding.proof, finding.key
    findings = [_find(signature, found, inquiry) for signature in signatures]
    if any(finding.by_issuer for finding in findings):
        findings = [
            finding if finding.by_issuer else _by_whoever_is_named(signature, found, inquiry)
            for signature, finding in zip(signatures, findings, strict=True)
        ]
    return _worst(findings), _best(findings)


def _worst(findings: list[_Finding]) -> Check:
    order = (Outcome.FAILED, Outcome.INCOMPLETE)
    checks = [finding.proof for finding in findings]
    return next((check for outcome in order for check in checks if check.outcome is outcome), checks[0])


def _best(findings: list[_Finding]) -> Check:
    """One key of the issuer is enough, but a key that it withdrew counts against the document."""
    checks = [finding.key for finding in findings]
    withdrawn = [check for check in checks if check.problem and check.problem.type == KEY_WITHDRAWN]
    order = (Outcome.PASSED, Outcome.FAILED, Outcome.INCOMPLETE)
    ranked = [check for wanted in order for check in checks if check.outcome is wanted]
    return [*withdrawn, *ranked, *checks][0]


def _find(signature: Signature, found: Extracted, inquiry: Inquiry) -> _Finding:
    if inquiry.policy.require_issuer_controls_key:
        return _by_issuer(signature, found, inquiry)
    return _by_whoever_is_named(signature, found, inquiry)


def _by_issuer(signature: Signature, found: Extracted, inquiry: Inquiry) -> _Finding:
    issuer = issuer_words(found.document)
    try:
        key = _key_of(issuer_id(found.document), signature, inquiry, of_token=found.envelope is not None)
    except Unresolved as error:
        said = sentence("The keys of {issuer} could not be looked up: {reason}.", issuer=issuer, reason=error.reason)
        problem = Problem(ISSUER_NOT_REACHED, "Issuer not reached", said, "/issuer")
        return _by_stranger(signature, _key(Outcome.INCOMPLETE, said, problem))
    except NoSuchKey as error:
        inquiry.reach.missed_key(issuer_id(found.document))
        said = sentence("It is not signed with a key of the issuer: {why}.", why=sentence_of(error))
        problem = Problem(KEY_OF_ANOTHER, "Not the issuer's key", said)
        outcome = Outcome.INCOMPLETE if isinstance(error, UnknownKind) else Outcome.FAILED
        return _by_stranger(signature, _key(outcome, said, problem))
    return _Finding(_signed(signature, key, issuer), _belongs(key, issuer, inquiry))


def _by_stranger(signature: Signature, judged: Check) -> _Finding:
    """The issuer's key was not to be had. A key that is its own name can still show whether the bits are right.

    Nothing is fetched for it: a stranger's document has no say here.
    """
    base = signature.method.partition("#")[0]
    if not base.startswith(_OFFLINE):
        return _Finding(Check(CheckName.PROOF, judged.outcome, judged.sentence, judged.problems), judged)
    try:
        key = key_named(resolve_offline(base), signature.method)
    except (NoSuchKey, Unresolved) as error:
        return _Finding(_no_key(error), judged)
    return _Finding(_signed(signature, key, shown(base)), judged)


def _by_whoever_is_named(signature: Signature, found: Extracted, inquiry: Inquiry) -> _Finding:
    """The relaxed policy: the key may belong to whoever its own id names, and that is reported."""
    issuer = issuer_id(found.document)
    base = signature.method.partition("#")[0] or issuer
    try:
        key = _key_of(base, signature, inquiry, of_token=found.envelope is not None)
    except Unresolved as error:
        said = sentence(
            "The key {method} could not be looked up: {reason}.", method=shown(signature.method), reason=error.reason
        )
        problem = Problem(ISSUER_NOT_REACHED, "Key not reached", said)
        return _Finding(
            Check(CheckName.PROOF, Outcome.INCOMPLETE, said, (problem,)),
            _key(Outcome.SKIPPED, sentence("There is no key to judge.")),
        )
    except NoSuchKey as error:
        return _Finding(_no_key(error), _key(Outcome.SKIPPED, sentence("There is no key to judge.")))
    if base == issuer:
        words = issuer_words(found.document)
        return _Finding(_signed(signature, key, words), _belongs(key, words, inquiry))
    stranger = sentence(
        "Signed with a key of {base}, not of the issuer; the policy of this verification accepts that.",
        base=shown(base),
    )
    return _Finding(_signed(signature, key, shown(base)), _key(Outcome.SKIPPED, stranger))


def _key_of(owner: str, signature: Signature, inquiry: Inquiry, *, of_token: bool) -> PublishedKey:
    """The owner's published key that the signature names, or brings along and the owner publishes as well.

    For tokens of an owner with an https address, whose own document has no keys, it is looked for in the key set of
    the address's host.
    """
    try:
        document = signature.published(owner, inquiry.reach)
    except Unresolved:
        if of_token and owner.startswith(_HOSTED):
            return _key_in_set(owner, signature, inquiry)
        raise
    if of_token and owner.startswith(_HOSTED) and not any(name in document for name in _KEYS):
        return _key_in_set(owner, signature, inquiry)
    if not signature.method:
        if signature.brought is None:
            raise NoSuchKey(sentence("the token names no key"))
        return key_equal_to(document, signature.brought)
    key = key_named(document, signature.method)
    if signature.brought not in (None, key.public_key):
        raise NoSuchKey(
            sentence(
                "the token brings along another key than the one it names, {method}", method=shown(signature.method)
            )
        )
    return key


def _key_in_set(owner: str, signature: Signature, inquiry: Inquiry) -> PublishedKey:
    """Open Badges 3.0, implementation guide, “Key provenance”: `/.well-known/jwks.json` at the issuer's host."""
    try:
        url = parse(owner).origin + "/.well-known/jwks.json"
        fetched = inquiry.reach.fetch(url, accept=_ACCEPT_KEY_SET, max_bytes=MAX_DOCUMENT_BYTES)
        key_set = strict_json.parse(fetched.body)
    except MalformedAddress as error:
        raise Unresolved(sentence_of(error)) from None
    except FetchError as error:
        raise Unresolved(error.reason) from None
    except Unacceptable as error:
        raise Unresolved(sentence("what {url} serves is no key set: {why}", url=url, why=sentence_of(error))) from None
    return key_in_set(key_set, owner, signature.method, signature.brought)


def _signed(signature: Signature, key: PublishedKey, signer: str) -> Check:
    try:
        signature.verify(key.public_key)
    except Unacceptable as refusal:
        if outcome_of(refusal.problems) is Outcome.INCOMPLETE:
            return Check(CheckName.PROOF, Outcome.INCOMPLETE, refusal.problems[0].detail, refusal.problems)
        if refusal.problems[0].title == BASE_PROOF:
            said = sentence("This is the copy that its holder keeps: ask him for what he derives from it to show.")
            return Check(CheckName.PROOF, Outcome.FAILED, said, refusal.problems)
        said = sentence(
            "The signature is wrong: what it says is not what was signed with the key of {signer}.", signer=signer
        )
        return Check(CheckName.PROOF, Outcome.FAILED, said, refusal.problems)
    return _right_signature(signer)


def _belongs(key: PublishedKey, issuer: str, inquiry: Inquiry) -> Check:
    """Withdrawn means: from then on nothing signed with it is believed, whenever it claims to be from (CID 1.0)."""
    if key.withdrawn is not None and key.withdrawn <= inquiry.now:
        since = format_instant(key.withdrawn)
        said = sentence(
            "{issuer} withdrew the key {id} ({since}); what was signed with it counts no longer.",
            issuer=issuer,
            id=shown(key.id),
            since=since,
        )
        return _key(Outcome.FAILED, said, Problem(KEY_WITHDRAWN, "Key withdrawn", said))
    return _issuers_key(issuer)


# The same few issuers sign nearly everything; what is shown of one has at most 250 characters.
@lru_cache(maxsize=256)
def _right_signature(signer: str) -> Check:
    return Check(
        CheckName.PROOF, Outcome.PASSED, sentence("Signed by {signer}, and nothing was changed since.", signer=signer)
    )


@lru_cache(maxsize=256)
def _issuers_key(issuer: str) -> Check:
    return _key(Outcome.PASSED, sentence("Signed by {issuer} with a key it publishes for this purpose.", issuer=issuer))


def _no_key(error: NoSuchKey | Unresolved) -> Check:
    said = sentence("There is no key to check the signature with: {why}.", why=sentence_of(error))
    problem = Problem(PROOF_VERIFICATION_ERROR, "No such key", said)
    outcome = Outcome.INCOMPLETE if isinstance(error, UnknownKind) else Outcome.FAILED
    return Check(CheckName.PROOF, outcome, said, (problem,))


def _key(outcome: Outcome, said: str, problem: Problem | None = None) -> Check:
    return Check(CheckName.KEY_BELONGS_TO_ISSUER, outcome, said, (problem,) if problem else ())
