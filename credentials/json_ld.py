"""PyLD as both roads to canonical form use it: JSON-LD 1.1, no base, contexts from us and never from the network."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from types import ModuleType
from typing import Any

from credentials.contexts import ContextLoader

_HTTP_CLIENTS = ("requests", "aiohttp")


def _pyld_alone() -> ModuleType:
    """PyLD without the HTTP client that it imports for a loader of its own.

    That loader must never be used here, and the client takes longer to import than everything else of PyLD.
    """
    before = {name: sys.modules.get(name) for name in _HTTP_CLIENTS}
    sys.modules.update(dict.fromkeys(_HTTP_CLIENTS))  # type: ignore[arg-type]  # None: importing it fails
    try:
        from pyld import jsonld as found
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return found  # type: ignore[no-any-return]


jsonld = _pyld_alone()

from pyld.context_resolver import ContextResolver  # noqa: E402  (PyLD is imported above, and alone)


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
