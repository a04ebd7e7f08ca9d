"""`guildmark`, and `python -m portal`: the command line.

What many people only look at or call in a loop is answered here, without typer, whose import alone takes a quarter of
a second: the list of commands, and `verify` (docs/adr/0017-cold-start.md). Everything else is in `portal.cli`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main() -> None:
    """Run the command line; every failure ends with a sentence on standard error and a status that is not zero."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("guildmark: stopped.\n")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output has gone; say nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def _run(arguments: Sequence[str]) -> int:
    if arguments in (["--help"], ["-h"]):
        from portal.cli.commands import overview

        sys.stdout.write(overview().encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
        return 0
    if arguments[:1] == ["verify"]:
        from portal.cli.verify import verify

        return verify(arguments[1:])
    from portal.cli.application import run

    return run()


if __name__ == "__main__":
    main()
