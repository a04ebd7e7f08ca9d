"""A backup is made while processes are at work and killed; the installation goes on, and is lost; it is restored."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

from issuer.issue import issue
from tests.chaos.auditor.auditing import audit, bits_of
from tests.chaos.auditor.findings import Told
from tests.chaos.auditor.reading import hexed, reading
from tests.chaos.ground import Ground, request_of, somewhere
from tests.chaos.results import Result
from tests.chaos.serving import command
from tests.chaos.storm import storm

_AFTER = 50
Lists = dict[str, list[tuple[int, bytes]]]


class _Backup(threading.Thread):
    """`guildmark backup`, tried again if the database was killed meanwhile; what was acknowledged before it began."""

    def __init__(self, here: Ground) -> None:
        super().__init__()
        self._here = here
        self.told = Told()
        self.tries = 0
        self.words = ""

    @property
    def place(self) -> Path:
        """Where it is."""
        return self._here.desk / f"backup-{self.tries}"

    def run(self) -> None:
        """Until one was made; at most five."""
        while self.tries < 5:
            self.tries += 1
            self.told = self._here.told()
            self.told.awards = {one["award"]: one["id"] for one in self._here.notes("issued")}
            try:
                command(self._here, "backup", str(self.place))
            except RuntimeError as error:
                self.words = str(error)
                continue
            self.words = ""
            return


def restored(kills: int, *, postgres: bool) -> Result:
    """After `guildmark lists keep` and `restore`: no slot that was ever given is given again, and revoked stays so."""
    result = Result(f"backup while at work, then restored, {'PostgreSQL' if postgres else 'SQLite'}")
    with somewhere(postgres=postgres) as here:
        first = storm(here, kills=kills // 3, seconds=60, seed=3)
        backup = _Backup(here)
        backup.start()
        during = storm(here, kills=kills // 3, seconds=120, seed=4, going=backup.is_alive)
        backup.join()
        after = storm(here, kills=kills // 3, seconds=60, seed=5)
        result.kills = sum(one.kills.total() for one in (first, during, after))
        result.missed += [one for storm_ in (first, during, after) for one in storm_.strange]
        result.require(not backup.words, backup.words)
        if backup.words:
            return result
        command(here, "lists", "keep", str(here.desk / "kept"))
        given, lists = _given(here), _lists(here)
        new = _empty(here)
        command(new, "restore", str(backup.place), "--lists", str(here.desk / "kept"))
        _issue_more(new)
        fresh = _given(new, "WHERE a.idempotency_key LIKE '%after-%'")
        before, now = _set(lists), _set(_lists(new))
        result.acknowledged = len(backup.told.awards)
        result.more |= {
            "tries of backup": backup.tries,
            "slots given before": len(given),
            "afterwards": len(fresh),
            "given twice": len(given & fresh),
            "revoked before": len(before),
            "revoked that went back": len(before - now),
        }
        result.require(not given & fresh, "slots were given out twice")
        result.require(not before - now, "some went back from revoked")
        result.require(bool(before), "nothing was revoked")
        result.require(len(fresh) >= _AFTER, "nothing was issued afterwards")
        backup.told.lists = lists
        result.audited(audit(new.url, backup.told, at_rest=False, logged=False))
    return result


def _empty(here: Ground) -> Ground:
    """An empty place: nothing but what unseals the keys."""
    home = here.desk / "restored"
    home.mkdir(mode=0o700)
    shutil.copy2(here.home / "key-encryption.key", home)
    url = here.server.create("restored") if here.server is not None else f"sqlite:///{here.desk}/restored.db"
    return Ground(home, url, url, here.desk, here.port)


def _issue_more(new: Ground) -> None:
    service = new.service()
    assert service.keyring is not None
    issue(
        service.database,
        service.keyring,
        issuer=None,
        requests=[request_of(f"after-{number}") for number in range(_AFTER)],
        actor="t",
        now=service.clock(),
        randomness=os.urandom,
    )
    service.close()


def _given(here: Ground, where: str = "") -> set[tuple[str, int]]:
    """Lists and indexes of credentials."""
    statement = (
        "SELECT e.list_id, e.position FROM status_entries e JOIN credentials c ON c.id = e.credential_id "
        "JOIN awards a ON a.id = c.award_id "
    )
    with reading(here.url) as reader:
        return {(hexed(row[0]), row[1]) for row in reader.rows(statement + where)}


def _lists(here: Ground) -> Lists:
    """What is published of revocation lists."""
    statement = "SELECT id, edition, body FROM status_lists WHERE purpose = 'revocation' AND body IS NOT NULL"
    with reading(here.url) as reader:
        return {hexed(row[0]): [(row[1], bits_of(bytes(row[2])))] for row in reader.rows(statement)}


def _set(lists: Lists) -> set[tuple[str, int]]:
    return {
        (name, 8 * at + bit)
        for name, ((_, bits),) in lists.items()
        for at, one in enumerate(bits)
        if one
        for bit in range(8)
        if one >> (7 - bit) & 1
    }
