"""JSON-LD contexts as a credential lists them (VCDM 2.0, section 4.3). Their order is checked by `context_rules`."""

from __future__ import annotations

from typing import Any

from credentials.model.node import Some
from credentials.model.one_or_many import TextOrObject
from credentials.model.primitive_types import Uri

Contexts = Some[TextOrObject[Uri, dict[str, Any]]]
"""Context: URIs, or maps with local definitions."""
