"""Digests out of a payload, disclosed claims in (RFC 9901, section 7.1, step 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from credentials import strict_json
from credentials.bounds import too_complex
from credentials.problems import PROOF_VERIFICATION_ERROR, UNSUPPORTED_PROOF, Unacceptable, refuse
from credentials.proofs.sd_jwt.disclosures import ALGORITHM, DIGESTS, ITEM, Disclosure
from credentials.sentence import sentence


def reveal(payload: Mapping[str, Any], disclosures: Sequence[Disclosure]) -> dict[str, Any]:
    """The payload as if nothing but what is not disclosed had ever been concealed.

    Raises `Unacceptable`: unsupported-proof for another hash than SHA-256, PROOF_VERIFICATION_ERROR for a disclosure
    that belongs nowhere or in two places, a digest that occurs twice, or a claim that is there already; too-complex for
    what nests deeper than JSON may.
    """
    if payload.get("_sd_alg", ALGORITHM) != ALGORITHM:
        detail = sentence("The token conceals by {name}, not by SHA-256.", name=str(payload["_sd_alg"])[:40])
        raise refuse(UNSUPPORTED_PROOF, "Another hash", detail)
    by_digest = {disclosure.digest: disclosure for disclosure in disclosures}
    if len(by_digest) != len(disclosures):
        raise _refused(sentence("The token discloses a claim twice."))
    revealing = _Revealing(by_digest)
    made = revealing.object({name: value for name, value in payload.items() if name != "_sd_alg"})
    if by_digest.keys() - revealing.seen:
        raise _refused(sentence("The token discloses a claim that its issuer did not put into it."))
    return made


class _Revealing:
    def __init__(self, disclosures: Mapping[str, Disclosure]) -> None:
        self._disclosures = disclosures
        self._depth = 0
        self.seen: set[str] = set()

    def any(self, value: Any) -> Any:
        if not isinstance(value, dict | list):
            return value
        self._depth += 1  # each disclosure is shallow enough by itself, but one may lie in another
        if self._depth > strict_json.LIMITS.max_depth:
            raise too_complex()
        if isinstance(value, dict):
            made: Any = self.object(value)
        else:
            made = [item for one in value for item in self._item(one)]
        self._depth -= 1
        return made

    def object(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: self.any(value) for name, value in holder.items() if name != DIGESTS}
        if ITEM in holder:
            raise _refused(sentence("A digest of an array's item stands where there is no array."))
        digests = holder.get(DIGESTS, [])
        if not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
            raise _refused(sentence("The digests in the token are not written as they should be."))
        for digest in digests:
            disclosure = self._disclosed(digest)
            if disclosure is None:
                continue
            if disclosure.name is None or disclosure.name in made or disclosure.name in holder:
                raise _refused(sentence("The token discloses a claim that is there already, or in the wrong place."))
            made[disclosure.name] = self.any(disclosure.value)
        return made

    def _item(self, value: Any) -> list[Any]:
        if not isinstance(value, dict) or ITEM not in value:
            return [self.any(value)]
        if len(value) > 1 or not isinstance(value[ITEM], str):
            raise _refused(sentence("The digests in the token are not written as they should be."))
        disclosure = self._disclosed(value[ITEM])
        if disclosure is None:
            return []
        if disclosure.name is not None:
            raise _refused(sentence("The token discloses a claim that is there already, or in the wrong place."))
        return [self.any(disclosure.value)]

    def _disclosed(self, digest: str) -> Disclosure | None:
        if digest in self.seen:
            raise _refused(sentence("A digest occurs twice in the token."))
        self.seen.add(digest)
        return self._disclosures.get(digest)


def _refused(detail: str) -> Unacceptable:
    return refuse(PROOF_VERIFICATION_ERROR, "Disclosures do not fit", detail)
