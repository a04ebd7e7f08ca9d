"""The admin keeps the house: trail, keys, tokens, jobs, messages; and German says all of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from issuer.api_tokens import authenticate
from issuer.audit import head
from issuer.messages.bundling import bundle
from issuer.messages.catalogue import list_messages
from issuer.reports.attention import attention
from issuer.signing_keys import KeyState, list_keys
from issuer.tables import AuditEventRow, MessageRow
from portal.worker import all_jobs, run_once
from tests.portal.admin.conftest import ADA, Desk
from tests.portal.admin.test_awards import FACTS

PAGES = ["", "/credentials", "/award", "/award/list", "/people", "/people/import", "/jobs", "/messages", "/keys",
         "/tokens", "/webhooks", "/audit"]  # fmt: skip


def test_every_page_speaks_german(desk: Desk) -> None:
    for page in PAGES:
        shown = desk.look("/admin" + page, language="de")
        assert '<html lang="de">' in shown
        assert "Übersicht" in shown


def test_the_trail_is_searched_and_verified(desk: Desk) -> None:
    page = desk.look("/admin/audit")
    assert "directory imported" in page
    assert "credential revoked" not in desk.search("/admin/audit", action="issued")
    one = desk.ids["revoked"]
    assert "credential revoked" in desk.search("/admin/audit", subject=one)
    assert "Nothing is found" in desk.search("/admin/audit", actor=ADA)
    assert "Nothing is found" in desk.look("/admin/audit?until=2020-01-01")
    assert "is no date" in desk.look("/admin/audit?since=today", status=422)
    whole = desk.send("/admin/audit/verify", 200)
    assert f"{head(desk.db).sequence}:{head(desk.db).hash}" in whole
    with desk.db.write() as session:
        session.execute(update(AuditEventRow).where(AuditEventRow.sequence == 3).values(actor="nobody"))
    assert "The trail was touched" in desk.send("/admin/audit/verify", 200)


def test_a_key_is_replaced_and_the_old_one_called_compromised(desk: Desk) -> None:
    desk.look("/admin/keys")
    assert "Tick that you have read" in desk.send("/admin/keys/rotate", 422, use="jwt")
    desk.look(desk.send("/admin/keys/rotate", use="jwt", sure="yes"))
    (old,) = (key for key in list_keys(desk.db) if key.state is KeyState.RETIRED)
    refused = desk.send("/admin/keys/compromised", 422, fragment=old.fragment)
    assert "Say what happened" in refused
    desk.look("/admin/keys/signed?key=none", status=404)
    desk.look(f"/admin/keys/signed?key={old.fragment}")
    sent = {"fragment": old.fragment, "reason": "a laptop was stolen", "sure": "yes"}
    assert "0 of" in desk.look(desk.send("/admin/keys/compromised", **sent)), "a bulk signs anew"
    active = next(key for key in list_keys(desk.db) if key.state is KeyState.ACTIVE)
    desk.send("/admin/keys/compromised", **{**sent, "fragment": active.fragment})
    assert [key.state for key in list_keys(desk.db)].count(KeyState.ACTIVE) == 2, "another took its place"


def test_a_key_beside_the_main_one_is_added_replaced_and_retired(desk: Desk) -> None:
    def further() -> list[tuple[str, str, str]]:
        return [(key.type, key.state, key.fragment) for key in list_keys(desk.db) if key.further]

    desk.look("/admin/keys")
    assert "Choose the type" in desk.send("/admin/keys/add", 422, type="RSA")
    assert "signs from now on where a program asks for it" in desk.look(desk.send("/admin/keys/add", type="P-256"))
    assert "there is a further key" in desk.send("/admin/keys/add", 422, type="P-256")
    assert [one[:2] for one in further()] == [("P-256", "active")]
    sent = {"use": "data-integrity", "further": "P-256"}
    assert "Tick that you have read" in desk.send("/admin/keys/rotate", 422, **sent)
    desk.look(desk.send("/admin/keys/rotate", **sent, sure="yes"))
    assert [one[:2] for one in further()] == [("P-256", "retired"), ("P-256", "active")]
    fragment = further()[1][2]
    assert "Tick that you have read" in desk.send("/admin/keys/retire", 422, fragment=fragment)
    assert "signs nothing more" in desk.look(desk.send("/admin/keys/retire", fragment=fragment, sure="yes"))
    assert {one[1] for one in further()} == {"retired"}
    assert "does not sign any more" in desk.send("/admin/keys/retire", 422, fragment=fragment, sure="yes")


def test_a_token_is_shown_once_and_revoked(desk: Desk) -> None:
    desk.look("/admin/tokens")
    sent = {"name": "moodle", "role": "issue", "days": "90"}
    page = desk.send("/admin/tokens", 200, **sent)
    secret = page.partition('class="secret" id="secret" dir="ltr">')[2].partition("<")[0]
    token = authenticate(desk.db, secret, desk.clock())
    assert token is not None
    assert token.expires_at == desk.clock() + timedelta(days=90)
    assert secret not in desk.look("/admin/tokens")
    assert "name already" in desk.send("/admin/tokens", 422, **sent)
    assert "Say what or whom" in desk.send("/admin/tokens", 422, name="", role="issue", days="90")
    desk.look(desk.send("/admin/tokens/revoke", name="moodle"))
    assert authenticate(desk.db, secret, desk.clock()) is None
    desk.send("/admin/tokens/revoke", 404, name="nobody")


def test_messages_are_listed_read_and_sent_again(desk: Desk) -> None:
    desk.look("/admin/award")
    desk.send("/admin/award", **FACTS)
    bundle(desk.db, now=desk.clock() + timedelta(days=1), time_zone="Europe/Copenhagen")
    one = list_messages(desk.db)[0]
    assert one.subject in desk.look("/admin/messages")
    with desk.db.write() as session:
        session.execute(update(MessageRow).where(MessageRow.id == one.id).values(state="refused", fault="mailbox full"))
    assert "mailbox full" in desk.look("/admin/messages?state=refused")
    assert "1 message was refused" in desk.look("/admin")
    path = f"/admin/messages/{one.id}"
    assert one.text.splitlines()[0] in desk.look(path)
    assert "in the queue again" in desk.look(desk.send(path + "/resend"))
    desk.send(path + "/resend", 409)
    desk.look(f"/admin/messages/{UUID(int=5)}", status=404)


def test_what_failed_and_what_waits_needs_attention(desk: Desk) -> None:
    jobs = all_jobs(desk.service)
    assert attention(desk.db, None, jobs=jobs, now=desk.clock()).idle
    list(run_once(desk.service, ["recertify", "bundle", "lists"], force=True))
    found = attention(desk.db, None, jobs=jobs, now=desk.clock())
    assert not found.idle or found.last_worked is not None
    page = desk.look("/admin/jobs")
    assert "Last done" in page
    assert "recertify" in page
