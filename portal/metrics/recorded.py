"""The figures that stand in the database, the same whichever process is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import SQLAlchemyError

from issuer.errors import IssuerError
from issuer.figures import Figures, Waiting, figures
from issuer.store import Database

log = structlog.get_logger("guildmark.metrics")

KEPT: Final = 15.0
"""Seconds for which figures are given again: who asks every second does not count a million rows every second."""


class Recorded:
    """A collector for Prometheus' registry. A database that cannot be asked is told as `guildmark_database_up 0`."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: Figures | None = None
        self._read_at = 0.0

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked when the collector is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All of them, at most KEPT seconds old."""
        found = self._figures()
        yield _gauge("guildmark_database_up", "Whether the database answered.", float(found is not None))
        if found is not None:
            yield from _told(found)

    def _figures(self) -> Figures | None:
        with self._lock:
            if self._kept is not None and self._monotonic() < self._read_at + KEPT:
                return self._kept
            try:
                self._kept = figures(self._database, self._clock())
            except (IssuerError, SQLAlchemyError) as error:  # tables of another version are told as out of reach
                log.warning("no figures from the database", error=type(error).__name__)
                self._kept = None
            self._read_at = self._monotonic()
            return self._kept


def _told(found: Figures) -> Iterator[Metric]:
    yield _labelled("guildmark_credentials", "Credentials by state.", "state", found.credentials)
    yield _gauge("guildmark_credentials_revoked", "Credentials that are revoked.", found.revoked)
    yield _gauge("guildmark_credentials_suspended", "Credentials that are suspended.", found.suspended)
    yield _labelled(
        "guildmark_status_list_used_ratio", "Share of an open list’s places given out.", "purpose", found.given
    )
    yield from _queue(
        "guildmark_status_changes_unpublished", "Changes of status in no published list", found.unpublished
    )
    if found.lists_good_for is not None:
        yield _gauge(
            "guildmark_status_lists_good_for_seconds", "For how long every published list holds.", found.lists_good_for
        )
    yield from _queue("guildmark_bulks_waiting", "Bulks that are not done", found.bulks)
    yield _gauge("guildmark_bulk_items_waiting", "Items of bulks that are not done.", found.bulk_items)
    yield from _queue("guildmark_mails_waiting", "Mails to be sent", found.mails)
    yield _labelled("guildmark_mails_in_trouble", "Mails that somebody must look at.", "state", found.mails_in_trouble)
    yield from _queue("guildmark_webhook_deliveries_waiting", "Events to be told other systems", found.deliveries)
    yield _labelled("guildmark_job_age_seconds", "Since a job was last done.", "job", found.jobs)
    yield _gauge("guildmark_audit_events", "Events of the audit trail.", found.trail)
    if found.log is not None:
        yield _gauge("guildmark_log_entries", "Entries of the transparency log.", found.log)
        yield _gauge("guildmark_log_behind_events", "Events that the log has not looked at.", found.unlogged)


def _queue(name: str, what: str, found: Waiting) -> Iterator[Metric]:
    yield _gauge(name, f"{what}.", found.number)
    yield _gauge(f"{name}_oldest_seconds", f"{what}: for how long the oldest has been due.", found.seconds)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value)


def _labelled(name: str, what: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=(label,))
    for value, number in sorted(values.items()):
        family.add_metric((value,), number)
    return family
