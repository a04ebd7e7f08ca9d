"""A presentation: every credential in it is verified, and the proof of whoever presents them.

1. the presentation's own form: its types, its size, the closed form, no terms that would go unsigned
2. the holder's proof, if there is one or one was asked for: made for authentication, by a key that the holder's own
   document lists under `authentication`, neither expired nor from the future, and for the challenge and domain that
   were asked for; of a presentation in a token or message (VC-JOSE-COSE), the signature on that
3. each credential, by the steps of `verifier.verify`

Without a proof a presentation says nothing about who presents it; that is reported, not refused. A proof that cannot
be checked makes the whole unverified (VCDM 2.0, section 4.13; Data Integrity 1.0, section 4.4).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials import canonical, closed_form
from credentials.contexts import ContextDamaged
from credentials.problems import (
    INVALID_CHALLENGE_ERROR,
    INVALID_DOMAIN_ERROR,
    PARSING_ERROR,
    PROOF_VERIFICATION_ERROR,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.proofs import data_integrity
from credentials.proofs.envelope import Envelope
from credentials.sentence import sentence, sentence_of
from verifier.checks.conforms import context_unavailable, outcome_of
from verifier.fetcher import Fetcher
from verifier.inquiry import Inquiry
from verifier.parties import shown, types
from verifier.policy import Policy
from verifier.presented_form import fault_of_presentation, holder_named
from verifier.proof_times import has_expired, made_in_the_future
from verifier.published_keys import AUTHENTICATION, NoSuchKey, key_named
from verifier.reach import Reach
from verifier.resolve import Resolver, Unresolved
from verifier.result import Outcome, Status, VerificationResult
from verifier.self_asserted import as_said_by, is_self_asserted
from verifier.verify import verify

MAX_CREDENTIALS = 20
_PASSED = sentence("Every check passed.")
_NOTHING = sentence("It holds no credential and no proof.")
_TYPE = "VerifiablePresentation"


class NotAPresentation(Exception):  # noqa: N818
    """The document is no presentation that can be judged here; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the presenter was asked to put into the proof; None where nothing was asked."""

    challenge: str | None = None
    domain: str | None = None

    @property
    def asked(self) -> bool:
        """Whether a proof is needed at all."""
        return self.challenge is not None or self.domain is not None


@dataclass(frozen=True, slots=True)
class HolderProof:
    """What became of the presenter's own proof."""

    outcome: Outcome
    sentence: str
    problems: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The members of a check in JSON."""
        members: dict[str, Any] = {
            "check": "holder-proof",
            "outcome": self.outcome.value,
            "sentence": self.sentence,
        }
        if self.problems:
            members["problems"] = [problem.as_dict() for problem in self.problems]
        return members


@dataclass(frozen=True, slots=True)
class PresentationResult:
    """The holder's proof, and the result for each credential, in their order; `source` is where it was fetched from."""

    holder: HolderProof
    credentials: tuple[VerificationResult, ...]
    source: str = ""

    @property
    def verified(self) -> bool:
        """True if nothing failed or is incomplete, and something was proven at all."""
        proven = bool(self.credentials) or self.holder.outcome is Outcome.PASSED
        return proven and self._holder_stands and all(result.verified for result in self.credentials)

    @property
    def sentence(self) -> str:
        """What decided."""
        if not self._holder_stands:
            return self.holder.sentence
        first_bad = next((result for result in self.credentials if not result.verified), None)
        if first_bad is not None:
            return first_bad.sentence
        return _PASSED if self.verified else _NOTHING

    @property
    def status(self) -> Status:
        """The word for people: of the holder's proof if that does not stand, else of the first credential that does
        not; what proves nothing at all is unchecked."""
        if not self._holder_stands:
            return Status.INVALID if self.holder.outcome is Outcome.FAILED else Status.UNCHECKED
        found = [result.status for result in self.credentials if not result.verified]
        known = [status for status in found if status is not Status.UNCHECKED]
        if found:
            return (known or found)[0]
        return Status.VALID if self.verified else Status.UNCHECKED

    @property
    def exit_code(self) -> int:
        """0 valid, 1 not valid, 2 could not be checked."""
        return {Status.VALID: 0, Status.UNCHECKED: 2}.get(self.status, 1)

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "verified": self.verified,
            "status": self.status.value,
            "sentence": self.sentence,
            "form": "presentation",
            **({"source": self.source} if self.source else {}),
            "holder": self.holder.as_dict(),
            "credentials": [result.as_dict() for result in self.credentials],
        }

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem found."""
        found = [problem for result in self.credentials for check in result.checks for problem in check.problems]
        return (*self.holder.problems, *found)

    @property
    def _holder_stands(self) -> bool:
        return self.holder.outcome in (Outcome.PASSED, Outcome.SKIPPED)


def verify_presentation(
    presentation: Mapping[str, Any] | str | bytes,
    *,
    challenge: Challenge,
    resolver: Resolver,
    fetcher: Fetcher,
    policy: Policy,
    now: datetime,
) -> PresentationResult:
    """The verdict on a presentation; `policy` is for its credentials.

    presentation: as parsed by `credentials.strict_json`, which may be an envelope (VCDM 2.0, section 4.13); or a token
    (vp+jwt, vp+sd-jwt, a data URL), or the bytes of a COSE message. Raises NotAPresentation for what is none, cannot be
    read, or holds more than `MAX_CREDENTIALS`. Any other fault is part of the result.
    """
    # 1. form
    try:
        opened = _open(presentation)
    except Unacceptable as refusal:
        raise NotAPresentation(sentence_of(refusal)) from None
    document = opened.credential if opened is not None else presentation
    assert isinstance(document, Mapping)  # noqa: S101  (text and bytes are envelopes)
    if fault := fault_of_presentation(document):
        raise NotAPresentation(fault)
    credentials = _credentials(document)
    # 2. holder's proof
    if opened is not None:
        holder = _judged(lambda: _signing_holder(opened, challenge, resolver, now))
    else:
        holder = _judge_holder(document, challenge, resolver, now)
    # 3. credentials
    said_by = holder_named(document) if holder.outcome is Outcome.PASSED else ""
    results = []
    for credential in credentials:
        result = verify(credential, resolver=resolver, fetcher=fetcher, policy=policy, now=now)
        if is_self_asserted(credential, said_by):
            reach = Reach(fetcher=fetcher, resolver=resolver, max_fetches=policy.max_fetches, max_endorsements=0)
            result = as_said_by(said_by, result, Inquiry(reach, policy, now))
        results.append(result)
    return PresentationResult(holder, tuple(results))


def judge_presentation(
    presentation: Mapping[str, Any] | str | bytes,
    *,
    challenge: Challenge,
    resolver: Resolver,
    fetcher: Fetcher,
    policy: Policy,
    now: datetime,
) -> PresentationResult:
    """As `verify_presentation`, with a result where that raises: for whoever was given what claims to be one."""
    try:
        return verify_presentation(
            presentation, challenge=challenge, resolver=resolver, fetcher=fetcher, policy=policy, now=now
        )
    except NotAPresentation as error:
        said = sentence_of(error)
        return PresentationResult(
            HolderProof(Outcome.FAILED, said, (Problem(PARSING_ERROR, "Not a presentation", said),)), ()
        )


def _credentials(presentation: Mapping[str, Any]) -> list[str]:
    """The credentials as text, which is what `verify` judges."""
    types = presentation.get("type")
    names = types if isinstance(types, list) else [types]
    if _TYPE not in names:
        raise NotAPresentation(sentence("The type of a presentation must name {type}.", type=_TYPE))
    given = presentation.get("verifiableCredential", [])
    listed: Sequence[Any] = given if isinstance(given, list) else [given]
    if len(listed) > MAX_CREDENTIALS:
        raise NotAPresentation(sentence("At most {most} credentials are verified at once.", most=MAX_CREDENTIALS))
    if not all(isinstance(item, dict | str) for item in listed):
        raise NotAPresentation(sentence("Each entry of verifiableCredential must be an object or a JWT."))
    return [json.dumps(item, ensure_ascii=False) if isinstance(item, dict) else item for item in listed]


def _judge_holder(
    presentation: Mapping[str, Any], challenge: Challenge, resolver: Resolver, now: datetime
) -> HolderProof:
    if "proof" not in presentation:
        if not challenge.asked:
            return HolderProof(
                Outcome.SKIPPED, sentence("The presentation holds no proof: it says nothing about who presents it.")
            )
        said = sentence("The presentation holds no proof, so it cannot answer the challenge.")
        return HolderProof(Outcome.FAILED, said, (Problem(PROOF_VERIFICATION_ERROR, "No proof", said),))
    return _judged(lambda: _proven_holder(presentation, challenge, resolver, now))


def _judged(prove: Callable[[], str]) -> HolderProof:
    try:
        holder = prove()
    except Unacceptable as refusal:
        return HolderProof(outcome_of(refusal.problems), refusal.problems[0].detail, refusal.problems)
    except ContextDamaged as damage:
        problem = context_unavailable(damage)
        return HolderProof(Outcome.INCOMPLETE, problem.detail, (problem,))
    except Unresolved as error:
        problem = Problem(PROOF_VERIFICATION_ERROR, "Holder not found", error.reason)
        return HolderProof(
            Outcome.INCOMPLETE,
            sentence("The holder’s keys could not be looked up: {reason}.", reason=error.reason),
            (problem,),
        )
    return HolderProof(
        Outcome.PASSED, sentence("It is presented by {holder}, with a key of its own.", holder=shown(holder))
    )


def _open(presentation: Mapping[str, Any] | str | bytes) -> Envelope | None:
    """The envelope around a presentation; what reads such things is imported only when one comes."""
    if isinstance(presentation, Mapping) and "EnvelopedVerifiablePresentation" not in types(presentation):
        return None
    from verifier.enveloped_presentation import open_envelope

    return open_envelope(presentation)


def _signing_holder(opened: Envelope, challenge: Challenge, resolver: Resolver, now: datetime) -> str:
    from verifier.enveloped_presentation import proven_holder

    nonce, audience = challenge.challenge, challenge.domain
    return proven_holder(opened, nonce=nonce, audience=audience, resolver=resolver, now=now)


def _proven_holder(presentation: Mapping[str, Any], challenge: Challenge, resolver: Resolver, now: datetime) -> str:
    """The holder whose proof it is. Nothing is fetched before the form is known. Raises Unacceptable, Unresolved."""
    if problems := closed_form.check(presentation):
        raise Unacceptable(problems)
    proofs = data_integrity.proofs_of(presentation)
    if len(proofs) != 1:
        raise refuse(
            PROOF_VERIFICATION_ERROR, "Not one proof", sentence("Exactly one proof is read on a presentation.")
        )
    proof = proofs[0]
    unsecured = {name: value for name, value in presentation.items() if name != "proof"}
    form = canonical.canonicalize(unsecured) if not data_integrity.suite_of(proof).of_json else None
    data_integrity.check_form(proof, purpose=AUTHENTICATION)
    _check_freshness(proof, challenge, now)
    method = str(proof["verificationMethod"])
    holder = _holder(presentation, method)
    try:
        key = key_named(resolver.resolve(holder), method, purpose=AUTHENTICATION)
    except NoSuchKey as error:
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            "Not the holder's key",
            sentence("It is not signed with a key of the holder: {why}.", why=sentence_of(error)),
        ) from None
    if key.withdrawn is not None and key.withdrawn <= now:
        raise refuse(
            PROOF_VERIFICATION_ERROR, "Key withdrawn", sentence("The holder has withdrawn the key of the proof.")
        )
    data_integrity.verify_proof(presentation, proof, key.public_key, purpose=AUTHENTICATION, canonical=form)
    return holder


def _holder(presentation: Mapping[str, Any], method: str) -> str:
    """Who must be the controller of the key: whoever the presentation says holds it, or whom the key names."""
    controller = method.partition("#")[0]
    named = presentation.get("holder")
    holder = named.get("id") if isinstance(named, Mapping) else named
    if holder is not None and holder != controller:
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            "Another holder",
            sentence("The proof is by {controller}, not by the holder.", controller=shown(controller)),
        )
    return controller


def _check_freshness(proof: Mapping[str, Any], challenge: Challenge, now: datetime) -> None:
    problems = []
    if challenge.challenge is not None and proof.get("challenge") != challenge.challenge:
        said = sentence("The proof was not made for this {name}.", name="challenge")
        problems.append(Problem(INVALID_CHALLENGE_ERROR, "Another challenge", said, "/proof/challenge"))
    if challenge.domain is not None and proof.get("domain") not in (challenge.domain, [challenge.domain]):
        said = sentence("The proof was not made for this {name}.", name="domain")
        problems.append(Problem(INVALID_DOMAIN_ERROR, "Another domain", said, "/proof/domain"))
    if made_in_the_future(proof, now):
        said = sentence("The proof on the presentation says that it was made in the future.")
        problems.append(Problem(PROOF_VERIFICATION_ERROR, "Made in the future", said, "/proof/created"))
    if has_expired(proof, now):
        said = sentence("The proof on the presentation has expired.")
        problems.append(Problem(PROOF_VERIFICATION_ERROR, "Proof expired", said, "/proof/expires"))
    if problems:
        raise Unacceptable(problems)
