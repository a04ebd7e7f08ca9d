"""The JSON-LD contexts that Guildmark knows, read as data and never fetched.

The documents come from installed distributions (this project carries no copy of them) and are compared with
their SHA-256 before use, so a changed or damaged package is noticed before anything is signed or verified.
A context that is not listed here is unknown, and what it would define is unknown with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from credentials.problems import UNKNOWN_CONTEXT, refuse
from credentials.sentence import sentence

ContextLoader = Callable[[str], Mapping[str, Any]]
"""Gives the context document behind a URL, as `load` does."""

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES_3_0_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_3_0_2 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
ED25519_2020_V1 = "https://w3id.org/security/suites/ed25519-2020/v1"

# The variant of context 3.0.3 that 1EdTech's validator bundles has these two terms more than the published file.
_TERMS_OF_THE_VALIDATOR = ("jti", "endorsementJwt")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a context document lies: distribution, file, and the digest its bytes must have."""

    distribution: str
    file: str
    sha256: str
    without: tuple[str, ...] = ()


_FOLDER = "openbadgeslib/ob3/contexts/"
_BUNDLED = "pyld/documentloader/frozen/bundled/"
_SOURCES: dict[str, _Source] = {
    CREDENTIALS_V2: _Source(
        "openbadgeslib",
        _FOLDER + "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    OPEN_BADGES_3_0_3: _Source(
        "openbadgeslib",
        _FOLDER + "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        without=_TERMS_OF_THE_VALIDATOR,
    ),
    OPEN_BADGES_3_0_2: _Source(
        "openbadgeslib",
        _FOLDER + "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
    ),
    OPEN_BADGES_EXTENSIONS: _Source(
        "openbadgeslib",
        _FOLDER + "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
    ),
    DATA_INTEGRITY_V2: _Source(
        "openbadgeslib",
        _FOLDER + "security-data-integrity-v2.json",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    ),
    MULTIKEY_V1: _Source(
        "openbadgeslib",
        _FOLDER + "security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
    ED25519_2020_V1: _Source(
        "pyld",
        _BUNDLED + "security-ed25519-2020-v1.jsonld",
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
    ),
}


class ContextDamaged(Exception):  # noqa: N818
    """An installed context document is missing or is not the one it should be; nothing may be signed with it."""


def known() -> frozenset[str]:
    """The URLs of all contexts that `load` has."""
    return frozenset(_SOURCES)


@cache
def load(url: str) -> Mapping[str, Any]:
    """The context document behind the URL, as published. Callers must not change it.

    Raises `Unacceptable` (unknown-context) for a URL that is not in the list, and `ContextDamaged` if the
    installed file is missing or has another digest.
    """
    source = _SOURCES.get(url)
    if source is None:
        raise refuse(
            UNKNOWN_CONTEXT,
            "Unknown context",
            sentence(
                "The document uses the context {url}, which is not among those this software knows, so "
                "what its terms mean cannot be determined.",
                url=url[:200],
            ),
            "/@context",
        )
    document = json.loads(_bytes(source))
    if source.without:
        terms = {name: value for name, value in document["@context"].items() if name not in source.without}
        document = {**document, "@context": terms}
    return document  # type: ignore[no-any-return]


def _bytes(source: _Source) -> bytes:
    package = find_spec(source.distribution)  # finds it without importing it
    if package is None or package.origin is None:
        raise ContextDamaged(
            f"the package {source.distribution}, which holds the context documents, is not installed; install it"
        )
    path = Path(package.origin).parents[1] / source.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ContextDamaged(f"the context document {path} cannot be read: {error}") from error
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise ContextDamaged(f"the context document {path} is not the expected one; reinstall {source.distribution}")
    return data
