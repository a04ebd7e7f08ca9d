"""What is wrong with a document, in the words and type URIs of the standards.

A `Problem` is one finding (an RFC 9457 problem detail without the HTTP part); `Unacceptable` carries all the
findings of one step. Where VCDM 2.0, Data Integrity 1.0 or Bitstring Status List 1.0 name a problem type,
that URI is used; everything else is a `urn:guildmark:problem:` of our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_VCDM = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"
_OWN = "urn:guildmark:problem:"

# VCDM 2.0, section 7.2 "Problem Details"
PARSING_ERROR = _VCDM + "PARSING_ERROR"
CRYPTOGRAPHIC_SECURITY_ERROR = _VCDM + "CRYPTOGRAPHIC_SECURITY_ERROR"
MALFORMED_VALUE_ERROR = _VCDM + "MALFORMED_VALUE_ERROR"
RANGE_ERROR = _VCDM + "RANGE_ERROR"

# Data Integrity 1.0, section 4.7 "Processing Errors"
PROOF_GENERATION_ERROR = _SECURITY + "PROOF_GENERATION_ERROR"
PROOF_VERIFICATION_ERROR = _SECURITY + "PROOF_VERIFICATION_ERROR"
PROOF_TRANSFORMATION_ERROR = _SECURITY + "PROOF_TRANSFORMATION_ERROR"
INVALID_DOMAIN_ERROR = _SECURITY + "INVALID_DOMAIN_ERROR"
INVALID_CHALLENGE_ERROR = _SECURITY + "INVALID_CHALLENGE_ERROR"

# Bitstring Status List 1.0, section 3.5 "Processing Errors"
STATUS_RETRIEVAL_ERROR = _STATUS + "STATUS_RETRIEVAL_ERROR"
STATUS_VERIFICATION_ERROR = _STATUS + "STATUS_VERIFICATION_ERROR"
STATUS_LIST_LENGTH_ERROR = _STATUS + "STATUS_LIST_LENGTH_ERROR"


def own_type(name: str) -> str:
    """The type URI of a problem that no standard names."""
    return _OWN + name


UNKNOWN_CONTEXT = own_type("unknown-context")
UNSIGNED_TERM = own_type("unsigned-term")
TOO_COMPLEX = own_type("too-complex")
UNSUPPORTED_PROOF = own_type("unsupported-proof")
NOT_SIGNED = own_type("not-signed")
VERIFICATION_UNAVAILABLE = own_type("verification-unavailable")


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: type URI, a short title, a sentence for people, and the JSON Pointer of the place."""

    type: str
    title: str
    detail: str
    pointer: str = ""

    def as_dict(self) -> dict[str, str]:
        """The problem detail object of RFC 9457; `pointer` is left out when the whole document is meant."""
        members = {"type": self.type, "title": self.title, "detail": self.detail}
        if self.pointer:
            members["pointer"] = self.pointer
        return members


class Unacceptable(Exception):  # noqa: N818  (a verdict on a document, not an error of ours)
    """A document, proof or list was refused; `problems` says why and is never empty."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError("a refusal needs at least one problem")
        super().__init__("; ".join(problem.detail for problem in self.problems))


def refuse(type_: str, title: str, detail: str, pointer: str = "") -> Unacceptable:
    """An `Unacceptable` with a single problem, ready to raise."""
    return Unacceptable(Problem(type_, title, detail, pointer))


def pointer(*steps: str | int) -> str:
    """The JSON Pointer (RFC 6901) of a path of member names and array positions."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
