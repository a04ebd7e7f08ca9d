"""One way in which a holder takes a credential along into a wallet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from credentials.sentence import Sentence
from issuer.credential_facts import CredentialFacts
from portal.service import Service

Method = Literal["get", "post"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way into a wallet: a name, a sentence about what happens, and a button.

    path: where the button leads, on this server. A `get` is a link; a `post` is a form with our token, for what makes
    something (an offer). outside: the button opens a page or a program of somebody else.
    """

    key: str
    name: str
    told: Sentence
    button: Sentence
    path: str
    method: Method = "get"
    outside: bool = False


WayOf = Callable[[Service, CredentialFacts], Way | None]
"""None where this server, or this credential, has no such way: then the button is absent."""
