"""PyLD as both roads to canonical form use it: JSON-LD 1.1, no base, contexts from us and never from the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from pyld.context_resolver import ContextResolver

ContextLoader = Callable[[str], Mapping[str, Any]]


def options(load: ContextLoader, cache: MutableMapping[Any, Any]) -> dict[str, Any]:
    """The options of an expansion or of a step of context processing; `cache` keeps contexts for one thread."""

    def load_document(url: str, _options: Any = None) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": load(url),
        }

    return {
        "base": None,
        "processingMode": "json-ld-1.1",
        "documentLoader": load_document,
        "contextResolver": ContextResolver(cache, load_document),
    }
