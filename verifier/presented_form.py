"""What a presentation and an envelope must look like before anything in them is judged (VCDM 2.0, section 4.13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from credentials.contexts import CREDENTIALS_V2
from credentials.sentence import Sentence, sentence

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")


def fault_of_presentation(presentation: Mapping[str, Any]) -> Sentence | None:
    """What is wrong with its `id` or `holder`: each is a URL if it is there, and a holder may be an object with one."""
    if "id" in presentation and not _is_url(presentation["id"]):
        return sentence("The id of a presentation must be a URL.")
    if "holder" in presentation and not _is_url(holder_named(presentation)):
        return sentence("The holder of a presentation must be a URL, or an object whose id is one.")
    return None


def holder_named(presentation: Mapping[str, Any]) -> str:
    """Whom the presentation names as its holder; empty if nobody."""
    holder = presentation.get("holder")
    named = holder.get("id") if isinstance(holder, Mapping) else holder
    return named if isinstance(named, str) else ""


def defines_envelopes(value: Mapping[str, Any]) -> bool:
    """Whether the object's `@context` has the one that defines envelopes (sections 4.13.1 and 4.13.2)."""
    contexts = value.get("@context")
    return CREDENTIALS_V2 in (contexts if isinstance(contexts, list) else [contexts])


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value) is not None
