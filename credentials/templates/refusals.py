"""The two ways in which a template says no. Both mean: take the ordinary road."""

from __future__ import annotations


class NoTemplate(Exception):  # noqa: N818  (an answer, not an error)
    """Documents of this shape cannot be made by filling slots; `why` is a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Unfit(Exception):  # noqa: N818  (an answer, not an error)
    """These values could change the shape of the document, or make it one that must not be signed; `why` says how."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
