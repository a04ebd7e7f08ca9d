"""Why a launch is not taken. Without the libraries that it takes to find out."""

from __future__ import annotations


class LaunchRefused(Exception):  # noqa: N818  (a verdict)
    """The launch is none that the platform vouches for. `said` is a Sentence, for whoever stands there."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


class PlatformTrouble(Exception):  # noqa: N818
    """The platform cannot be reached, or does not answer as one. The message is for the log."""
