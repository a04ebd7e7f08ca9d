"""The verifier's network: what is asked of one (`Fetcher`), and the ones there are."""

from __future__ import annotations

from verifier.caching_fetcher import CachingFetcher
from verifier.fetcher import Fetched, Fetcher, FetchError, FetchFailed, FetchRefused, NoNetwork
from verifier.guarded_fetcher import GuardedFetcher

__all__ = [
    "CachingFetcher",
    "FetchError",
    "FetchFailed",
    "FetchRefused",
    "Fetched",
    "Fetcher",
    "GuardedFetcher",
    "NoNetwork",
]
