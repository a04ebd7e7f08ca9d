"""`guildmark serve` without the direct road: what every route costs where PyLD expands each document."""

from __future__ import annotations

import sys

from credentials.direct import road


def main() -> None:
    """The arguments are those of `guildmark serve`."""
    road.canonicalize = lambda *_, **__: None  # every document takes the slow road
    sys.argv = ["guildmark", "serve", *sys.argv[1:]]
    from portal.__main__ import main as guildmark

    guildmark()


if __name__ == "__main__":
    main()
