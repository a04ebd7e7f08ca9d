"""Everything a request needs, opened once: the only place where settings, database, keys, clock and network meet."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from issuer.issuers import Issuer, find_issuer
from issuer.store import Database
from keys.did import did_web
from keys.keyring import Keyring
from portal.certificates.turns import Turns
from portal.counted import Counted
from portal.holders import Holders
from portal.metrics.counting import SILENT, Counting
from portal.own_documents import OwnDocuments
from portal.settings import Settings
from portal.signers.opening import openers_of
from portal.verdicts import Verdicts
from portal.verifying.processes import Processes
from verifier.fetch import CachingFetcher, Fetcher, GuardedFetcher
from verifier.policy import ORDINARY, Policy
from verifier.presentation import Challenge, PresentationResult, verify_presentation
from verifier.resolve import DidResolver, Resolver
from verifier.result import VerificationResult
from verifier.time_budget import TimeBudget
from verifier.time_to_live import time_to_live
from verifier.verify import verify

FETCH_DEADLINE = timedelta(seconds=5)
PATIENCE = timedelta(seconds=15)  # for all fetches of one request together

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Service:
    """What the routes work with.

    keyring is None while the keys are locked: then this server shows and verifies, and refuses to sign.
    documents is what we publish ourselves, and the verifier's fetcher for the rest of the world.
    clock gives the present instant, aware. issuer is the slug of the issuer that `/` is about; None: the default.
    verdicts is what was found out about endorsements some minutes ago, counted what was counted then. processes is
    where documents are verified that take long. turns is where certificates are set. counting is who counts what
    happens here, for Prometheus.
    """

    settings: Settings
    database: Database
    keyring: Keyring | None
    clock: Clock
    documents: OwnDocuments
    resolver: Resolver
    issuer: str | None = None
    verdicts: Verdicts = field(default_factory=Verdicts)
    counted: Counted = field(default_factory=Counted)
    processes: Processes = field(default_factory=Processes)
    turns: Turns = field(default_factory=Turns)
    counting: Counting = SILENT
    holders: Holders = field(default_factory=Holders)

    @property
    def base_url(self) -> str:
        """The public address of this server, without a slash at the end."""
        return self.settings.base_url

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The http origins at which did:web is looked up: those that the operator allows, and our own."""
        return (*self.settings.allowed_origins, *own_origin(self.base_url))

    def is_own(self, issuer: str) -> bool:
        """Whether an issuer's id is one that this server publishes the keys of: the default issuer's, or another's."""
        own = did_web(self.base_url, ())
        return issuer == own or issuer.startswith(own + ":")

    def verify(self, document: bytes | str, *, policy: Policy = ORDINARY, zone: tzinfo = UTC) -> VerificationResult:
        """Judge a document now, as the strict rules say; its sentences tell the time of `zone`."""
        reach = self.reach()
        found = verify(document, resolver=reach, fetcher=reach, policy=policy, now=self.clock(), zone=zone)
        self.counting.verdict(found.status.value)
        return found

    def verify_all(self, documents: Sequence[bytes]) -> tuple[VerificationResult, ...]:
        """Judge several documents for one page: together they may take no longer than one."""
        reach, now = self.reach(), self.clock()
        return tuple(verify(one, resolver=reach, fetcher=reach, policy=ORDINARY, now=now) for one in documents)

    def verify_presentation(self, presentation: Mapping[str, Any], *, challenge: Challenge) -> PresentationResult:
        """Judge a presentation and what it holds, now. Raises NotAPresentation."""
        reach = self.reach()
        return verify_presentation(
            presentation,
            challenge=challenge,
            resolver=reach,
            fetcher=reach,
            policy=ORDINARY,
            now=self.clock(),
        )

    def reach(self) -> TimeBudget:
        """What one request may ask of others."""
        return TimeBudget(self.documents, self.resolver, length=PATIENCE, monotonic=time.monotonic)

    def default_issuer(self) -> Issuer:
        """The issuer that the start page is about. Raises UnknownIssuer before there is one."""
        return find_issuer(self.database, self.issuer)

    def close(self) -> None:
        """Give the database's connections back."""
        self.processes.close()
        self.turns.close()
        self.documents.close()
        self.database.close()


def open_service(settings: Settings, clock: Clock) -> Service:
    """The service of an installation. Connects to nothing yet: `/readyz` says whether all is there.

    Raises DatabaseUnreachable for a database URL of an unknown kind, KeysError if the secret that unseals the
    keys cannot be read.
    """
    database = Database(settings.database)
    unlock = settings.unlock()
    keyring = Keyring(settings.keys, unlock, openers=openers_of(settings)) if unlock is not None else None
    own = OwnDocuments(database, keyring, clock, base_url=settings.base_url, others=_network(settings, clock))
    return Service(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        documents=own,
        issuer=settings.issuer,
        resolver=DidResolver(own, allowed_origins=(*settings.allowed_origins, *own_origin(settings.base_url))),
    )


def _network(settings: Settings, clock: Clock) -> Fetcher:
    tls: ssl.SSLContext = httpcore2.default_ssl_context()
    guarded = GuardedFetcher(
        allowed_origins=settings.allowed_origins, deadline=FETCH_DEADLINE, tls=tls, monotonic=time.monotonic
    )
    return CachingFetcher(
        guarded,
        clock=clock,
        ttl_of=time_to_live,
        longest=timedelta(hours=1),
        unsaid=timedelta(minutes=5),
        failures=timedelta(seconds=30),
        max_entries=512,
        max_bytes=64 * 1024 * 1024,
    )


def own_origin(base_url: str) -> tuple[str, ...]:
    """Our own origin if it is http (a server at home): its did:web is then read from our own records."""
    parts = urlsplit(base_url)
    return (f"{parts.scheme}://{parts.netloc}",) if parts.scheme == "http" else ()
