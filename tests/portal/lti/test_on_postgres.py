"""The road of a grade, and what is good once, on PostgreSQL as on SQLite: the same stories (test_lti.py)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from issuer.issuers import create_issuer
from issuer.lti.grades import claim_next
from issuer.people.directory_import import Missing, import_directory
from issuer.signing_keys import create_initial_keys
from issuer.store import Database
from issuer.tables import LtiGradeRow
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.own_documents import OwnDocuments
from portal.service import Service, own_origin
from portal.settings import load_settings
from tests.issuer.conftest import postgres_copies, postgres_server
from tests.portal.admin.conftest import DIRECTORY, Desk, signed_in
from tests.portal.conftest import BASE, NOW, Clock
from tests.portal.lti.test_lti import (
    School,
    school,
    test_a_grade_that_is_passed_proposes_the_award_once,
    test_a_launch_is_taken_once_whatever_it_is_sent_with,
    test_the_teacher_puts_a_level_into_the_course,
    test_who_is_erased_leaves_nothing_behind,
)
from tests.postgres_copies import Copies
from tests.world import World
from verifier.resolve import DidResolver

__all__ = [
    "postgres_copies",
    "postgres_server",
    "school",
    "test_a_grade_that_is_passed_proposes_the_award_once",
    "test_a_launch_is_taken_once_whatever_it_is_sent_with",
    "test_the_teacher_puts_a_level_into_the_course",
    "test_who_is_erased_leaves_nothing_behind",
]
pytestmark = pytest.mark.postgres


@pytest.fixture
def desk(postgres_copies: Copies, tmp_path: Path) -> Iterator[Desk]:
    """A company without badges, and its admin."""
    random, clock = Random("postgres"), Clock(NOW)  # noqa: S311
    with postgres_copies.one() as url:
        environment = {
            "GUILDMARK_BASE_URL": BASE,
            "GUILDMARK_DATABASE_URL": url,
            "GUILDMARK_TIME_ZONE": "Europe/Copenhagen",
        }
        settings = load_settings(tmp_path, environment)
        db, keyring = Database(settings.database), Keyring(settings.keys, KeyEncryptionKey(b"k" * 32))
        create_issuer(db, slug="brightmoor", name="Brightmoor", base_url=BASE, url=BASE, actor="t", now=NOW)
        create_initial_keys(db, keyring, issuer=None, actor="t", now=NOW, randomness=random.randbytes)
        import_directory(
            db,
            DIRECTORY.encode(),
            missing=Missing.KEEP,
            now=NOW,
            today=NOW.date(),
            randomness=random.randbytes,
            actor="t",
        )
        own = OwnDocuments(db, keyring, clock, base_url=BASE, others=World(NOW).fetcher)
        resolver = DidResolver(own, allowed_origins=own_origin(BASE))
        service = Service(settings, db, keyring, clock, own, resolver)
        yield Desk(service, clock, signed_in(service), {})
        service.close()


def test_of_several_workers_one_asks_for_a_grade(school: School) -> None:
    school.launched()
    assert len(school.rows(LtiGradeRow)) == 1
    at_once, found = threading.Barrier(4), list[object]()

    def work() -> None:
        at_once.wait(timeout=20)
        found.append(claim_next(school.service.database, now=school.desk.clock()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=20)
    assert len([one for one in found if one is not None]) == 1
    assert len(found) == 4
