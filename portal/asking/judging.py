"""Whether what a wallet answered is an answer: shown by its holder, for this question, and what was asked for.

What the credentials are worth is another matter: the page for whoever asked says that, by all checks of the verifier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from credentials.problems import Unacceptable
from credentials.proofs import envelope
from portal.verifying.desk import Desk
from verifier.policy import ORDINARY, Question
from verifier.presentation import Challenge, NotAPresentation
from verifier.result import CheckName, Outcome, VerificationResult
from wallet_export.oid4vp_dcql import JWT_VC, LDP_VC, SD_JWT_VC, Query, Shown, Unanswered, require_answer
from wallet_export.oid4vp_response import AnswerRefused, WalletAnswer

MOST_SHOWN = 4


@dataclass(frozen=True, slots=True)
class ShownBadge:
    """A credential as it was shown: its exact text without the holder's part, and who showed it.

    bound: the credential itself names that holder, so that it is his and nobody else's.
    """

    format: str
    text: str
    holder: str
    bound: bool

    def as_dict(self) -> dict[str, Any]:
        """As it is kept for some minutes."""
        return {"format": self.format, "text": self.text, "holder": self.holder, "bound": self.bound}


@dataclass(frozen=True, slots=True)
class _Judged:
    badge: ShownBadge
    shown: Shown


async def judged(desk: Desk, query: Query, answer: WalletAnswer, question: Question) -> tuple[ShownBadge, ...]:
    """What was shown, if it answers the query. Raises AnswerRefused, and Overloaded as the desk does."""
    if sum(len(given) for given in answer.presentations.values()) > MOST_SHOWN:
        raise AnswerRefused(f"more than {MOST_SHOWN} presentations are not looked at")
    if unknown := [name for name in answer.presentations if name not in query.credentials]:
        raise AnswerRefused(f"no credential “{unknown[0][:40]}” was asked for")
    found: dict[str, list[_Judged]] = {}
    for name, given in answer.presentations.items():
        kind = query.credentials[name].format
        found[name] = [await _judge(desk, kind, one, question) for one in given]
    try:
        require_answer(query, {name: [one.shown for one in each] for name, each in found.items()})
    except Unanswered as error:
        raise AnswerRefused(str(error)) from None
    return tuple(one.badge for each in found.values() for one in each)


async def _judge(desk: Desk, kind: str, given: Any, question: Question) -> _Judged:
    if kind == SD_JWT_VC:
        return await _of_sd_jwt(desk, given, question)
    if isinstance(given, dict) is not (kind == LDP_VC):
        raise AnswerRefused(f"a presentation of the format {kind} is of another kind")
    size = len(given) if isinstance(given, str) else len(json.dumps(given))
    challenge = Challenge(question.nonce, question.audience)
    try:
        found = await desk.verify_presentation(given, size, challenge=challenge)
    except NotAPresentation as error:
        raise AnswerRefused(f"a presentation cannot be read: {error}") from None
    if found.holder.outcome is not Outcome.PASSED:
        raise AnswerRefused(f"a presentation is not by its holder, or not for this request: {found.holder.sentence}")
    if len(found.credentials) != 1:
        raise AnswerRefused("a presentation must hold exactly one credential")
    result, holder = found.credentials[0], _holder(given)
    document = result.document or {}
    shown = Shown(kind, document, types=_types(document))
    return _Judged(ShownBadge(kind, result.secured or _inner(given), holder, _is_his(document, holder)), shown)


async def _of_sd_jwt(desk: Desk, given: Any, question: Question) -> _Judged:
    if not isinstance(given, str) or "~" not in given:
        raise AnswerRefused("a presentation of the format dc+sd-jwt must be an SD-JWT")
    result = await desk.verify(given, policy=replace(ORDINARY, shown_for=question))
    recipient = result.check(CheckName.RECIPIENT)
    if recipient.outcome is not Outcome.PASSED:
        why = recipient.sentence if recipient.outcome is Outcome.FAILED else _first_fault(result)
        raise AnswerRefused(f"the SD-JWT is not shown by its holder for this request: {why}")
    document = result.document or {}
    shown = Shown(SD_JWT_VC, document, vct=str(document.get("vct", "")))
    return _Judged(ShownBadge(SD_JWT_VC, given[: given.rindex("~") + 1], "", bound=True), shown)


def _first_fault(result: VerificationResult) -> str:
    bad = next((one for one in result.checks if one.outcome in (Outcome.FAILED, Outcome.INCOMPLETE)), None)
    return bad.sentence if bad is not None else result.sentence


def _holder(given: Mapping[str, Any] | str) -> str:
    """Whose proof the verifier has found right: the controller of the key that made it."""
    if isinstance(given, str):
        try:
            opened = envelope.presentation_jwt(given)
        except Unacceptable:  # it was read a moment ago
            return ""
        named = opened.credential.get("holder", opened.payload.get("iss"))
        said = named.get("id") if isinstance(named, Mapping) else named
        return str(said or (opened.kid or "").partition("#")[0])
    proof = given.get("proof")
    first = proof[0] if isinstance(proof, list) and proof else proof
    return str(first.get("verificationMethod", "")).partition("#")[0] if isinstance(first, Mapping) else ""


def _is_his(document: Mapping[str, Any], holder: str) -> bool:
    subject = document.get("credentialSubject")
    subjects = subject if isinstance(subject, list) else [subject]
    return bool(holder) and all(isinstance(one, Mapping) and one.get("id") == holder for one in subjects)


def _types(document: Mapping[str, Any]) -> tuple[str, ...]:
    types = document.get("type")
    return tuple(str(one) for one in (types if isinstance(types, list) else [types]))


def _inner(given: Mapping[str, Any] | str) -> str:
    """The credential as it was shown, where the verifier could not even read it."""
    content = envelope.presentation_jwt(given).credential if isinstance(given, str) else given
    held = content.get("verifiableCredential")
    first = held[0] if isinstance(held, list) else held
    return first if isinstance(first, str) else json.dumps(first, ensure_ascii=False)


FORMAT_WORDS = {LDP_VC: "W3C, JSON-LD", JWT_VC: "W3C, JWT", SD_JWT_VC: "SD-JWT VC"}
