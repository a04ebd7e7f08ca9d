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
    """`create_engine` that gives each engine the dialect and statements of one of its kind that connected before."""
    known: dict[str, Engine] = {}

    def create_engine(url: Any, **options: Any) -> Engine:
        engine = create(url, **options)
        kind = make_url(url).drivername
        if kind in known and hasattr(known[kind].dialect, "default_isolation_level"):  # it has met its database
            engine.dialect = engine.pool._dialect = known[kind].dialect
            engine._compiled_cache = known[kind]._compiled_cache
        else:
            known[kind] = engine
        return engine

    return create_engine
