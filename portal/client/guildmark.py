"""A Guildmark server, as another program uses it every day."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote

import httpx2

from portal.client.connection import Connection, Patience
from portal.client.problems import NotDone
from portal.client.records import (
    Assignment,
    Award,
    Bulk,
    Credential,
    Evidence,
    Form,
    ItemOutcome,
    Proposal,
    Reported,
    Verdict,
)
from portal.client.signing import signed_headers

_PAGE: Final = 100
_LONGEST_PAUSE: Final = 5.0
_EVIDENCE: Final = ("rule", "url", "name", "sha256", "description")


class Guildmark:
    """One server and one of its issuers. Not for several threads at once; a context, or closed by `close`.

    Every call raises `Problem` for what the server does not do, and `Unreachable` if it does not answer. Calls that
    make something take a `key`: the same key again is answered with what was made first, so a call that was cut off
    can be repeated. Without one a random key holds for the tries of that one call.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        issuer: str = "default",
        patience: Patience | None = None,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """issuer: its short name. Raises ValueError unless the address is https, or on this machine."""
        self._asked = Connection(base_url, token, patience=patience or Patience(), transport=transport, sleep=sleep)
        self._issuer = quote(issuer, safe="")
        self._api = f"/api/{self._issuer}"

    def __enter__(self) -> Guildmark:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._asked.close()

    # --- credentials ---

    def issue(self, document: Mapping[str, Any], *, key: str | None = None, **options: Any) -> Any:
        """Sign, record and publish a credential that the caller wrote (VC API): an object, or a text for a JWT."""
        body = {"credential": document, **({"options": options} if options else {})}
        path = f"/vc-api/{self._issuer}/credentials/issue"
        return self._asked.json("POST", path, body=body, headers=_keyed(key))["verifiableCredential"]

    def award(self, awards: Iterable[Award], *, key: str | None = None) -> Bulk:
        """Have awards checked as a whole, and then issued in the background. Raises Problem with every fault."""
        return self._begin({"kind": "issue", "awards": [one.as_json() for one in awards]}, key)

    def revoke(self, credentials: Iterable[str], reason: str, *, key: str | None = None) -> Bulk:
        """Take them back for good; their holders read the reason. Needs a token that may manage, as what follows."""
        return self._change("revoke", credentials, reason, key)

    def suspend(self, credentials: Iterable[str], reason: str, *, key: str | None = None) -> Bulk:
        """Take them back for a time."""
        return self._change("suspend", credentials, reason, key)

    def reinstate(self, credentials: Iterable[str], reason: str, *, key: str | None = None) -> Bulk:
        """End their suspension."""
        return self._change("reinstate", credentials, reason, key)

    def reissue(self, credentials: Iterable[str], reason: str, *, key: str | None = None) -> Bulk:
        """Issue them anew, with what is known now."""
        return self._change("reissue", credentials, reason, key)

    def credentials(
        self,
        *,
        program: str | None = None,
        level: str | None = None,
        standing: str | None = None,
        search: str | None = None,
    ) -> Iterator[Credential]:
        """What was issued, newest first; asked for page by page while it is read.

        Words that are searched for go in the body: an address stands in logs.
        """
        wanted = {"program": program, "level": level, "standing": standing, "search": search, "limit": _PAGE}
        path = f"{self._api}/credentials" + ("/search" if search is not None else "")
        pages = self._pages(path, "credentials", wanted, by_body=search is not None)
        yield from map(Credential.read, pages)

    def form(self, credential: str, form: Form = "json") -> bytes:
        """A credential as it was signed: exact bytes."""
        return self._asked.ask("GET", f"/credentials/{quote(credential, safe='')}.{form}").content

    def verify(self, document: Mapping[str, Any] | str | bytes) -> Verdict:
        """Have a credential of any issuer verified: JSON, a JWT, an https address, or the bytes of a file."""
        if isinstance(document, bytes):
            return Verdict.read(self._asked.json("POST", "/api/verify", files={"file": ("badge", document)}))
        name = "text" if isinstance(document, str) else "credential"
        return Verdict.read(self._asked.json("POST", "/api/verify", body={name: document}))

    # --- work in the background ---

    def bulk(self, bulk: Bulk | str) -> Bulk:
        """How far it is now."""
        return Bulk.read(self._asked.json("GET", f"{self._api}/bulks/{_id(bulk)}"))

    def cancel(self, bulk: Bulk | str) -> Bulk:
        """Begin nothing more of it."""
        return Bulk.read(self._asked.json("POST", f"{self._api}/bulks/{_id(bulk)}/cancel"))

    def wait(self, bulk: Bulk | str, *, longest: timedelta = timedelta(minutes=10)) -> Bulk:
        """What it came to. Raises NotDone after `longest`; then it goes on all the same."""
        pause, waited = 0.25, 0.0
        while not (found := self.bulk(bulk)).ended:
            if waited >= longest.total_seconds():
                raise NotDone(f"{found.waiting} of {found.total} were still waiting after {waited:.0f} seconds")
            self._asked.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, _LONGEST_PAUSE)
        return found

    def outcomes(self, bulk: Bulk | str) -> Iterator[ItemOutcome]:
        """What became of each item, in the order in which they were sent."""
        path = f"{self._api}/bulks/{_id(bulk)}/outcomes"
        yield from map(ItemOutcome.read, self._pages(path, "outcomes", {"limit": _PAGE}))

    # --- proposals ---

    def propose(
        self,
        person: str,
        program: str,
        level: str,
        completed_on: date,
        *,
        results: Mapping[str, str] | None = None,
        evidence: Iterable[Evidence] = (),
        narrative: str | None = None,
        renews: str | None = None,
        assessors: Iterable[str] = (),
        key: str | None = None,
    ) -> Proposal:
        """Say that somebody earned a level. Without a key the same content again is the same proposal."""
        body = {
            "person": person,
            "program": program,
            "level": level,
            "completedOn": completed_on.isoformat(),
            "results": dict(results or {}),
            "evidence": [one.as_json(*_EVIDENCE) for one in evidence],
            "assessors": list(assessors),
            **({"narrative": narrative} if narrative is not None else {}),
            **({"renews": renews} if renews is not None else {}),
        }
        headers = {"Idempotency-Key": key} if key is not None else {}
        return Proposal.read(self._asked.json("POST", f"{self._api}/proposals", body=body, headers=headers))

    def proposal(self, proposal: Proposal | str, *, viewer: str | None = None) -> Proposal:
        """As it stands now; as the person `viewer` sees it, if one is named."""
        path = f"{self._api}/proposals/{_id(proposal)}"
        return Proposal.read(self._asked.json("GET", path, query={"viewer": viewer}))

    def assess(
        self,
        proposal: Proposal | str,
        assessor: str,
        *,
        results: Mapping[str, str] | None = None,
        passed: bool | None = None,
        remark: str | None = None,
    ) -> Proposal:
        """Record what an assessor found; the last one that is needed decides. The same again changes nothing."""
        body: dict[str, Any] = {"assessor": assessor, "results": dict(results or {})}
        body |= {name: value for name, value in (("passed", passed), ("remark", remark)) if value is not None}
        return self._step(proposal, "assessments", body)

    def decide(self, proposal: Proposal | str, *, approve: bool, reason: str | None = None) -> Proposal:
        """Decide as an officer; declining needs a reason. Needs a token that may manage."""
        body: dict[str, Any] = {"decision": "approve" if approve else "decline"}
        return self._step(proposal, "decision", body | ({"reason": reason} if reason is not None else {}))

    def appeal(self, proposal: Proposal | str, reason: str) -> Proposal:
        """Open the next round. It is not repeated where it might have been done."""
        return self._step(proposal, "appeal", {"reason": reason}, repeatable=False)

    # --- duties ---

    def assignments(self, *, program: str | None = None, ended: bool = False) -> Iterator[Assignment]:
        """What is assigned to whom; asked for page by page while it is read."""
        offset = 0
        while True:
            query = {"program": program, "ended": str(ended).lower(), "limit": _PAGE, "offset": offset}
            page = self._asked.json("GET", f"{self._api}/assignments", query=query)
            yield from map(Assignment.read, page["assignments"])
            if not page["more"]:
                return
            offset += len(page["assignments"])

    def assign(self, level: str, to: str | Mapping[str, str], *, required: str | None = None) -> Assignment:
        """Require a level until some day (“within 90 days of joining”), or suggest it. The same again changes nothing.

        level: program and level, like `cloud/associate`. to: `everyone`, or one of team, role, person.
        """
        rule = {"required": required} if required is not None else {"suggested": True}
        body = {"level": level, "to": to, **rule}
        return Assignment.read(self._asked.json("POST", f"{self._api}/assignments", body=body))

    def end_assignment(self, assignment: Assignment | int) -> Assignment:
        """What was earned because of it stays."""
        number = assignment.id if isinstance(assignment, Assignment) else assignment
        return Assignment.read(self._asked.json("POST", f"{self._api}/assignments/{number}/end"))

    # --- learning systems ---

    def report(
        self,
        system: str,
        secret: str,
        event: Mapping[str, Any],
        *,
        key: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> tuple[Reported, ...]:
        """Report what somebody learned, as a learning system with its secret (`whsec_…`); needs no token.

        event: one of Guildmark's own form, an xAPI statement, or a list of statements.
        """
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = signed_headers(secret, key or f"msg_{secrets.token_hex(16)}", clock(), body)
        path = f"{self._api}/learning/{quote(system, safe='')}"
        headers["Content-Type"] = "application/json"
        return tuple(map(Reported.read, self._asked.json("POST", path, content=body, headers=headers)["reports"]))

    def _begin(self, body: Mapping[str, Any], key: str | None) -> Bulk:
        return Bulk.read(self._asked.json("POST", f"{self._api}/bulks", body=body, headers=_keyed(key)))

    def _change(self, kind: str, credentials: Iterable[str], reason: str, key: str | None) -> Bulk:
        return self._begin({"kind": kind, "credentials": list(credentials), "reason": reason}, key)

    def _step(
        self, proposal: Proposal | str, step: str, body: Mapping[str, Any], *, repeatable: bool = True
    ) -> Proposal:
        path = f"{self._api}/proposals/{_id(proposal)}/{step}"
        return Proposal.read(self._asked.json("POST", path, body=body, repeatable=repeatable))

    def _pages(
        self, path: str, name: str, query: Mapping[str, Any], *, by_body: bool = False
    ) -> Iterator[Mapping[str, Any]]:
        after: Any = None
        while True:
            wanted = {**query, "after": after}
            page = (
                self._asked.json("POST", path, body=wanted) if by_body else self._asked.json("GET", path, query=wanted)
            )
            yield from page[name]
            after = page.get("next")
            if after is None:
                return


def _keyed(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key if key is not None else secrets.token_hex(16)}


def _id(thing: Bulk | Proposal | str) -> str:
    return quote(thing if isinstance(thing, str) else thing.id, safe="")
