"""What is left when everything of ours is taken away: the work that any Python on this machine must do, and no more.

A ratio to somebody else's software says how good ours is and how fast a machine runs JavaScript; a floor says how much
there is still to win. So it stands in the table beside the figures that it belongs to.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import nacl.bindings

from issuer import schema_version
from issuer.issue import CHUNK_SIZE
from issuer.store import Database

_MESSAGE = bytes(64)
_TIMES = 1_000


def signed_and_verified() -> float:
    """Seconds of processor time of one signature of libsodium's and its verification."""
    public, secret = nacl.bindings.crypto_sign_seed_keypair(bytes(range(32)))
    begun = time.process_time()
    for _ in range(_TIMES):
        nacl.bindings.crypto_sign_open(nacl.bindings.crypto_sign(_MESSAGE, secret), public)
    return (time.process_time() - begun) / _TIMES


def written_again(database: Path, rows_together: int = CHUNK_SIZE) -> float:
    """Seconds of processor time that SQLite takes to write the rows of a database into an empty one with its tables.

    By Python's own module, so many rows of each table in a transaction, with the database's settings, all at hand
    before; foreign keys are not looked at, and nothing is allocated first and filled in later: less than issuing needs.
    """
    with TemporaryDirectory(prefix="guildmark-bench-") as folder:
        empty = Path(folder) / "floor.db"
        made = Database(f"sqlite:///{empty}")
        schema_version.upgrade(made)
        made.close()
        with (
            closing(sqlite3.connect(database)) as source,
            closing(sqlite3.connect(empty, isolation_level=None)) as target,
        ):
            target.execute("PRAGMA synchronous=FULL")
            target.execute("PRAGMA foreign_keys=OFF")
            tables = [name for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {name: source.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}  # noqa: S608
            longest = max(len(those) for those in rows.values())
            target.execute("BEGIN")
            for name in tables:
                target.execute(f'DELETE FROM "{name}"')  # noqa: S608  (what a migration put in)
            target.execute("COMMIT")
            begun = time.process_time()
            for start in range(0, longest, rows_together):
                target.execute("BEGIN")
                for name, those in rows.items():
                    piece = those[start : start + rows_together]
                    if piece:
                        places = ", ".join("?" * len(piece[0]))
                        target.executemany(f'INSERT INTO "{name}" VALUES ({places})', piece)  # noqa: S608
                target.execute("COMMIT")
            return time.process_time() - begun
