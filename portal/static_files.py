"""The portal's own style sheets, scripts and pictures: read once, named by a hash, never anything else.

Scripts that are made of packages of others lie in `built`, where `make browser` puts them (docs/adr/0020): an
installation may do without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file and the hash of its bytes, which is part of its address."""

    name: str
    body: bytes
    media_type: str
    digest: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Every file of `portal/static` and of what is built, by its name."""
    found = {}
    own = files("portal").joinpath("static")
    built = own.joinpath("built")
    for entry in (*own.iterdir(), *(built.iterdir() if built.is_dir() else ())):
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in MEDIA_TYPES:
            body = entry.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:16]
            found[entry.name] = StaticFile(entry.name, body, MEDIA_TYPES[suffix], digest)
    return MappingProxyType(found)
