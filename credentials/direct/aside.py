"""The one way off the direct road."""

from __future__ import annotations


class Aside(Exception):  # noqa: N818  (a decision, not an error)
    """The direct road is not proven for this document; the slow road must speak. Nobody outside sees it."""
