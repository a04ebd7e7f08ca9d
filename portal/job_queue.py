"""huey, which wakes jobs: on SQLite in a file beside the database, on PostgreSQL in tables of its own within it.

The queue holds triggers and nothing else; what is to be done stands in the rows. A trigger that is lost costs a delay,
a trigger too many a glance at a lease. Triggers are JSON: huey's own way, pickle, would let whoever can write the
queue run what he likes here.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

from portal.service import Service

FILE_NAME = "jobs.db"
_NAME = "guildmark"
_ATTEMPTS = 5


class _Triggers(Serializer):  # type: ignore[misc]
    """A trigger is the name of a task, its own id, and plain values."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps([data.id, data.name, list(data.args)]).encode()

    def _deserialize(self, data: bytes) -> Message:
        identifier, name, args = json.loads(bytes(data))
        return Message(
            id=str(identifier),
            name=str(name),
            retries=0,
            retry_delay=0,
            retry_backoff=0,
            args=tuple(str(one) for one in args),
            kwargs={},
        )


class Workers(Consumer):  # type: ignore[misc]
    """huey's threads, without its signal handlers: whoever starts them stops them."""

    def _set_signal_handlers(self) -> None:
        pass


def open_queue(service: Service) -> Huey:
    """The queue of an installation; made if it is not there yet. Raises what its database raises."""
    if is_embedded(service):
        return SqliteHuey(
            _NAME, filename=str(service.settings.home / FILE_NAME), results=False, serializer=_Triggers(), timeout=30
        )
    url = service.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    for attempt in range(_ATTEMPTS):
        try:
            return PostgresHuey(_NAME, dsn=url, table_prefix="guildmark_huey", results=False, serializer=_Triggers())
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject):
            if attempt == _ATTEMPTS - 1:  # two workers make the tables at one moment: the loser finds them made
                raise
    raise AssertionError("unreachable")


def is_embedded(service: Service) -> bool:
    """Whether `serve` does the jobs itself: an SQLite database is one machine's."""
    return service.database.engine.dialect.name == "sqlite"


def task(huey: Huey, name: str, work: Any) -> Any:
    """Register what a trigger of that name does; the result, called with values, puts such a trigger in the queue."""
    return huey.task(name=name)(work)
