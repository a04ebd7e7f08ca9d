"""What a sign-in at a provider takes and gives, and how it fails; without the libraries that it takes to do it."""

from __future__ import annotations

from dataclasses import dataclass


class ProviderTrouble(Exception):  # noqa: N818
    """The provider cannot be reached, or does not answer as one. The message is for the log."""


class SignInRefused(Exception):  # noqa: N818
    """This sign-in is not one that the provider vouches for. The message is for the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The secrets of one sign-in, which only the browser that began it brings back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for. `email` is there only if it is verified; `session` is the provider's own."""

    subject: str
    email: str | None
    groups: frozenset[str]
    session: str | None
    id_token: str

    def __repr__(self) -> str:
        return f"Vouched(subject={self.subject!r})"
