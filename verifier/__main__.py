"""`python -m verifier FILE…`: verify credentials without an issuer, a database or a web framework."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from verifier.answers import NOT_CHECKED, answer_all

if TYPE_CHECKING:
    from verifier.fetcher import Fetched, Fetcher
    from verifier.policy import Policy
    from verifier.presentation import PresentationResult
    from verifier.result import VerificationResult
    from verifier.time_budget import TimeBudget

_EPILOG = """\
FILE is a credential as JSON or JWT, a baked PNG or SVG, a PDF with it attached, a picture of its QR code, an https
address of one, a presentation of credentials (JSON, token or message), a directory of such files, or - for standard
input.
Exit status: 0 all are valid, 1 one is not valid, 2 one could not be checked (and none is invalid).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify every argument and print the answers; the exit status as in `--help`. Never raises for an input."""
    return verify_alone(parser("python -m verifier").parse_args(arguments), "python -m verifier")


def verify_alone(options: argparse.Namespace, program: str) -> int:
    """Do what the arguments say, with nothing but the network; `program` is how the command is called."""
    try:
        return _verify_all(options)
    except ModuleNotFoundError as missing:
        reason = (
            f"the package {missing.name} is not installed; install Guildmark's with “pip install guildmark”, or run "
            "this with the python of its environment"
        )
    except ValueError as error:
        reason = str(error)
    sys.stderr.write(f"{program}: {reason}\n")
    return NOT_CHECKED


def _verify_all(options: argparse.Namespace) -> int:
    """Raises ValueError for an origin that is none, or a time that is not positive."""
    from verifier.resolve import DidResolver
    from verifier.time_budget import TimeBudget

    fetcher = _fetcher(options)
    resolver = DidResolver(fetcher, allowed_origins=options.allow_origin)

    def judge(document: bytes | str) -> VerificationResult | PresentationResult:
        length = timedelta(seconds=3 * options.timeout)
        return judged(document, TimeBudget(fetcher, resolver, length=length, monotonic=time.monotonic), options)

    return answer_all(options.files, judge, as_json=options.json, coloured=coloured())


def judged(
    document: bytes | str, reach: TimeBudget, options: argparse.Namespace
) -> VerificationResult | PresentationResult:
    """The verdict on a credential, or on a presentation and on each credential in it."""
    from verifier.given import judge_given

    return judge_given(
        document,
        resolver=reach,
        fetcher=reach,
        policy=policy_of(options),
        now=datetime.now(UTC),
        challenge=options.challenge,
        domain=options.domain,
    )


def coloured() -> bool:
    """Whether somebody looks who wants colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def parser(program: str) -> argparse.ArgumentParser:
    """What can be asked of the verifier, for every command line that offers it."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Verify Open Badges 3.0 credentials.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="file or directory, https address, or - for standard input"
    )
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
    parser.add_argument(
        "--challenge",
        metavar="TEXT",
        help="a presentation must have been made for this question (with --domain, SD-JWT)",
    )
    parser.add_argument("--domain", metavar="NAME", help="a presentation must have been made for whoever is called so")
    parser.add_argument("--refresh", action="store_true", help="ask for the newest version, if it names a service")
    parser.add_argument(
        "--resources", action="store_true", help="also fetch the files and schemas it refers to, and compare them"
    )
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


class WhenAsked:
    """A fetcher that is made when the first address is asked for: most badges of a `did:key` never ask."""

    def __init__(self, make: Callable[[], Fetcher]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Fetcher:
        return self._make()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `Fetcher`."""
        try:
            made = self._made
        except ModuleNotFoundError as missing:
            from verifier.fetcher import FetchFailed

            raise FetchFailed(url, f"the package {missing.name}, which reaches the network, is missing") from missing
        return made.fetch(url, accept=accept, max_bytes=max_bytes)


def _fetcher(options: argparse.Namespace) -> Fetcher:
    """Raises ValueError for a time that is not positive."""
    from verifier.fetcher import NoNetwork

    if options.offline:
        return NoNetwork()
    if not 0 < options.timeout <= 600:
        raise ValueError("--timeout must be more than 0 and at most 600 seconds")
    return WhenAsked(lambda: network(options.allow_origin, seconds=options.timeout))


def network(origins: Sequence[str], *, seconds: float) -> Fetcher:
    """The web, and these origins beside it; each address has so long."""
    import httpcore2

    from verifier.guarded_fetcher import GuardedFetcher

    return GuardedFetcher(
        allowed_origins=origins,
        deadline=timedelta(seconds=seconds),
        tls=httpcore2.default_ssl_context(),
        monotonic=time.monotonic,
    )


def policy_of(options: argparse.Namespace) -> Policy:
    """What the arguments ask beyond the ordinary."""
    from verifier.policy import ORDINARY

    return replace(
        ORDINARY,
        recipient=(options.recipient_type, options.recipient) if options.recipient else None,
        trusted_issuers=frozenset(options.trust_issuer) if options.trust_issuer else None,
        refresh=options.refresh,
        fetch_resources=options.resources,
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
