"""Why somebody cannot be let in. `str(error)` is for whoever stands at the door."""

from __future__ import annotations

from credentials.sentence import sentence
from issuer.errors import IssuerError


class NotLetIn(IssuerError):  # noqa: N818  (a verdict)
    """The root of them. `said` is a sentence that can be said in other languages."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


class Stranger(NotLetIn):
    """Whoever it is, he is not in the directory: it alone says who can sign in."""


class Departed(NotLetIn):
    """He was with the company, and is not any more."""


def departed() -> Departed:
    """For whoever left: what he earned stays his."""
    return Departed(
        sentence(
            "The directory says that you are not with the company any more. Your credentials stay valid as they are: "
            "their links go on showing them, and every file of them verifies as before."
        )
    )
