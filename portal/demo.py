"""The demonstration: a company, its program and two dozen people, from `examples/`, in a directory of its own.

Everything is done by the functions that the commands and the server use; only the data are made up.
"""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from issuer.awards import AwardRequest
from issuer.awards_csv import read_awards_csv
from issuer.catalogue import find_credential
from issuer.errors import AlreadyExists
from issuer.issue import IssuedCredential, IssueReport, ProgressReport, issue
from issuer.issuer_file import read_issuer
from issuer.issuers import Issuer
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from issuer.status import StatusChange, revoke, suspend
from keys.keyring import Keyring
from portal.export import export_credential
from portal.home import FILE_NAME
from portal.installing import install
from portal.service import Service, open_service
from portal.settings import load_settings
from verifier.result import Status, VerificationResult

_HOME = "home"
_CREDENTIALS = "credentials"
_MADE_IN_HOME = ("guildmark.", f".{FILE_NAME}", "key-encryption.key", "keys")
_VERIFIED_SUFFIXES = frozenset({".json", ".jwt", ".png", ".svg"})


def examples_directory() -> Path:
    """Where the example data lie: in the checkout, or in the installed package. Raises FileNotFoundError."""
    here = Path(__file__).resolve().parent
    for directory in (here.parent / "examples", here / "examples"):
        if (directory / "program.yaml").is_file():
            return directory
    raise FileNotFoundError(2, "the example data are not installed; run the demo from a checkout", "examples")


