"""`guildmark`, and `python -m portal`: the command line."""

from __future__ import annotations

from portal.cli.application import main

if __name__ == "__main__":
    main()
