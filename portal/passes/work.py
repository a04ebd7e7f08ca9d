"""The job: looks what changed on passes, and tells Apple's phones and Google. Any number of workers share the work."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from issuer.jobs.job import Parts, Report
from issuer.phone_passes import telling
from issuer.phone_passes.passes import pass_of
from issuer.phone_passes.telling import Telling
from portal.passes.google import GoogleTrouble, GoogleWallet, google_wallet
from portal.passes.identities import Unusable, apple_files, apple_identity
from portal.passes.push import BATCH, Pushed, push_all
from portal.service import Service
from portal.sign_in.wire import Wire
from wallet_export.errors import RenderingFailed

log = structlog.get_logger("guildmark.passes")

RUN = timedelta(minutes=2)
"""After so long nothing else is begun; a minute later there is another run."""


@dataclass(slots=True)
class Told:
    """How many were told, are gone, and could not be told now."""

    told: int = 0
    gone: int = 0
    failed: int = 0


def follow(
    service: Service,
    parts: Parts,
    *,
    keep: Callable[[], None],
    wire: Wire | None = None,
    trust: Callable[[], ssl.SSLContext] | None = None,
) -> Report:
    """One run. `keep` is called before each piece of work, and may raise to end it; wire, trust: see `push_all`."""
    changed = telling.collect(parts.database, now=parts.clock(), pause=keep)
    begun, told = time.monotonic(), Told()

    def goes_on() -> bool:
        keep()
        return time.monotonic() - begun < RUN.total_seconds()

    both: tuple[Callable[[], None], ...] = (
        lambda: _phones(service, parts, told, goes_on, trust),
        lambda: _google(service, parts, told, goes_on, wire),
    )
    for tell in both:
        try:
            tell()
        except Unusable as error:  # the other wallet's passes go on
            log.warning("passes cannot be kept up to date", reason=str(error))
    return {"changed": changed, "told": told.told, "gone": told.gone, "failed": told.failed}


def _phones(
    service: Service,
    parts: Parts,
    told: Told,
    goes_on: Callable[[], bool],
    trust: Callable[[], ssl.SSLContext] | None,
) -> None:
    identity = apple_identity(service.settings)
    if identity is None:
        return
    certificate, key = apple_files(service.settings)
    while goes_on():
        taken = telling.claim(parts.database, worker=parts.worker, now=parts.clock(), most=BATCH, google=False)
        if not taken:
            return
        outcomes = push_all(
            [one.push_token for one in taken],
            topic=identity.pass_type,
            certificate=certificate,
            key=key,
            allowed_origins=service.settings.allowed_origins,
            trust=trust() if trust is not None else None,
        )
        _note_all(parts, taken, list(outcomes), told)


def _note_all(parts: Parts, taken: Sequence[Telling], outcomes: Sequence[tuple[Pushed, str]], told: Told) -> None:
    for one, (outcome, fault) in zip(taken, outcomes, strict=True):
        if outcome is Pushed.TOLD:
            telling.done(parts.database, one, worker=parts.worker, now=parts.clock())
            told.told += 1
        elif outcome is Pushed.GONE:
            telling.gone(parts.database, one, worker=parts.worker)
            told.gone += 1
        else:
            telling.failed(parts.database, one, fault=fault, worker=parts.worker, now=parts.clock())
            told.failed += 1
    faults = sorted({fault for outcome, fault in outcomes if outcome is Pushed.FAILED})
    if faults:
        log.warning("phones could not be told", reasons=faults[:3])


def _google(service: Service, parts: Parts, told: Told, goes_on: Callable[[], bool], wire: Wire | None) -> None:
    wallet = google_wallet(service, wire)
    while wallet is not None and goes_on():
        taken = telling.claim(parts.database, worker=parts.worker, now=parts.clock(), most=1, google=True)
        if not taken:
            return
        try:
            stays = _tell_google(service, parts, wallet, taken[0])
        except (GoogleTrouble, RenderingFailed) as error:
            log.warning("Google could not be told of a pass", reason=str(error))
            telling.failed(parts.database, taken[0], fault=str(error), worker=parts.worker, now=parts.clock())
            told.failed += 1
        else:
            telling.done(parts.database, taken[0], worker=parts.worker, now=parts.clock(), forget_pass=not stays)
            told.told += 1


def _tell_google(service: Service, parts: Parts, wallet: GoogleWallet, one: Telling) -> bool:
    found = pass_of(parts.database, one.pass_id, kind="google", now=parts.clock()) if one.pass_id is not None else None
    return wallet.change(service, found) if found is not None else True
