"""One run of the demonstration: the example company in a directory of its own, its history played, its badges verified.

Everything is done by the functions that the commands and the server use; only the data are made up.
"""

from __future__ import annotations

import csv
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from issuer.catalogue import Counts, CredentialRecord, Standing, count_credentials, find_credential, list_credentials
from issuer.errors import AlreadyExists
from issuer.issuer_file import read_issuer
from issuer.issuers import Issuer
from issuer.jobs.dependents import keep_dependents
from issuer.jobs.job import Parts
from issuer.jobs.recertify import recertify
from issuer.messages.bundling import bundle
from keys.keyring import Keyring
from portal import living
from portal.demo.history import History, Material, Progress, generate
from portal.export import export_credential
from portal.home import FILE_NAME
from portal.installing import install
from portal.service import Service, open_service
from portal.settings import load_settings
from verifier.result import VerificationResult

YEARS = timedelta(days=731)
_HOME = "home"
_CREDENTIALS = "credentials"
_COMPANY = "company"
_MADE_IN_HOME = ("guildmark.", f".{FILE_NAME}", "key-encryption.key", "keys", "jobs.", living.FOLDER)
"""By the demo, or by a server that was started on it."""
_VERIFIED_SUFFIXES = frozenset({".json", ".jwt", ".pdf", ".png", ".svg"})
_RECENT = timedelta(days=30)
_PAGE = 500
_FRIDAY = 4
_ZONE = "Europe/Copenhagen"  # where the company of `examples/` is


def examples_directory() -> Path:
    """Where the example data lie: in the checkout, or in the installed package. Raises FileNotFoundError."""
    portal = Path(__file__).resolve().parent.parent
    for directory in (portal.parent / "examples", portal / "examples"):
        if (directory / "program.yaml").is_file():
            return directory
    raise FileNotFoundError(2, "the example data are not installed; run the demo from a checkout", "examples")


