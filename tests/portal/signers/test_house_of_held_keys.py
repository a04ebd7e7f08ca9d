"""An issuer whose keys are in Vault: issuing, a wrong key at start, and a Vault that is down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

from issuer import schema_version
from issuer.awards import AwardRequest
from issuer.errors import TransitionRefused
from issuer.issue import issue
from issuer.issuers import create_issuer
from issuer.key_check import check_keys
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import Use, create_initial_keys, list_keys, rotate
from issuer.store import Database
from keys.errors import HolderDown
from keys.public_key import KeyType
from portal.problems import problem_of
from tests.issuer.conftest import PROGRAM
from tests.portal.signers.holders import Holder, Transit
from tests.portal.signers.test_signers import vault

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELD = {Use.DATA_INTEGRITY: "vault:transit/badges", Use.JWT: "vault:transit/tokens"}


@pytest.fixture
def holder() -> Iterator[Holder]:
    made = Holder(Transit.answer)
    made.make("badges", KeyType.ED25519)
    made.make("tokens", KeyType.P256)
    yield made
    made.close()


def test_keys_in_vault_issue_and_are_checked_at_start(tmp_path: Path, holder: Holder) -> None:
    db, randomness = Database(f"sqlite:///{tmp_path}/g.db"), Random(1).randbytes  # noqa: S311
    schema_version.upgrade(db)
    create_issuer(db, slug="acme", name="Acme", base_url="https://acme.example", actor="t", now=NOW)
    keyring = vault(tmp_path, holder)
    create_initial_keys(db, keyring, issuer=None, actor="t", now=NOW, randomness=randomness, held=HELD)
    assert [key.key_uri for key in list_keys(db)] == [f"{uri}?version=1" for uri in HELD.values()]
    assert not (tmp_path / "keys").exists(), "no key is in a file"
    apply_program(db, issuer="acme", definition=read_program(PROGRAM), actor="t", now=NOW)
    asked = [
        AwardRequest(name=f"Ana {n}", email=f"a{n}@acme.example", program="cloud", level="associate",
                     awarded_on=date(2026, 11, 1), origin=f"row {n}")
        for n in range(12)
    ]  # fmt: skip
    holder.slow, holder.most_together = 0.02, 0
    made = issue(db, keyring, issuer=None, requests=asked, actor="t", now=NOW, randomness=randomness)
    assert len(made.new) == 12
    assert holder.most_together > 1, "signatures of a batch are asked for together"
    holder.slow = 0

    with pytest.raises(TransitionRefused, match="is held at vault:transit/badges"):
        rotate(db, keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="t", now=NOW, randomness=randomness)
    with pytest.raises(TransitionRefused, match="signs or signed already"):
        rotate(
            db, keyring, issuer=None, use=Use.DATA_INTEGRITY, held_at="vault:transit/badges", actor="t", now=NOW,
            randomness=randomness,
        )  # fmt: skip

    assert check_keys(db, vault(tmp_path, holder)) == (2, ())
    holder.says = 503, {"errors": ["Vault is sealed"]}
    _, down = check_keys(db, vault(tmp_path, holder))
    assert [(one.passing, "Vault is sealed" in one.why) for one in down] == [(True, True)] * 2
    holder.says = None
    holder.keys["badges"].clear()
    holder.make("badges", KeyType.ED25519)
    _, wrong = check_keys(db, vault(tmp_path, holder))
    assert [(one.passing, "is not the one that did:web:acme.example#" in one.why) for one in wrong] == [(False, True)]
    db.close()


def test_who_asks_while_a_holder_is_down_hears_when_to_ask_again() -> None:
    problem = problem_of(HolderDown("Vault did not answer.", retry_after=4))
    assert problem is not None
    assert (problem.kind.status, problem.headers) == (503, {"Retry-After": "4"})
    assert "Vault" not in problem.detail, "where the keys are is nobody's business"
