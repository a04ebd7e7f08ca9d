"""The JSON-LD contexts that Guildmark knows, read as data and never fetched.

The documents come from installed distributions (this project carries no copy of them) and are compared with
their SHA-256 before use, so a changed or damaged package is noticed before anything is signed or verified.
One is in no distribution: its terms are written down in `credentials.terms_of_2021` (ADR 0002).
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
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
OPEN_BADGES_3_0_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_3_0_2 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
OPEN_BADGES_3_0_1 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
ED25519_2020_V1 = "https://w3id.org/security/suites/ed25519-2020/v1"
STATUS_LIST_2021_V1 = "https://w3id.org/vc/status-list/2021/v1"

# The variant of context 3.0.3 that 1EdTech's validator bundles has these two terms more than the published file.
TERMS_OF_THE_VALIDATOR = frozenset({"jti", "endorsementJwt"})


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a context document lies: distribution, file, and the digest its bytes must have."""

    distribution: str
    file: str
    sha256: str
    without: frozenset[str] = frozenset()


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
        without=TERMS_OF_THE_VALIDATOR,
    ),
    OPEN_BADGES_3_0_2: _Source(
        "openbadgeslib",
        _FOLDER + "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
    ),
    OPEN_BADGES_3_0_1: _Source(
        "openbadgeslib",
        _FOLDER + "ob-v3p0-context-3.0.1.json",
        "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
    ),
    CREDENTIALS_V1: _Source(
        "pyld",
        _BUNDLED + "credentials-v1.jsonld",
        "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
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


# Other files are equal as JSON, and not as bytes.
_OF_PUBLISHED_BYTES = frozenset({CREDENTIALS_V2, OPEN_BADGES_3_0_2, DATA_INTEGRITY_V2})


class ContextDamaged(Exception):  # noqa: N818
    """An installed context document is missing or is not the one it should be; nothing may be signed with it."""


WITH_PREFIXES = frozenset({CREDENTIALS_V1, OPEN_BADGES_3_0_1})
"""The known contexts that define prefixes: with them `sec:Foo` is one more way to write an IRI (a test compares)."""


_added: dict[str, Mapping[str, Any]] = {}


def know_also(url: str, document: Mapping[str, Any]) -> None:
    """Know one more context until this process ends: for the conformance server (ADR 0033), before it reads anything.

    It takes no known context's place.
    """
    if url not in _SOURCES and url != STATUS_LIST_2021_V1:
        _added[url] = document


def known() -> frozenset[str]:
    """The URLs of all contexts that `load` has."""
    return frozenset((*_SOURCES, STATUS_LIST_2021_V1, *_added))


@cache
def load(url: str) -> Mapping[str, Any]:
    """The context document behind the URL, as published. Callers must not change it.

    Raises `Unacceptable` (unknown-context) for a URL that is not in the list, and `ContextDamaged` if the
    installed file is missing or has another digest.
    """
    if url == STATUS_LIST_2021_V1:
        from credentials import terms_of_2021  # few badges need it

        return terms_of_2021.document()
    source = _SOURCES.get(url)
    if source is None and url in _added:
        return _added[url]
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
    document: dict[str, Any] = json.loads(_bytes(source))
    if source.without:
        terms = {name: value for name, value in document["@context"].items() if name not in source.without}
        document = {**document, "@context": terms}
    return document


def published_bytes(url: str) -> bytes | None:
    """The very bytes that are published at the URL, where the installed file has them; else None.

    Raises `ContextDamaged` as `load`.
    """
    return _bytes(_SOURCES[url]) if url in _OF_PUBLISHED_BYTES else None


@cache
def load_as_the_validator(url: str) -> Mapping[str, Any]:
    """The same, but context 3.0.3 as 1EdTech's validator has it: with the terms `endorsementJwt` and `jti`.

    Two files go by that name. Badges are signed with the published one; one that was signed with the other can only be
    verified with that (Open Badges 3.0, errata). Raises as `load`.
    """
    source = _SOURCES.get(url)
    return json.loads(_bytes(source)) if source is not None and source.without else load(url)


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
