"""Every error this room raises on purpose. `str(error)` is a sentence for people: what was wrong, where, what to do.

IssuerError
├── DatabaseError          DatabaseTooNew, DatabaseOutdated, DatabaseUnreachable
├── Unknown                UnknownIssuer, UnknownCredential, UnknownProgram, UnknownKey, UnknownProposal
├── AlreadyExists          an issuer, key or token of that name is there
├── Refused                input that is wrong; `.faults` lists every fault at once
│     ├── ProgramRefused   a program file (IssuerFileRefused: an issuer’s)
│     ├── AwardsRefused    awards: a CSV, or requests that do not fit their level
│     └── ProposalRefused  a proposal, or what was to be done with one
├── IdempotencyConflict    a key was used before for something else (ProposalConflict)
├── TransitionRefused      a change of status that the life of a credential does not allow (DecisionRefused: a
│                          step that the state of a proposal does not allow)
├── KeyTrouble             NoSigningKey (NoFittingKey), KeyDoesNotFit, KeyMismatch
├── OwnOutputMismatch      what was just signed does not verify: the batch stops
└── ListRefused            a status list that would say something no event recorded
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from credentials.sentence import Sentence, together


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: where it is, what is wrong there, and what would be right."""

    where: str
    what: str
    right: str = ""

    def within(self, origin: str) -> Fault:
        """The same fault, its place within `origin`; either may be empty."""
        return Fault(", ".join(part for part in (origin, self.where) if part), self.what, self.right)

    @property
    def said(self) -> Sentence:
        """What is wrong and what would be right, without the place, for a reader of any language."""
        return together(self.what, self.right, between="; ")

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}" if self.where else self.what
        return f"{sentence}; {self.right}" if self.right else sentence


class IssuerError(Exception):
    """The root of this room's errors."""


class DatabaseError(IssuerError):
    """The database cannot be used as it is."""


class DatabaseTooNew(DatabaseError):  # noqa: N818
    """The database was made by a newer version of Guildmark than this one."""


class DatabaseOutdated(DatabaseError):  # noqa: N818
    """The database is empty or of an older version: it must be upgraded first."""


class DatabaseUnreachable(DatabaseError):  # noqa: N818
    """The database cannot be opened, written or waited for now; or the URL names none."""


class Unknown(IssuerError):  # noqa: N818
    """Something was named that is not in the database."""


class UnknownIssuer(Unknown):
    """No issuer has that name."""


class UnknownCredential(Unknown):
    """No credential has that id."""


class UnknownProgram(Unknown):
    """No program or level has that name."""


class UnknownKey(Unknown):
    """No signing key has that fragment."""


class UnknownProposal(Unknown):
    """No proposal has that id."""


class AlreadyExists(IssuerError):  # noqa: N818
    """Something of that name is already there."""


class Refused(IssuerError):  # noqa: N818
    """Input was refused. `faults` holds every fault, `subject` names the input."""

    def __init__(self, subject: str, faults: Sequence[Fault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"{subject} has {count} fault{'' if count == 1 else 's'}:\n{lines}")


class ProgramRefused(Refused):
    """A program file has faults; nothing of it was published."""


class IssuerFileRefused(Refused):
    """The description of an issuer has faults; nothing was made."""


class AwardsRefused(Refused):
    """Awards have faults; none of them was issued."""


class ProposalRefused(Refused):
    """A proposal, or what was to be done with one, has faults; nothing was recorded."""


class IdempotencyConflict(IssuerError):  # noqa: N818
    """An idempotency key was used before for a different request; nothing was issued. `faults` names each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"Already issued with other content, so nothing was issued:\n{lines}")


class ProposalConflict(IdempotencyConflict):
    """An idempotency key was used before for a different proposal; nothing was recorded."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.args = ("Already proposed with other content: " + "; ".join(map(str, self.faults)),)


class TransitionRefused(IssuerError):  # noqa: N818
    """The credential's present state does not allow that change."""


class SecondPersonNeeded(TransitionRefused):
    """The organization's keys are changed by two people: ask for it, and have another admin allow it."""


class DecisionRefused(TransitionRefused):
    """The state of a proposal does not allow that step."""


class KeyTrouble(IssuerError):  # noqa: N818
    """A signing key is missing or unfit."""


class NoSigningKey(KeyTrouble):
    """The issuer has no active key for that use."""


class NoFittingKey(NoSigningKey):
    """The issuer signs, but has no key for the cryptosuite that was asked for."""


class KeyDoesNotFit(KeyTrouble):
    """A key of that type cannot be used so."""


class KeyMismatch(KeyTrouble):
    """The private key in the keyring is not the one whose public half is published."""


class OwnOutputMismatch(IssuerError):  # noqa: N818
    """A signature just made does not verify with the published key: nothing of the chunk is kept as issued."""


class ListRefused(IssuerError):  # noqa: N818
    """A status list would change in a way that no recorded event explains; it was not published."""
