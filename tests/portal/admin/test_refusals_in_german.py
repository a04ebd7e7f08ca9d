"""What an admin is refused is said in his language, whoever found the reason; a preview does not repeat ids."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from issuer.people.directory import leave
from issuer.signing_keys import Use, list_keys
from issuer.tables import SigningKeyRow
from tests.portal.admin.conftest import Desk


def _sent(desk: Desk, path: str, page: str, **fields: str) -> str:
    desk.look(page, language="de")
    desk.browser.client.headers["Accept-Language"] = "de"
    return desk.send(path, 422, **fields)


def test_a_role_that_opens_nothing(desk: Desk) -> None:
    ben = desk.person_id("ben@brightmoor.example")
    now = desk.clock()
    leave(desk.db, "ben@brightmoor.example", on=now.date().replace(day=1), actor="test", now=now)
    page = f"/admin/people/{ben}"
    assert "ist nicht mehr im Unternehmen" in _sent(desk, f"{page}/roles", page, role="admin")
    refused = _sent(desk, f"{page}/roles", page, role="admin", action="revoke")
    assert "hat die Rolle Verwaltung nicht bekommen" in refused


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("retire", {"fragment": "none", "sure": "yes"}, "hat keinen Schlüssel #none"),
        ("add", {"type": "Ed25519"}, "der Hauptschlüssel für eingebettete Beweise"),
    ],
)
def test_what_cannot_be_done_with_a_key(desk: Desk, path: str, fields: dict[str, str], said: str) -> None:
    assert said in _sent(desk, f"/admin/keys/{path}", "/admin/keys", **fields)


def test_a_new_key_that_cannot_be_taken(desk: Desk) -> None:
    key = next(one for one in list_keys(desk.db) if one.use is Use.JWT)
    with desk.db.write() as session:
        session.execute(
            update(SigningKeyRow).where(SigningKeyRow.id == key.row_id).values(key_uri="vault:transit/badges?version=1")
        )
    refused = _sent(desk, "/admin/keys/rotate", "/admin/keys", use="jwt", sure="yes")
    assert f"der Schlüssel #{key.fragment} liegt bei vault:transit/badges?version=1" in refused
    refused = _sent(
        desk, "/admin/keys/rotate", "/admin/keys", use="jwt", sure="yes", signer="vault:transit/badges?version=2"
    )
    assert "vault_address" in refused
    assert "Setzen Sie in den Einstellungen" in refused


def test_a_preview_says_why_not_beside_the_credential(desk: Desk) -> None:
    suspended, revoked = desk.ids["suspended"], desk.ids["revoked"]
    for change, one, german, english in (
        ("reissue", suspended, "er ist ausgesetzt: heben Sie das zuerst auf", "it is suspended: reinstate it first"),
        (
            "suspend",
            revoked,
            "das ist endgültig: es kann nicht ausgesetzt werden",
            "that is final: it cannot be suspended",
        ),
        ("renew", revoked, "endgültig widerrufen: verleihen Sie die Stufe neu", "for good: award it anew"),
    ):
        path = f"/admin/credentials/change?change={change}&id={one}"
        assert german in desk.look(path, language="de")
        shown = desk.look(path)
        assert english in shown
        assert f"the credential {one}" not in shown


def test_a_wrong_parameter_of_a_report(desk: Desk) -> None:
    shown = desk.look("/admin/reports/overdue?program=none", 422, language="de")
    assert "es gibt kein Programm „none“" in shown


def test_the_page_that_tells_how_to_connect_the_directory(desk: Desk) -> None:
    page = desk.look("/admin/people/directory")
    assert f"{desk.service.base_url}/scim/v2" in page
    assert "No token may enter people yet" in page
    made = desk.look("/admin/tokens?role=provision")
    assert 'value="provision" checked' in made
    desk.send("/admin/tokens", 200, name="Entra", role="provision", days="90")
    assert "Entra" in desk.look("/admin/people/directory")
    assert desk.look("/admin/people").count('href="/admin/people/directory"') == 1