def clear(output: Path) -> None:
    """Remove what an earlier demo made, and who served it. Raises AlreadyExists where anything else is held."""
    if not output.exists():
        return
    strangers = [path.name for path in output.iterdir() if path.name not in (_HOME, _CREDENTIALS, _COMPANY)]
    home = output / _HOME
    if home.is_dir():
        strangers += [f"{_HOME}/{path.name}" for path in home.iterdir() if not path.name.startswith(_MADE_IN_HOME)]
    if strangers:
        raise AlreadyExists(f"{output} holds {min(strangers)}, which no demo made; name another one with --output")
    shutil.rmtree(output)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification said of one credential, over all files that carry it, and whether the records agree."""

    id: UUID
    name: str
    level: str
    status: str
    why: str
    forms: tuple[str, ...]
    agreeing: int
    as_expected: bool


@dataclass(frozen=True, slots=True)
class Swept:
    """What the jobs did: who was told something, in how many messages, and what a lapse suspended."""

    suspended: int
    notices: int
    messages: int


@dataclass(slots=True)
class Run:
    """One run of the demonstration."""

    service: Service
    keyring: Keyring
    issuer: Issuer
    examples: Path
    directory: Path
    actor: str
    clock: Callable[[], datetime]
    chosen: tuple[CredentialRecord, ...] = ()
    _files: dict[UUID, tuple[Path, ...]] = field(default_factory=dict)

    def generate(self) -> Material:
        """Make up the company and its two years."""
        return generate(self.examples, self.directory.parent / _COMPANY, self.clock().date())

    def play(self, material: Material, progress: Progress) -> History:
        """Play the two years; what was done, and what the rules did not allow."""
        history = History(
            self.service.database, self.keyring, self.issuer.slug, self.examples, self.actor, self.clock()
        )
        history.play(material, progress)
        return history

    def sweep(self) -> Swept:
        """What the jobs of `guildmark serve` do: lapses of the two years; reminders and mails of the last thirty days.

        As if on the last weekday's noon, since nobody is written to at night or at the weekend.
        """
        now = self._last_noon()
        parts = Parts(self.service.database, self.keyring, self.clock, secrets.token_bytes, "demo")
        dependents = keep_dependents(parts, now, now - YEARS)
        told = recertify(parts, now, now - _RECENT)
        settings = self.service.settings
        page = settings.linkedin_organization
        mails = bundle(self.service.database, now=now, time_zone=settings.time_zone, linkedin=page)
        return Swept(dependents["suspended"], told["notices"], mails.messages)

    def _last_noon(self) -> datetime:
        noon = self.clock().replace(hour=11, minute=0, second=0, microsecond=0)  # in Copenhagen, Lisbon and Pune alike
        if noon > self.clock():
            noon -= timedelta(days=1)
        return noon - timedelta(days=max(0, noon.weekday() - _FRIDAY))

    def counts(self) -> Counts:
        """How many credentials there are of each standing."""
        return count_credentials(self.service.database, now=self.clock())

    def choose(self) -> tuple[CredentialRecord, ...]:
        """The credentials to take along: of everyone in people.csv the rarest, and one of every other standing."""
        with (self.examples / "people.csv").open(encoding="utf-8", newline="") as file:
            known = {row["name"] for row in csv.DictReader(file)}
        records = tuple(self._records())
        rarity = Counter(record.achievement_name for record in records)
        now = self.clock()
        found: dict[str, CredentialRecord] = {}
        for record in sorted(records, key=lambda one: rarity[one.achievement_name]):  # stable: of one level the newest
            if record.recipient_name in known:
                found.setdefault(str(record.recipient_name), record)
            else:
                found.setdefault(record.standing(now), record)
        self.chosen = tuple(sorted(found.values(), key=lambda one: (one.valid_from, one.id)))
        return self.chosen

    def export(self, one: CredentialRecord) -> int:
        """Write a credential's files; how many."""
        self._files[one.id] = export_credential(self.service, one.id, self.directory)
        return len(self._files[one.id])

    def verify(self, one: CredentialRecord) -> Verdict:
        """Verify every file of a credential and compare the answers with each other and with the records."""
        files = [
            path for path in self._files[one.id] if path.suffix in _VERIFIED_SUFFIXES and not path.stem.endswith("-qr")
        ]
        results = [self.service.verify(path.read_bytes()) for path in files]
        first = results[0]
        agreeing = sum(result.status is first.status for result in results)
        right = first.status.words == one.standing(self.clock()).value
        return Verdict(
            id=one.id,
            name=one.recipient_name or "",
            level=one.achievement_name or "",
            status=first.status.words,
            why=self._why(first, one),
            forms=tuple(path.suffix.lstrip(".") for path in files),
            agreeing=agreeing,
            as_expected=agreeing == len(results) and right,
        )

    def summary(self, verdicts: Sequence[Verdict]) -> str:
        """The count of each status, and whether every answer is the one it should be."""
        counts = ", ".join(f"{count} {status}" for status, count in Counter(one.status for one in verdicts).items())
        wrong = [one.name for one in verdicts if not one.as_expected]
        end = "each as the records say." if not wrong else f"but not as the records say: {', '.join(wrong)}."
        return f"{len(verdicts)} credentials: {counts}; {end}"

    def example(self) -> str:
        """The address of a chosen credential that is valid, or of the first."""
        now = self.clock()
        return next((one.url for one in self.chosen if one.standing(now) is Standing.VALID), self.chosen[0].url)

    def _records(self) -> Iterator[CredentialRecord]:
        cursor = None
        while True:
            page = list_credentials(self.service.database, now=self.clock(), after=cursor, limit=_PAGE)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def _why(self, result: VerificationResult, one: CredentialRecord) -> str:
        """What decided, with the reason that the issuer's own records hold."""
        if result.verified:
            return f"until {one.valid_until:%Y-%m-%d}" if one.valid_until else "without end"
        view = find_credential(self.service.database, one.id)
        reason = view.events[-1].reason if view is not None and view.events else ""
        return f"{result.sentence} {reason}".rstrip()


@contextmanager
def begin(output: Path, examples: Path, *, base_url: str, actor: str, clock: Callable[[], datetime]) -> Iterator[Run]:
    """A new installation for the example's issuer, made two years ago, and a run in it."""
    definition = read_issuer((examples / "issuer.yaml").read_bytes(), directory=examples)
    home = output / _HOME
    installed = install(
        home,
        definition,
        base_url=base_url,
        database_url=None,
        passphrase_file=None,
        actor=actor,
        now=clock() - YEARS,
        more={"time_zone": _ZONE},
    )
    directory = output / _CREDENTIALS
    directory.mkdir()
    service = open_service(load_settings(home, {}), clock)
    try:
        assert service.keyring is not None  # noqa: S101  (the new installation has a secret)
        yield Run(service, service.keyring, installed.issuer, examples, directory, actor, clock)
    finally:
        service.close()
