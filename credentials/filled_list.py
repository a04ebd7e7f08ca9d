"""A status list credential as its form made it: what `credentials.prepared` lets pass without preparing it again."""

from __future__ import annotations

from dataclasses import dataclass

ONLY_FORMS = object()
"""For `credentials.list_form` alone."""


@dataclass(frozen=True, slots=True)
class FilledList:
    """A list credential without its proof: its exact JSON and its canonical N-Quads. Made by `ListForm.fill`."""

    json: bytes
    canonical: bytes
    contexts: tuple[str, ...]
    made_by: object

    def __post_init__(self) -> None:
        if self.made_by is not ONLY_FORMS:
            raise TypeError("a FilledList is made by credentials.list_form.ListForm")
