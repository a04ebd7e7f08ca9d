"""A presentation: every credential in it is verified, and the proof of whoever presents them.

Without a proof a presentation says nothing about who presents it; that is reported, not refused. A proof that
cannot be checked makes the whole unverified. It must be made for authentication, by a key that the holder's own
document lists under `authentication`, and carry the challenge and domain that were asked for (VCDM 2.0, 4.13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.instants import parse_instant
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.proofs import data_integrity
from portal.problems import BAD_REQUEST, HttpProblem
from portal.secured_text import secured_text
from portal.service import Service
from verifier.published_keys import NoSuchKey, key_named
from verifier.resolve import Unresolved
from verifier.result import Outcome, VerificationResult

MOST_CREDENTIALS = 20
AUTHENTICATION = "authentication"
_TYPE = "VerifiablePresentation"


@dataclass(frozen=True, slots=True)
class HolderProof:
    """What became of the presenter's own proof."""

    outcome: Outcome
    sentence: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PresentationVerdict:
    """The holder's proof, and the result for each credential."""

    holder: HolderProof
    results: tuple[VerificationResult, ...]

    @property
    def verified(self) -> bool:
        """True if nothing failed or is incomplete, and something was proven at all."""
        bad = self.holder.outcome in (Outcome.FAILED, Outcome.INCOMPLETE)
        proven = bool(self.results) or self.holder.outcome is Outcome.PASSED
        return proven and not bad and all(result.verified for result in self.results)

    @property
    def sentence(self) -> str:
        """What decided."""
        if self.holder.outcome in (Outcome.FAILED, Outcome.INCOMPLETE):
            return self.holder.sentence
        first_bad = next((result for result in self.results if not result.verified), None)
        if first_bad is not None:
            return first_bad.sentence
        return "Every check passed." if self.verified else "It holds no credential and no proof."

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem found."""
        found = [problem for result in self.results for check in result.checks for problem in check.problems]
        return (*self.holder.problems, *found)

    def members(self) -> dict[str, Any]:
        """`checks` of the presentation itself, and the whole result of each credential in it."""
        check: dict[str, Any] = {
            "check": "holder-proof",
            "outcome": self.holder.outcome.value,
            "sentence": self.holder.sentence,
        }
        if self.holder.problems:
            check["problems"] = [problem.as_dict() for problem in self.holder.problems]
        return {"checks": [check], "credentialResults": [result.as_dict() for result in self.results]}


def judge_presentation(
    service: Service, presentation: Mapping[str, Any], options: Mapping[str, Any]
) -> PresentationVerdict:
    """The verdict. Raises a 400 problem for what is no presentation that can be judged here."""
    credentials = _credentials(presentation)
    holder = _judge_holder(service, presentation, options)
    return PresentationVerdict(holder, tuple(service.verify(credential) for credential in credentials))


def _credentials(presentation: Mapping[str, Any]) -> list[str]:
    types = presentation.get("type")
    names = types if isinstance(types, list) else [types]
    if "EnvelopedVerifiablePresentation" in names:
        raise HttpProblem(BAD_REQUEST, "Enveloped presentations are not read here; send the presentation itself.")
    if _TYPE not in names:
        raise HttpProblem(BAD_REQUEST, f"`verifiablePresentation.type` must name {_TYPE}.")
    given = presentation.get("verifiableCredential", [])
    listed: Sequence[Any] = given if isinstance(given, list) else [given]
    if len(listed) > MOST_CREDENTIALS:
        raise HttpProblem(BAD_REQUEST, f"At most {MOST_CREDENTIALS} credentials are verified at once.")
    if not all(isinstance(item, (dict, str)) for item in listed):
        raise HttpProblem(BAD_REQUEST, "Each entry of `verifiableCredential` must be an object or a JWT.")
    return [secured_text(item) if isinstance(item, dict) else item for item in listed]


def _judge_holder(service: Service, presentation: Mapping[str, Any], options: Mapping[str, Any]) -> HolderProof:
    if "proof" not in presentation:
        if options.get("challenge") is not None or options.get("domain") is not None:
            return _failed("The presentation holds no proof, so it cannot answer the challenge.")
        return HolderProof(Outcome.SKIPPED, "The presentation holds no proof: it says nothing about who presents it.")
    try:
        proofs = data_integrity.proofs_of(presentation)
        if len(proofs) != 1:
            raise refuse(PROOF_VERIFICATION_ERROR, "Not one proof", "Exactly one proof is read on a presentation.")
        holder = _verify(service, presentation, proofs[0], options)
    except Unacceptable as error:
        incomplete = all(problem.type == UNSUPPORTED_PROOF for problem in error.problems)
        return HolderProof(Outcome.INCOMPLETE if incomplete else Outcome.FAILED, str(error), error.problems)
    except Unresolved as error:
        problem = Problem(PROOF_VERIFICATION_ERROR, "Holder not found", error.reason)
        return HolderProof(Outcome.INCOMPLETE, error.reason, (problem,))
    return HolderProof(Outcome.PASSED, f"It is presented by {holder}, with a key of its own.")


def _verify(
    service: Service, presentation: Mapping[str, Any], proof: Mapping[str, Any], options: Mapping[str, Any]
) -> str:
    """The holder whose proof it is. Raises Unacceptable or Unresolved."""
    data_integrity.check_form(proof, purpose=AUTHENTICATION)
    data_integrity.suite_of(proof)
    _check_freshness(proof, options, service.clock())
    method = str(proof["verificationMethod"])
    controller = method.partition("#")[0]
    named = presentation.get("holder")
    holder = named.get("id") if isinstance(named, dict) else named
    if holder is not None and holder != controller:
        raise refuse(
            PROOF_VERIFICATION_ERROR, "Another holder", f"The proof is by {controller[:99]}, not by the holder."
        )
    document = service.resolver.resolve(controller)
    try:
        # the same rules for reading a key, under the purpose that a presentation has
        key = key_named({**document, "assertionMethod": document.get(AUTHENTICATION)}, method)
    except NoSuchKey as error:
        raise refuse(PROOF_VERIFICATION_ERROR, "Not the holder's key", f"{error} (for authentication).") from None
    if key.withdrawn is not None and key.withdrawn <= service.clock():
        raise refuse(PROOF_VERIFICATION_ERROR, "Key withdrawn", "The holder has withdrawn the key of the proof.")
    data_integrity.verify_proof(presentation, proof, key.public_key, purpose=AUTHENTICATION)
    return controller


def _check_freshness(proof: Mapping[str, Any], options: Mapping[str, Any], now: datetime) -> None:
    for name in ("challenge", "domain"):
        if options.get(name) is not None and proof.get(name) != options[name]:
            raise refuse(PROOF_VERIFICATION_ERROR, f"Another {name}", f"The proof was not made for this {name}.")
    if "expires" in proof:
        try:
            expires = parse_instant(str(proof["expires"]))
        except ValueError as error:
            raise refuse(MALFORMED_VALUE_ERROR, "Unreadable expiry", str(error), "/proof/expires") from None
        if expires <= now:
            raise refuse(PROOF_VERIFICATION_ERROR, "Proof expired", "The proof on the presentation has expired.")


def _failed(sentence: str) -> HolderProof:
    return HolderProof(Outcome.FAILED, sentence, (Problem(PROOF_VERIFICATION_ERROR, "No proof", sentence),))
