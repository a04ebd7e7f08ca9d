"""Clients under whose load things fail: they issue by keys of their own, read, verify, and note what they were told."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.chaos.serving import Answer, Client, Site

ISSUE = "/vc-api/default/credentials/issue"
VERIFY = "/vc-api/default/credentials/verify"
NO_ANSWER = (OSError, http.client.HTTPException)
_PAUSE = 0.3
"""Seconds until one who was refused asks again: much less than `Retry-After` says, for more to be refused."""


def document_of(key: str, name: str = "First aid") -> dict[str, Any]:
    """The credential that is asked for by that key: the same whenever it is."""
    return {
        "credential": {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": name,
            "validFrom": "2025-01-05T00:00:00Z",
            "credentialSubject": {
                "id": f"urn:uuid:{key}",
                "type": ["AchievementSubject"],
                "achievement": {
                    "id": "urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c02",
                    "type": ["Achievement"],
                    "name": "First aid",
                    "description": "Knows what to do.",
                    "criteria": {"narrative": "Took the course."},
                },
            },
        }
    }


def _what_is_wrong(verdict: dict[str, Any]) -> str:
    told = [f"{one['check']}: {one['sentence']}" for one in verdict["checks"] if one["outcome"] != "passed"]
    return f"{verdict['verdict']}; {'; '.join(told)}"


@dataclass
class Load:
    """What clients saw. `wrong`: answers that nobody may get, in words; the first of them.

    tolerates: connections may be lost (processes of the server are killed), and what was not answered is asked again.
    """

    site: Site
    tolerates: bool = False
    statuses: Counter[str] = field(default_factory=Counter)
    issued: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0
    slowest: float = 0.0
    last: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def issuing(self, number: int) -> None:
        """Until it is to end: a key, asked for until it is answered."""
        client = self.site.client(number)
        while not self.stop.is_set():
            key = str(uuid4())
            answer = self.insisted(client, "POST", ISSUE, document_of(key), key)
            if answer is None:
                continue
            if answer.status == 201:
                issued = answer.json["verifiableCredential"]
                identifier = issued["id"].rpartition("/")[2]
                self.site.here.note("issued", key=f"given:{key}", id=identifier, award=f"given:{key}")
                with self.lock:
                    self.issued.append((identifier, issued))
                    self.last = time.monotonic()
            else:
                self.complain(f"issue: {answer.status} {answer.body[:300]!r}")
        client.close()

    def reading(self, number: int) -> None:
        """Until it is to end: what strangers ask."""
        client, chance = self.site.client(number), random.Random(1)  # noqa: S311
        while not self.stop.is_set():
            time.sleep(0.02)
            if not self.issued:
                continue
            with self.lock:
                identifier, credential = chance.choice(self.issued[-50:])
            asked: tuple[str, str, object, set[int]] = chance.choice(
                (
                    ("GET", f"/credentials/{identifier}.json", None, {200}),
                    ("POST", VERIFY, {"verifiableCredential": credential}, {200, 400}),  # 400: it was revoked meanwhile
                    ("GET", "/.well-known/did.json", None, {200}),
                )
            )
            answer = self.insisted(client, asked[0], asked[1], asked[2])
            if answer is not None and answer.status not in asked[3]:
                self.complain(f"{asked[0]} {asked[1]}: {answer.status} {answer.body[:300]!r}")
            if answer is not None and answer.status == 400 and b"revo" not in answer.body:
                self.complain(f"verify: {_what_is_wrong(answer.json)}")
        client.close()

    def insisted(self, client: Client, method: str, path: str, body: object, key: str | None = None) -> Answer | None:
        """The answer that is no 503, however often it takes; None if it is over before."""
        while True:
            try:
                answer = client.ask(method, path, body, key)
            except NO_ANSWER as error:
                with self.lock:
                    self.unanswered += 1
                if not self.tolerates:
                    self.complain(f"{method} {path}: no answer ({type(error).__name__}: {error})")
                time.sleep(0.05)
            else:
                with self.lock:
                    self.statuses[f"{method} {answer.status}"] += 1
                    self.slowest = max(self.slowest, answer.seconds)
                if answer.status != 503:
                    return answer
                with self.lock:
                    self.refused += 1
                if not answer.headers.get("retry-after", "").isdecimal():
                    self.complain(f"{method} {path}: 503 without Retry-After {answer.body[:200]!r}")
                time.sleep(_PAUSE)
            if self.stop.is_set():
                return None

    def complain(self, words: str) -> None:
        """Note what nobody may see."""
        with self.lock:
            if len(self.wrong) < 20:
                self.wrong.append(words)

    @property
    def answers(self) -> int:
        """How many were given."""
        return self.statuses.total()


@contextmanager
def loading(site: Site, *, issuing: int = 3, reading: int = 1, tolerates: bool = False) -> Iterator[Load]:
    """Clients at work until the block ends."""
    load = Load(site, tolerates=tolerates)
    threads = [threading.Thread(target=load.issuing, args=(number,)) for number in range(issuing)]
    threads += [threading.Thread(target=load.reading, args=(number,)) for number in range(reading)]
    for one in threads:
        one.start()
    try:
        yield load
    finally:
        load.stop.set()
        for one in threads:
            one.join()
