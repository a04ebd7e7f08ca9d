"""Engines of one process share what SQLAlchemy compiled: a test opens a database of its own, its statements are known.

Compiling is a quarter of the work of a test that issues something, and every engine would begin with nothing. The
cache's keys hold the dialect, so that is shared too; each database's own pool and connections stay its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import make_url


def sharing(create: Callable[..., Engine]) -> Callable[..., Engine]:
    """`create_engine` that gives each engine the dialect and the statements of the first one of its kind."""
    first: dict[str, Engine] = {}

    def create_engine(url: Any, **options: Any) -> Engine:
        engine = create(url, **options)
        known = first.setdefault(make_url(url).drivername, engine)
        if known is not engine:
            engine.dialect = engine.pool._dialect = known.dialect
            engine._compiled_cache = known._compiled_cache
        return engine

    return create_engine
