"""How often somebody may try, counted in the database so that all workers count together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, inspect
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from issuer.sign_in.tokens import hash_of
from issuer.store import Database
from issuer.tables import SignInRateRow


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` times in each stretch of time of this length; `name` keeps what is counted apart."""

    name: str
    most: int
    every: timedelta

    def begins(self, now: datetime) -> datetime:
        """When the stretch of time began in which `now` lies."""
        length = self.every.total_seconds()
        return datetime.fromtimestamp(now.timestamp() // length * length, tz=UTC)


def within(db: Database, rate: Rate, whom: str, *, now: datetime) -> bool:
    """Count one more try of `whom`, and say whether it is within the rate. Forgets stretches that are over."""
    return count(db, rate, whom, 1, now=now) <= rate.most


def count(db: Database, rate: Rate, whom: str, more: int, *, now: datetime) -> int:
    """Count so many more tries of `whom`; how many they are now in this stretch of time, by all processes.

    Exact over any number of processes: counting and reading are one statement.
    """
    with db.write() as session:
        session.execute(
            delete(SignInRateRow)
            .where(SignInRateRow.since < now - timedelta(days=1))
            .execution_options(synchronize_session=False)
        )
        table = cast(Table, inspect(SignInRateRow).local_table)
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        counted = (
            insert(table)
            .values(key=hash_of(f"{rate.name}:{whom}"), since=rate.begins(now), count=more)
            .on_conflict_do_update(index_elements=["key", "since"], set_={"count": table.c.count + more})
            .returning(table.c.count)
        )
        return int(session.execute(counted).scalar_one())
