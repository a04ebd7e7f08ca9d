"""`guildmark serve` with PyLD in the place of what replaced it: each document's canonical form is made by PyLD alone.

Everything else is the same: routes, layers, the memory of keys and status lists, and that one process does all of it;
nothing is handed to processes for slow documents, since that would cost the contender more than it must.
"""

from __future__ import annotations

import sys
from typing import Any

from credentials import canonical
from credentials.direct import road
from tests.bench.canonicalization import by_pyld
from verifier.known_shapes import KnownShapes


def main() -> None:
    """The arguments are those of `guildmark serve`."""
    road.walked = lambda *_, **__: None  # nothing takes the direct road
    KnownShapes.learn = lambda *_: None  # type: ignore[method-assign]  # nor is known by its bytes
    canonical.about_to_take_long = lambda: None  # type: ignore[attr-defined]
    canonical.canonicalize_slowly = _canonicalize
    sys.argv = ["guildmark", "serve", *sys.argv[1:]]
    from portal.__main__ import main as guildmark

    guildmark()


def _canonicalize(document: Any, **_: object) -> bytes:
    return by_pyld(dict(document)).encode()


if __name__ == "__main__":
    main()
