"""The counters of a process, as Prometheus reads them: names of routes, never paths, and of each label few values.

Several serving processes write into files of one directory (`PROMETHEUS_MULTIPROC_DIR`), of which the process that
started them makes one sum; what a process counted that has ended stays in it.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from portal.metrics.counting import Counting

REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
JOB_SECONDS: Final = (0.1, 1.0, 10.0, 60.0, 300.0, 1800.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counters(Counting):
    """Counts for the registry given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "guildmark_requests", "Requests that were answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "guildmark_request_seconds",
            "From a request’s arrival to the end of its answer.",
            ("route",),
            buckets=REQUEST_SECONDS,
            registry=registry,
        )
        self._verdicts = Counter(
            "guildmark_verifications", "Documents that were judged, by the verdict.", ("result",), registry=registry
        )
        self._errors = Counter(
            "guildmark_errors",
            "Requests that failed: database out of reach, signer does not sign, unforeseen.",
            ("kind",),
            registry=registry,
        )
        self._jobs = Counter("guildmark_job_runs", "Runs of jobs.", ("job", "outcome"), registry=registry)
        self._job_seconds = Histogram(
            "guildmark_job_seconds", "How long jobs took.", ("job",), buckets=JOB_SECONDS, registry=registry
        )
        for kind in ("database", "signer", "unforeseen"):
            self._errors.labels(kind)  # that there was none is a figure, too

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """See `Counting`."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def verdict(self, status: str) -> None:
        """See `Counting`."""
        self._verdicts.labels(status).inc()

    def error(self, kind: str) -> None:
        """See `Counting`."""
        self._errors.labels(kind).inc()

    def job(self, name: str, outcome: str, seconds: float) -> None:
        """See `Counting`."""
        self._jobs.labels(name, outcome).inc()
        self._job_seconds.labels(name).observe(seconds)
