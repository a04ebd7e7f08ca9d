"""What is read out of an active context as PyLD makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from credentials.direct.aside import Aside

ActiveContext = Mapping[str, Any]

# Where any of these is set, values mean more than their term's own definition says.
_DEFAULTS = ("@vocab", "@base", "@language", "@direction")
_ALIASES = {"id": "@id", "type": "@type"}


def definition(context: ActiveContext, term: str) -> Mapping[str, Any]:
    """The term's definition; empty if it has none or is defined as nothing."""
    return cast("Mapping[str, Any]", context["mappings"].get(term) or {})


def prefixes(context: ActiveContext) -> frozenset[str]:
    """The terms that may begin a compact IRI."""
    return frozenset(term for term in context["mappings"] if definition(context, term).get("_prefix"))


def require_plain(context: ActiveContext) -> None:
    """Steps aside unless `id` and `type` are the keywords' only names here and values have no defaults."""
    aliases = {
        term: mapping["@id"]
        for term, mapping in context["mappings"].items()
        if mapping and str(mapping["@id"]).startswith("@")
    }
    if aliases != _ALIASES or any(name in context for name in _DEFAULTS):
        raise Aside
