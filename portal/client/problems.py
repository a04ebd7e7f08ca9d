"""What can go wrong between a program and a Guildmark server, as exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent; `pointer` says where (JSON Pointer), empty if that is everywhere."""

    detail: str
    pointer: str = ""


class ClientError(Exception):
    """Every error of this package."""


class Unreachable(ClientError):  # noqa: N818  (said of the server)
    """No answer came, after all tries. What was asked may have been done: ask again with the same key."""


class NotDone(ClientError):  # noqa: N818  (said of the work)
    """Work in the background had not ended when the patience did. It goes on."""


class Problem(ClientError):  # noqa: N818  (RFC 9457's own word)
    """The server's answer to what it does not do (RFC 9457).

    `kind` is the last part of `type`, like `refused` or `not-found`; `members` is the whole document.
    """

    def __init__(self, status: int, members: Mapping[str, Any]) -> None:
        self.status = status
        self.members = dict(members)
        self.type = str(members.get("type") or "about:blank")
        self.title = str(members.get("title") or "")
        self.detail = str(members.get("detail") or "")
        self.instance = str(members.get("instance") or "")
        self.faults = tuple(_faults(members.get("errors")))
        super().__init__(self._said())

    @property
    def kind(self) -> str:
        """The name of the kind of problem in the server's documentation; empty where another server answered."""
        return self.type.partition("#problem-")[2]

    def _said(self) -> str:
        said = f"{self.status} {self.title}: {self.detail}"
        return said + "".join(f"\n- {one.pointer + ': ' if one.pointer else ''}{one.detail}" for one in self.faults)


class NotAllowed(Problem):
    """401 or 403: there is no token, or it may not do that."""


class NotFound(Problem):
    """404 or 410: there is no such thing, or not any more."""


class Conflict(Problem):
    """409: it contradicts what is recorded, or the key was used for something else."""


class Busy(Problem):
    """429 or 503, after all tries."""


_KINDS: Mapping[int, type[Problem]] = {
    401: NotAllowed, 403: NotAllowed, 404: NotFound, 410: NotFound, 409: Conflict, 429: Busy, 503: Busy,
}  # fmt: skip


def problem_of(status: int, members: Mapping[str, Any]) -> Problem:
    """The exception that an answer is."""
    return _KINDS.get(status, Problem)(status, members)


def _faults(given: Any) -> list[Fault]:
    entries = given if isinstance(given, list) else []
    return [
        Fault(str(one.get("detail", "")), str(one.get("pointer") or one.get("where") or ""))
        for one in entries
        if isinstance(one, dict)
    ]
