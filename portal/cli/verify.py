"""`guildmark verify`: judge files, addresses and texts.

Its arguments are read by the verifier's own parser, and the installation is opened when a document asks for something
that must be looked up: nearly all the time of a short command goes into imports (docs/adr/0017-cold-start.md).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.home import DEFAULT_HOME, FILE_NAME, HOME_VARIABLE
from verifier.__main__ import coloured, judged, parser, verify_alone
from verifier.answers import NOT_CHECKED, answer_all

if TYPE_CHECKING:
    from portal.service import Service
    from verifier.fetcher import Fetched
    from verifier.presentation import PresentationResult
    from verifier.result import VerificationResult

PROGRAM = "guildmark verify"


def verify(arguments: Sequence[str]) -> int:
    """Verify credentials, in files, at addresses, or from standard input.

    The answers are printed. Exit status 0: all are valid; 1: one is not; 2: one could not be checked.
    """
    reader = parser(PROGRAM)
    home = os.environ.get(HOME_VARIABLE) or DEFAULT_HOME
    reader.add_argument(
        "--home", metavar="DIRECTORY", type=Path, default=Path(home), help="installation whose records count as well"
    )
    options = reader.parse_args(arguments)
    if options.offline or not (options.home / FILE_NAME).is_file():
        return verify_alone(options, PROGRAM)
    return _verify_within(options)


def _verify_within(options: argparse.Namespace) -> int:
    from verifier.time_budget import TimeBudget
    from verifier.web_address import MalformedAddress, parse_origin

    try:
        origins = tuple(map(parse_origin, options.allow_origin))
    except MalformedAddress as error:
        return _not_checked(str(error))
    with Records(options.home, origins) as records:

        def judge(document: bytes | str) -> VerificationResult | PresentationResult:
            length = timedelta(seconds=3 * options.timeout)
            return judged(document, TimeBudget(records, records, length=length, monotonic=time.monotonic), options)

        code = answer_all(options.files, judge, as_json=options.json, coloured=coloured())
    return code if records.obstacle is None else _not_checked(records.obstacle)


class Records:
    """What the installation publishes and may fetch: a fetcher and a resolver, opened when first asked.

    `obstacle` is a sentence about why it could not be opened, where that was tried; the documents that asked are then
    incomplete, like those whose issuer cannot be reached.
    """

    def __init__(self, home: Path, origins: tuple[str, ...]) -> None:
        self._home = home
        self._origins = origins
        self._open = ExitStack()
        self._service: Service | None = None
        self.obstacle: str | None = None

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """See `verifier.fetcher.Fetcher`."""
        from verifier.fetcher import FetchFailed

        service = self._opened()
        if service is None:
            raise FetchFailed(url, f"{url} was not asked, because the installation could not be opened")
        return service.documents.fetch(url, accept=accept, max_bytes=max_bytes)

    def resolve(self, identifier: str) -> dict[str, Any]:
        """See `verifier.resolve.Resolver`."""
        from verifier.resolve import Unresolved, resolve_offline

        if identifier.startswith(("did:key:", "did:jwk:")):
            return resolve_offline(identifier)
        service = self._opened()
        if service is None:
            raise Unresolved("the installation could not be opened")
        return service.resolver.resolve(identifier)

    def renew(self, identifier: str) -> bool:
        """See `verifier.resolve.Renews`."""
        from verifier.resolve import Renews

        service = self._opened()
        return service is not None and isinstance(service.resolver, Renews) and service.resolver.renew(identifier)

    def _opened(self) -> Service | None:
        if self._service is None and self.obstacle is None:
            from issuer.errors import IssuerError
            from keys.errors import KeysError
            from portal.cli.opening import NoInstallation, opened
            from portal.settings import SettingsRefused

            try:
                self._service = self._open.enter_context(opened(self._home, more_origins=self._origins))
            except (SettingsRefused, NoInstallation, IssuerError, KeysError) as error:
                self.obstacle = str(error)
        return self._service


def _not_checked(reason: str) -> int:
    sys.stderr.write(f"guildmark: {reason}\n")
    return NOT_CHECKED
