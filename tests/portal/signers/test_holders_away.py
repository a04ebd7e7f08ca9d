"""Whoever holds the keys goes away and comes back, a token and a Vault: what waits, what goes on, and who is told."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import pkcs11
import pytest
from pkcs11.util.ec import encode_named_curve_parameters
from sqlalchemy import func, select
from starlette.testclient import TestClient

from issuer.api_tokens import Role, create_token
from issuer.issuer_file import named
from issuer.jobs.bulk import list_bulks
from issuer.people.directory_import import Missing, import_directory
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import Use
from issuer.tables import BulkItemRow, CredentialRow
from keys.held_signer import Line
from keys.public_key import KeyType
from portal.app import create_app
from portal.installing import install
from portal.service import Service, open_service
from portal.settings import load_settings
from portal.worker import run_once
from tests.issuer.conftest import PROGRAM
from tests.journeys.command import run
from tests.portal.admin.conftest import ADA, browser_of
from tests.portal.conftest import BASE, NOW, Clock
from tests.portal.signers.holders import Holder, Transit
from tests.portal.signers.test_signers import MODULE, PIN, softhsm

pytestmark = [
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LONG = timedelta(minutes=1)
"""After which anybody asks again."""


@dataclass
class Away:
    """A holder with a key for each use, and how it goes away and comes back."""

    held: dict[Use, str]
    settings: dict[str, str]
    go: Callable[[], None]
    come_back: Callable[[], None]


def a_vault() -> Iterator[Away]:
    holder = Holder(Transit.answer)
    holder.make("badges", KeyType.ED25519)
    holder.make("tokens", KeyType.P256)
    held = {Use.DATA_INTEGRITY: "vault:transit/badges", Use.JWT: "vault:transit/tokens"}
    yield Away(
        held,
        {"vault_address": holder.origin, "vault_token": "good"},
        holder.go_away,
        holder.come_back,
    )
    holder.close()


def a_token(folder: Path) -> Iterator[Away]:
    tokens = folder / "tokens"
    tokens.mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        words = ["--init-token", "--free", "--label", "away", "--so-pin", "12345678", "--pin", PIN]
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
        library = pkcs11.lib(str(MODULE))
        library.reinitialize()
        with library.get_token(token_label="away").open(rw=True, user_pin=PIN) as session:
            parameters = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            for name in ("badges", "tokens"):
                session.create_domain_parameters(pkcs11.KeyType.EC, parameters, local=True).generate_keypair(
                    store=True, label=name, id=name.encode()
                )
        held = {
            Use.DATA_INTEGRITY: "pkcs11:token=away;object=badges;type=private",
            Use.JWT: "pkcs11:token=away;object=tokens;type=private",
        }
        gone = folder / "gone"

        def go() -> None:
            tokens.rename(gone)
            tokens.mkdir()
            library.reinitialize()

        def come_back() -> None:
            tokens.rmdir()
            gone.rename(tokens)
            library.reinitialize()

        yield Away(held, {"pkcs11_module": str(MODULE), "pkcs11_pin": PIN}, go, come_back)


@pytest.fixture(params=["vault", pytest.param("token", marks=softhsm)])
def away(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Away]:
    yield from a_vault() if request.param == "vault" else a_token(tmp_path)


@pytest.fixture
def house(away: Away, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(Line, "REST", 0.0)  # real seconds, in which nobody would ask again
    home = tmp_path / "home"
    install(
        home, named("Acme"), base_url=BASE, database_url=None, passphrase_file=None, actor="t", now=NOW,
        held=away.held, more=away.settings,
    )  # fmt: skip
    service = open_service(load_settings(home, {}), Clock(NOW))
    apply_program(service.database, issuer=None, definition=read_program(PROGRAM), actor="t", now=NOW)
    import_directory(
        service.database, f"email,name\n{ADA},Ada Admin\n".encode(), missing=Missing.KEEP, now=NOW, today=NOW.date(),
        randomness=Random(1).randbytes, actor="t",  # noqa: S311
    )  # fmt: skip
    yield service
    service.close()


def award(number: int) -> dict[str, Any]:
    return {"name": f"Ana {number}", "email": f"ana{number}@acme.example", "program": "cloud", "level": "associate",
            "awarded_on": "2026-11-01"}  # fmt: skip


def counted(service: Service) -> dict[str, int]:
    with service.database.read() as session:
        by_state = session.execute(select(CredentialRow.state, func.count()).group_by(CredentialRow.state)).all()
        items = session.execute(select(BulkItemRow.state, func.count()).group_by(BulkItemRow.state)).all()
    return {row[0]: row[1] for row in by_state} | {f"item {row[0]}": row[1] for row in items}


def look(service: Service, language: str = "en") -> str:
    browser = browser_of(service, ADA, Random(f"{service.clock()} {language}"))  # noqa: S311
    return unescape(browser.get("/admin", **{"Accept-Language": language}).text)


def test_signing_waits_everything_else_goes_on_and_nothing_is_lost(away: Away, house: Service) -> None:
    secret = create_token(
        house.database,
        issuer=None,
        name="t",
        role=Role.MANAGE,
        actor="t",
        now=NOW,
        randomness=Random(2).randbytes,  # noqa: S311
    ).secret
    client = TestClient(create_app(house), base_url=BASE, follow_redirects=False)
    bearer = {"Authorization": f"Bearer {secret}"}

    def issue(number: int, key: str) -> Any:
        headers = {**bearer, "Idempotency-Key": key}
        return client.post("/api/default/bulks", json={"kind": "issue", "awards": [award(number)]}, headers=headers)

    template = {"credential": {
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:1"},
    }}  # fmt: skip

    def issue_now() -> Any:
        return client.post("/vc-api/default/credentials/issue", json=template, headers=bearer)

    first = issue_now()
    assert first.status_code == 201, first.text
    badge = first.json()["verifiableCredential"]
    page = client.get("/issuer").status_code
    assert "does not answer" not in look(house)

    away.go()
    house.clock.now += LONG  # type: ignore[attr-defined]
    refused = issue_now()
    assert refused.status_code == 503, refused.text
    assert int(refused.headers["retry-after"]) >= 0
    assert "cannot sign at the moment" in refused.json()["detail"]
    assert "cannot be reached" not in refused.text, "where the keys are is nobody's business"

    assert [issue(number, f"k{number}").status_code for number in range(3)] == [202] * 3
    ran = run_once(house, ["bulk"], force=True)
    assert [one.error for one in ran] == [None]
    assert counted(house)["item waiting"] == 3
    assert not any(name.startswith("item failed") or name == "item done" for name in counted(house))
    assert all(bulk.fault for bulk in list_bulks(house.database)), "the page of the work says what keeps it"

    assert client.get("/issuer").status_code == page == 200
    assert client.get("/.well-known/did.json").status_code == 200
    assert client.get("/verify").status_code == 200
    judged = client.post("/vc-api/default/credentials/verify", json={"verifiableCredential": badge}, headers=bearer)
    assert judged.status_code == 200, judged.text
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert "Whoever holds the keys does not answer" in look(house)
    assert "Wer die Schlüssel hält, antwortet nicht" in look(house, "de")
    doctor = run("doctor", "--home", str(house.settings.home))
    assert doctor.code == 1
    assert "WRONG   keys that sign" in doctor.out, doctor.out

    away.come_back()
    house.clock.now += LONG  # type: ignore[attr-defined]
    assert issue_now().status_code == 201
    assert [one.error for one in run_once(house, ["bulk"], force=True)] == [None]
    house.clock.now += 60 * LONG  # type: ignore[attr-defined]  # what was refused half-way is nobody's any more
    assert [one.error for one in run_once(house, ["resume"], force=True)] == [None]
    found = counted(house)
    assert (found["item done"], found.get("item failed", 0), found.get("preparing", 0)) == (3, 0, 0), found
    assert "does not answer" not in look(house)
    doctor = run("doctor", "--home", str(house.settings.home))
    assert "ok      keys that sign" in doctor.out
    assert "ok      unfinished work" in doctor.out
