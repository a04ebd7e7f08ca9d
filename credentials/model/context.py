"""JSON-LD contexts as a credential lists them (379, 380). Their order is checked by `context_rules` (11)."""

from __future__ import annotations

from typing import Any

from credentials.model.node import Some
from credentials.model.one_or_many import TextOrObject
from credentials.model.primitive_types import Uri

Contexts = Some[TextOrObject[Uri, dict[str, Any]]]
"""Context (379): URIs, or maps with local definitions."""
