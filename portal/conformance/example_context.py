"""The context of the standards' examples, which test suites use and nobody else may.

It gives a meaning to every name there is (`@vocab`), so under it no misspelt or smuggled-in member is ever noticed: an
ordinary server does not know it. This module tells the contexts about it, for the life of a process.
"""

from __future__ import annotations

from credentials import contexts

EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
_TERMS = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}


def know_examples() -> None:
    """From now on this process accepts documents under the context of the examples of VCDM 2.0."""
    contexts.know_also(EXAMPLES_V2, _TERMS)
