"""`python -m verifier FILE…`: verify credentials without an issuer, a database or a web framework."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from verifier.answers import NOT_CHECKED, answer_all

if TYPE_CHECKING:
    from verifier.fetch import Fetcher
    from verifier.policy import Policy
    from verifier.result import VerificationResult

_EPILOG = """\
FILE is a credential as JSON or JWT, a baked PNG or SVG, an https address of one, or - for standard input.
Exit status: 0 all are valid, 1 one is not valid, 2 one could not be checked (and none is invalid).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify every argument and print the answers; the exit status as in `--help`. Never raises for an input."""
    options = _parser().parse_args(arguments)
    try:
        return _verify_all(options)
    except ModuleNotFoundError as missing:
        sys.stderr.write(
            f"python -m verifier: the package {missing.name} is not installed; install Guildmark's with "
            "“pip install guildmark”, or run this with the python of its environment\n"
        )
        return NOT_CHECKED


def _verify_all(options: argparse.Namespace) -> int:
    try:
        fetcher = _fetcher(options)
        policy = _policy(options)
    except ValueError as error:
        sys.stderr.write(f"python -m verifier: {error}\n")
        return NOT_CHECKED
    from verifier.resolve import DidResolver
    from verifier.time_budget import TimeBudget
    from verifier.verify import verify

    def judge(document: bytes | str) -> VerificationResult:
        reach = TimeBudget(
            fetcher,
            DidResolver(fetcher, allowed_origins=options.allow_origin),
            length=timedelta(seconds=3 * options.timeout),
            monotonic=time.monotonic,
        )
        return verify(
            document,
            resolver=reach,
            fetcher=reach,
            policy=policy,
            now=datetime.now(UTC),
        )

    return answer_all(options.files, judge, as_json=options.json, coloured=_coloured())


def _coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m verifier",
        description="Verify Open Badges 3.0 credentials.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="file, https address, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--recipient", metavar="VALUE", help="it must have been given to this e-mail address")
    parser.add_argument(
        "--recipient-type", metavar="TYPE", default="emailAddress", help="what VALUE is, if no e-mail address"
    )
    parser.add_argument(
        "--trust-issuer",
        metavar="ID",
        action="append",
        help="say whether the issuer is one of these (can be repeated); others stay valid",
    )
    parser.add_argument("--refresh", action="store_true", help="ask for the newest version, if it names a service")
    parser.add_argument("--offline", action="store_true", help="use no network at all")
    parser.add_argument(
        "--allow-origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        help="also fetch from here, such as http://badges.internal:8080 (can be repeated)",
    )
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="for each address (default 10)")
    return parser


def _fetcher(options: argparse.Namespace) -> Fetcher:
    """Raises ValueError for an origin that is none, or a time that is not positive."""
    from verifier.fetcher import NoNetwork

    if options.offline:
        return NoNetwork()
    if not 0 < options.timeout <= 600:
        raise ValueError("--timeout must be more than 0 and at most 600 seconds")
    import httpcore2

    from verifier.guarded_fetcher import GuardedFetcher

    return GuardedFetcher(
        allowed_origins=options.allow_origin,
        deadline=timedelta(seconds=options.timeout),
        tls=httpcore2.default_ssl_context(),
        monotonic=time.monotonic,
    )


def _policy(options: argparse.Namespace) -> Policy:
    from verifier.policy import ORDINARY

    return replace(
        ORDINARY,
        recipient=(options.recipient_type, options.recipient) if options.recipient else None,
        trusted_issuers=frozenset(options.trust_issuer) if options.trust_issuer else None,
        refresh=options.refresh,
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output has gone; say nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(NOT_CHECKED)
