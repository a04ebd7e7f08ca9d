"""Step 6 for an SD-JWT VC: what the token that its issuer publishes says of it (Token Status List of the IETF).

As with other lists: what cannot be had or is out of date leaves it open, and what is not what it must be fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials import token_status_list
from credentials.problems import STATUS_RETRIEVAL_ERROR, STATUS_VERIFICATION_ERROR, Problem, Unacceptable
from credentials.proofs import compact_jws
from credentials.sentence import sentence, sentence_of
from verifier.checks.status import UNKNOWN_STATUS
from verifier.checks.status_lists import MAX_LIST_BYTES, StatusTrouble
from verifier.fetcher import FetchError
from verifier.inquiry import Inquiry
from verifier.issuer_metadata import published_by
from verifier.parties import shown
from verifier.proof_times import CLOCK_SKEW
from verifier.published_keys import NoSuchKey, key_named
from verifier.resolve import Unresolved
from verifier.result import REVOKED, SUSPENDED, Check, CheckName, Outcome

ACCEPT_TOKEN_LIST = "application/statuslist+jwt"  # noqa: S105  (a media type)
_PLACE = "/status"


def check_token_status(claims: Mapping[str, Any], inquiry: Inquiry) -> Check:
    """Passed if the list says that it is valid. Only ever asked about a token whose signature is right."""
    status = claims.get("status")
    if status is None:
        said = sentence("Its issuer set it up so that it cannot be revoked or suspended.")
        return Check(CheckName.STATUS, Outcome.SKIPPED, said)
    try:
        found = _found(status, claims["iss"], inquiry)
    except StatusTrouble as trouble:
        return _check(trouble.outcome, trouble.type, trouble.sentence)
    return _answer(found)


def _found(status: Mapping[str, Any], issuer: str, inquiry: Inquiry) -> int:
    """The status in the list that is named. Raises `StatusTrouble`."""
    index, uri = _named(status)
    listed = _fetched(uri, inquiry)
    try:
        _verify(listed, issuer, inquiry)
        found = _status(listed.payload, index, uri)
    except (Unacceptable, NoSuchKey) as refusal:
        if isinstance(refusal, NoSuchKey):
            inquiry.reach.missed_key(issuer)
        said = sentence("The status list at {url} cannot be believed: {why}", url=shown(uri), why=sentence_of(refusal))
        raise StatusTrouble(Outcome.FAILED, STATUS_VERIFICATION_ERROR, said) from None
    except Unresolved as error:
        said = sentence("Whether it was revoked could not be found out: {reason}.", reason=error.reason)
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said) from None
    if not _is_current(listed.payload, inquiry.now.timestamp()):
        said = sentence("The status list at {url} is out of date.", url=shown(uri))
        raise StatusTrouble(Outcome.INCOMPLETE, STATUS_VERIFICATION_ERROR, said)
    return found


def _named(status: Mapping[str, Any]) -> tuple[int, str]:
    entry = status.get("status_list")
    index, uri = (entry.get("idx"), entry.get("uri")) if isinstance(entry, Mapping) else (None, None)
    if isinstance(index, bool) or not isinstance(index, int) or index < 0 or not isinstance(uri, str):
        said = sentence("Whether it was revoked is written in a form that this verifier does not read.")
        raise StatusTrouble(Outcome.INCOMPLETE, UNKNOWN_STATUS, said)
    return index, uri


def _fetched(uri: str, inquiry: Inquiry) -> compact_jws.CompactJws:
    try:
        body = inquiry.reach.fetch(uri, accept=ACCEPT_TOKEN_LIST, max_bytes=MAX_LIST_BYTES).body
        return compact_jws.read(body.decode("ascii").strip(), types=(token_status_list.TYPE,), typed=True)
    except FetchError as error:
        said = sentence("Whether it was revoked could not be found out: {reason}.", reason=error.reason)
    except (Unacceptable, UnicodeDecodeError):
        said = sentence("Whether it was revoked could not be found out: {url} serves no status list.", url=shown(uri))
    raise StatusTrouble(Outcome.INCOMPLETE, STATUS_RETRIEVAL_ERROR, said)


def _verify(listed: compact_jws.CompactJws, issuer: str, inquiry: Inquiry) -> None:
    """Signed by the token's own issuer, as `require_issuer_signs_status` has it of other lists."""
    kid = listed.kid or ""
    method = kid if ":" in kid or kid.startswith("#") else f"{issuer}#{kid}"
    key = key_named(published_by(issuer, inquiry.reach), method)
    if key.withdrawn is not None and key.withdrawn <= inquiry.now:
        raise NoSuchKey(sentence("its issuer has withdrawn the key with which it is signed"))
    compact_jws.verify(listed, key.public_key)


def _status(payload: Mapping[str, Any], index: int, uri: str) -> int:
    if payload.get("sub") != uri:
        raise NoSuchKey(sentence("it says that it is another list"))
    listed = payload.get("status_list")
    return token_status_list.status_at(index, listed if isinstance(listed, Mapping) else {})


def _is_current(payload: Mapping[str, Any], instant: float) -> bool:
    made, ends = payload.get("iat"), payload.get("exp", instant + 1)
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (made, ends))
    return numbers and float(made or 0) <= instant + CLOCK_SKEW.total_seconds() and ends > instant


def _answer(status: int) -> Check:
    if status == token_status_list.VALID:
        said = sentence("Its issuer's list says that it has been neither revoked nor suspended.")
        return Check(CheckName.STATUS, Outcome.PASSED, said)
    if status == token_status_list.INVALID:
        return _check(Outcome.FAILED, REVOKED, sentence("The issuer revoked it."))
    if status == token_status_list.SUSPENDED:
        return _check(Outcome.FAILED, SUSPENDED, sentence("The issuer suspended it for the time being."))
    said = sentence("Its issuer's list gives it the status {status}, which only the issuer understands.", status=status)
    return _check(Outcome.INCOMPLETE, UNKNOWN_STATUS, said)


def _check(outcome: Outcome, type_: str, said: str) -> Check:
    return Check(CheckName.STATUS, outcome, said, (Problem(type_, "Status", said, _PLACE),))
