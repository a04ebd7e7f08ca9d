"""What is remembered, for how long, and how much of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import LIST_TTL, Issuer, World
from verifier.fetch import CachingFetcher, FetchFailed, FetchRefused
from verifier.time_to_live import time_to_live

MINUTE = timedelta(minutes=1)
URL = "https://acme.example/thing"


def cache(world: World, *, max_entries: int = 10, max_bytes: int = 100_000) -> CachingFetcher:
    """A cache before the world's wire, by the world's clock."""
    return CachingFetcher(
        world.fetcher,
        clock=lambda: world.now,
        ttl_of=time_to_live,
        longest=timedelta(hours=1),
        unsaid=2 * MINUTE,
        failures=timedelta(seconds=10),
        max_entries=max_entries,
        max_bytes=max_bytes,
    )


def ask(fetcher: CachingFetcher, url: str = URL, max_bytes: int = 100_000) -> bytes:
    """Fetch as the verifier does."""
    return fetcher.fetch(url, accept="application/json", max_bytes=max_bytes).body


@pytest.mark.parametrize(
    ("max_age", "kept"),
    [(None, 2 * MINUTE), (5 * MINUTE, 5 * MINUTE), (timedelta(days=30), timedelta(hours=1))],
)
def test_how_long_an_answer_is_kept(world: World, max_age: timedelta | None, kept: timedelta) -> None:
    fetcher = cache(world)
    world.fetcher.serve(URL, b"old", max_age=max_age)
    assert ask(fetcher) == b"old"
    world.fetcher.serve(URL, b"new", max_age=max_age)
    world.advance(kept - timedelta(seconds=1))
    assert ask(fetcher) == b"old"
    world.advance(timedelta(seconds=1))
    assert ask(fetcher) == b"new"


def test_what_may_not_be_kept_is_not(world: World) -> None:
    fetcher = cache(world)
    world.fetcher.serve(URL, b"x", max_age=timedelta(0))
    ask(fetcher)
    ask(fetcher)
    assert world.fetcher.requests == [URL, URL]


@pytest.mark.parametrize("as_jwt", [False, True])
def test_a_status_list_is_kept_for_its_ttl(world: World, acme: Issuer, as_jwt: bool) -> None:
    acme.issue()
    url = acme.list_url("revocation")
    acme.publish_list("revocation", as_jwt=as_jwt)
    fetcher = cache(world)
    before = ask(fetcher, url)
    world.advance(LIST_TTL - timedelta(seconds=1))
    acme.publish_list("revocation", as_jwt=as_jwt)
    assert ask(fetcher, url) == before
    world.advance(timedelta(seconds=1))
    assert ask(fetcher, url) != before


def test_the_shorter_of_ttl_and_max_age(world: World, acme: Issuer) -> None:
    acme.issue()
    url = acme.list_url("revocation")
    world.fetcher.serve(url, world.fetcher.sites[url].body, max_age=MINUTE)
    fetcher = cache(world)
    ask(fetcher, url)
    world.advance(MINUTE)
    ask(fetcher, url)
    assert world.fetcher.requests == [url, url]


def test_failures_are_kept_shortly_and_refusals_never(world: World) -> None:
    fetcher = cache(world)
    for _ in range(3):
        with pytest.raises(FetchFailed):
            ask(fetcher)
    assert world.fetcher.requests == [URL]
    world.fetcher.serve(URL, b"back")
    world.advance(timedelta(seconds=10))
    assert ask(fetcher) == b"back"
    world.fetcher.redirect("https://moved.example", "elsewhere")
    for _ in range(2):
        with pytest.raises(FetchRefused):
            ask(fetcher, "https://moved.example/")
    assert world.fetcher.requests[-2:] == ["https://moved.example/"] * 2


def test_bounded_in_number_and_bytes(world: World) -> None:
    fetcher = cache(world, max_entries=2, max_bytes=250)
    urls = [f"https://acme.example/{number}" for number in range(3)]
    for url in urls:
        world.fetcher.serve(url, b"x" * 100)
    ask(fetcher, urls[0])
    ask(fetcher, urls[1])
    ask(fetcher, urls[0])
    ask(fetcher, urls[2])
    world.fetcher.requests.clear()
    for url in (urls[0], urls[2], urls[1]):
        ask(fetcher, url)
    assert world.fetcher.requests == [urls[1]], "the least recently used one went"
    world.fetcher.serve(URL, b"x" * 251)
    ask(fetcher)
    ask(fetcher)
    assert world.fetcher.requests[-2:] == [URL, URL]


def test_a_smaller_limit_holds_for_what_is_remembered(world: World) -> None:
    fetcher = cache(world)
    world.fetcher.serve(URL, b"x" * 100)
    ask(fetcher)
    with pytest.raises(FetchFailed, match="more than the 99 bytes"):
        ask(fetcher, max_bytes=99)