def clear(output: Path) -> None:
    """Remove what an earlier demo made. Raises AlreadyExists if the directory holds anything else."""
    if not output.exists():
        return
    strangers = [path.name for path in output.iterdir() if path.name not in (_HOME, _CREDENTIALS)]
    home = output / _HOME
    if home.is_dir():
        strangers += [f"{_HOME}/{path.name}" for path in home.iterdir() if not path.name.startswith(_MADE_IN_HOME)]
    if strangers:
        raise AlreadyExists(f"{output} holds {min(strangers)}, which no demo made; name another one with --output")
    shutil.rmtree(output)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification said of one credential, over all files that carry it."""

    id: UUID
    name: str
    level: str
    status: str
    why: str
    forms: tuple[str, ...]
    agreeing: int
    as_expected: bool


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
    requests: Sequence[AwardRequest] = ()
    report: IssueReport = field(default_factory=lambda: IssueReport(()))
    _expected: dict[UUID, Status] = field(default_factory=dict)
    _files: dict[UUID, tuple[Path, ...]] = field(default_factory=dict)

    @property
    def example(self) -> str:
        """The address of a credential that is valid, or of the first."""
        return next((one.url for one in self._untouched()), self.report.credentials[0].url)

    @property
    def awards(self) -> int:
        """How many awards the list of people holds."""
        return len(self.requests)

    def apply_program(self) -> tuple[str, ...]:
        """Publish the program and read the list of people; the names of the levels."""
        definition = read_program((self.examples / "program.yaml").read_bytes(), directory=self.examples)
        apply_program(
            self.service.database, issuer=self.issuer.slug, definition=definition, actor=self.actor, now=self.clock()
        )
        catalogue = load_catalogue(self.service.database, self.issuer.slug)
        people = (self.examples / "people.csv").read_bytes()
        self.requests = read_awards_csv(people, catalogue=catalogue, now=self.clock()).require()
        return tuple(level.name for level in catalogue.programs[definition.program].levels)

    def issue(self, progress: ProgressReport) -> IssueReport:
        """Issue the whole list; a second time issues nothing."""
        report = issue(
            self.service.database,
            self.keyring,
            issuer=self.issuer.slug,
            requests=self.requests,
            actor=self.actor,
            now=self.clock(),
            randomness=secrets.token_bytes,
            progress=progress,
        )
        self.report = self.report if self.report.credentials else report
        return report

    def export(self, one: IssuedCredential) -> int:
        """Write a credential's files; how many."""
        self._files[one.id] = export_credential(self.service, one.id, self.directory)
        return len(self._files[one.id])

    def revoke(self) -> str:
        """Revoke a credential; what was done, as a sentence."""
        one = self._first(lambda _: True)
        return self._change(revoke, one, Status.REVOKED, "The exam was taken by another person.")

    def suspend(self) -> str:
        """Suspend a credential whose level allows it; what was done, as a sentence."""
        one = self._first(self._can_be_suspended)
        reason = "An incident review of the candidate's change is open."
        return self._change(suspend, one, Status.SUSPENDED, reason)

    def _change(self, change: Callable[..., StatusChange], one: IssuedCredential, expected: Status, reason: str) -> str:
        done = change(
            self.service.database,
            self.keyring,
            credential_id=one.id,
            reason=reason,
            actor=self.actor,
            now=self.clock(),
        )
        self._expected[one.id] = expected
        return f"{one.name}'s {one.achievement_name} is {done.change}: {reason}"

    def verify(self, one: IssuedCredential) -> Verdict:
        """Verify every file of a credential and compare the answers with each other and with what was done."""
        files = [
            path for path in self._files[one.id] if path.suffix in _VERIFIED_SUFFIXES and not path.stem.endswith("-qr")
        ]
        results = [self.service.verify(path.read_bytes()) for path in files]
        first = results[0]
        expected = self._expected.get(one.id, self._by_the_clock(one))
        agreeing = sum(result.status is first.status for result in results)
        return Verdict(
            id=one.id,
            name=one.name,
            level=one.level,
            status=first.status.words,
            why=self._why(first, one),
            forms=tuple(path.suffix.lstrip(".") for path in files),
            agreeing=agreeing,
            as_expected=agreeing == len(results) and first.status is expected,
        )

    def summary(self, verdicts: Sequence[Verdict]) -> str:
        """The count of each status, and whether every answer is the one it should be."""
        counts = ", ".join(f"{count} {status}" for status, count in Counter(one.status for one in verdicts).items())
        wrong = [one.name for one in verdicts if not one.as_expected]
        end = "each as it should be." if not wrong else f"but not as it should be: {', '.join(wrong)}."
        return f"{len(verdicts)} credentials: {counts}; {end}"

    def _why(self, result: VerificationResult, one: IssuedCredential) -> str:
        """What decided, with the reason that the issuer's own records hold."""
        if result.verified:
            return f"until {one.valid_until:%Y-%m-%d}" if one.valid_until else "without end"
        view = find_credential(self.service.database, one.id)
        reason = view.events[-1].reason if view is not None and view.events else ""
        return f"{result.sentence} {reason}".rstrip()

    def _first(self, suits: Callable[[IssuedCredential], bool]) -> IssuedCredential:
        """The first credential that suits, a valid one if there is one."""
        candidates = [*self._untouched(), *(one for one in self.report.credentials if one.id not in self._expected)]
        return next(one for one in candidates if suits(one))

    def _untouched(self) -> Iterator[IssuedCredential]:
        for one in self.report.credentials:
            if one.id not in self._expected and self._by_the_clock(one) is Status.VALID:
                yield one

    def _can_be_suspended(self, one: IssuedCredential) -> bool:
        view = find_credential(self.service.database, one.id)
        return view is not None and any(entry.purpose == "suspension" for entry in view.entries)

    def _by_the_clock(self, one: IssuedCredential) -> Status:
        return Status.EXPIRED if one.valid_until is not None and self.clock() > one.valid_until else Status.VALID


@contextmanager
def begin(output: Path, examples: Path, *, base_url: str, actor: str, clock: Callable[[], datetime]) -> Iterator[Run]:
    """A new installation for the example's issuer, and a run in it."""
    definition = read_issuer((examples / "issuer.yaml").read_bytes(), directory=examples)
    home = output / _HOME
    installed = install(
        home, definition, base_url=base_url, database_url=None, passphrase_file=None, actor=actor, now=clock()
    )
    directory = output / _CREDENTIALS
    directory.mkdir()
    service = open_service(load_settings(home, {}), clock)
    try:
        assert service.keyring is not None  # noqa: S101  (the new installation has a secret)
        yield Run(service, service.keyring, installed.issuer, examples, directory, actor, clock)
    finally:
        service.close()
