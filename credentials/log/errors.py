"""What is wrong with what somebody says of a log."""

from __future__ import annotations


class LogError(Exception):
    """Whatever a reader of a log finds wrong: the reason, as a sentence."""


class MalformedNote(LogError):  # noqa: N818
    """No signed note, no proof, or no key of one."""


class UntrustedNote(LogError):  # noqa: N818
    """A note that the key given did not sign."""


class NotLogged(LogError):  # noqa: N818
    """What is claimed to be in a log is not there, or is not what was there before."""
