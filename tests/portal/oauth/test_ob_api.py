"""The Open Badges 3.0 API as provider: numbered requirements of ../shared/standards/open-badges-3.md, 11, 14 to 16."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from credentials.model.conformance import check
from issuer.authorizations.scopes import PROFILE_READ, PROFILE_UPDATE, READ, SCOPES, UPSERT
from issuer.erasure import erase_person
from issuer.tables import HeldCredentialRow, OauthGrantRow, OauthTokenRow
from tests.portal.conftest import BASE
from tests.portal.oauth.conftest import Provider
from tests.portal.oauth.elsewhere import badge, token_badge

MINORS = {400: {"invalid_data", "invalid_query_parameter"}, 401: {"unauthorizedrequest"}, 403: {"forbidden"},
          404: {"not_found"}, 405: {"not_allowed"}}  # fmt: skip


def is_status_info(document: dict[str, Any], status: int) -> None:
    """Requirement 108, with its pairing of codes."""
    assert set(document) == {"imsx_codeMajor", "imsx_severity", "imsx_description", "imsx_codeMinor"}
    assert (document["imsx_codeMajor"], document["imsx_severity"]) == ("failure", "error")
    [minor] = document["imsx_codeMinor"]["imsx_codeMinorField"]
    assert set(minor) == {"imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"}
    assert minor["imsx_codeMinorFieldValue"] in MINORS[status]


@pytest.fixture
def token(provider: Provider) -> str:
    return str(provider.tokens(provider.app())["access_token"])


def test_107_115_116_117_118_discovery(provider: Provider) -> None:
    answer = provider.client.get("/ims/ob/v3p0/discovery")
    document = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert {"title", "version", "termsOfService", "x-imssf-privacyPolicyUrl"} <= set(document["info"])
    image = provider.client.get(document["info"]["x-imssf-image"])
    assert (image.status_code, image.headers["content-type"]) == (200, "image/svg+xml")
    assert document["openapi"].startswith("3.0")
    scheme = document["components"]["securitySchemes"]["OAuth2ACG"]
    assert (scheme["type"], scheme["x-imssf-registrationUrl"]) == ("oauth2", BASE + "/oauth/register")
    flow = scheme["flows"]["authorizationCode"]
    assert set(flow) == {"authorizationUrl", "tokenUrl", "refreshUrl", "scopes"}
    assert set(flow["scopes"]) == set(SCOPES)
    operations = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    assert operations == {"getCredentials", "upsertCredential", "getProfile", "putProfile", "getServiceDescription"}
    again = provider.client.get("/ims/ob/v3p0/discovery", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert "max-age" in answer.headers["cache-control"]


def test_116_the_description_is_whole_and_its_schemas_judge_badges(provider: Provider) -> None:
    document = provider.client.get("/ims/ob/v3p0/discovery").json()
    validate(document)  # OpenAPI 3.0, every reference within the document
    assert not re.findall(r'"\$ref": "(?!#)', json.dumps(document))
    page = OAS30Validator({"$ref": "#/components/schemas/GetOpenBadgeCredentialsResponse", **document})
    world = provider.house.world
    good = {"credential": [json.loads(badge(world, day=3))], "compactJwsString": [token_badge(world).decode()]}
    assert list(page.iter_errors(good)) == []
    for path, wrong in ((("issuer", "type"), None), (("credentialSubject", "achievement", "criteria"), "a text")):
        damaged = json.loads(json.dumps(good))
        place = damaged["credential"][0]
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = wrong
        assert list(page.iter_errors(damaged)), path


@pytest.mark.parametrize("path", ["/terms", "/privacy"])
def test_117_terms_and_privacy_are_pages_of_their_own(provider: Provider, path: str) -> None:
    document = provider.client.get("/ims/ob/v3p0/discovery").json()
    assert document["info"][{"/terms": "termsOfService", "/privacy": "x-imssf-privacyPolicyUrl"}[path]] == BASE + path
    english, german = (provider.client.get(f"{path}?lang={tag}") for tag in ("en", "de"))
    assert (english.status_code, german.status_code) == (200, 200)
    assert provider.house.service.default_issuer().name in english.text
    assert german.text.partition("<h1")[2] != english.text.partition("<h1")[2]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [("GET", "credentials", READ), ("POST", "credentials", UPSERT),
     ("GET", "profile", PROFILE_READ), ("PUT", "profile", PROFILE_UPDATE)],
)  # fmt: skip
def test_97_98_106_108_each_operation_has_its_scope(provider: Provider, method: str, path: str, scope: str) -> None:
    others = " ".join(one for one in SCOPES if one != scope)
    token = provider.tokens(provider.app(), scope=others)["access_token"]
    refused = provider.api(method, path, token)
    assert refused.status_code == 403
    assert scope in refused.json()["imsx_description"]
    is_status_info(refused.json(), 403)
    for wrong in ("A" * 43, "x", "", "é"):
        answer = provider.client.request(
            method, f"/ims/ob/v3p0/{path}", headers=[(b"authorization", f"Bearer {wrong}".encode("latin-1"))]
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        is_status_info(answer.json(), 401)


def test_98_refresh_tokens_are_no_access_tokens(provider: Provider) -> None:
    tokens = provider.tokens(provider.app())
    assert provider.api("GET", "profile", tokens["refresh_token"]).status_code == 401


def test_103_108_other_methods_and_paths(provider: Provider, token: str) -> None:
    for method, path, status in (("DELETE", "profile", 405), ("GET", "nothing", 404), ("PATCH", "credentials", 405)):
        answer = provider.api(method, path, token)
        assert answer.status_code == status
        is_status_info(answer.json(), status)


def test_99_100_166_every_credential_verifies_and_is_his(provider: Provider, token: str) -> None:
    answer = provider.api("GET", "credentials", token)
    document = answer.json()
    assert set(document) == {"credential", "compactJwsString"}
    [own] = document["credential"]
    assert own["id"].endswith(provider.house.ids["valid"])
    assert provider.house.service.verify(json.dumps(own)).verified
    assert check(own) == ()
    assert answer.headers["x-total-count"] == "1"


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "offset=-1", "offset=1.5", "since=yesterday",
                                   "limit=1&limit=2", "limit=99999999999"])  # fmt: skip
def test_99_bad_parameters(provider: Provider, token: str, query: str) -> None:
    answer = provider.api("GET", f"credentials?{query}", token)
    assert answer.status_code == 400
    assert "invalid_query_parameter" in answer.text


def test_101_102_109_110_111_168_pushed_badges_come_back_page_by_page(provider: Provider, token: str) -> None:
    before = int(provider.api("GET", "credentials", token).headers["x-total-count"])
    sent = [badge(provider.house.world, day=day) for day in (3, 4, 5)]
    for one in sent:
        answer = provider.api(
            "POST", "credentials", token, content=one, headers={"Content-Type": "application/vc+ld+json"}
        )
        assert (answer.status_code, answer.content) == (201, one)
    compact = token_badge(provider.house.world)
    answer = provider.api("POST", "credentials", token, content=compact, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.content) == (201, compact)
    total = before + 4
    seen: list[str] = []
    path = "credentials?limit=2"
    for _ in range(10):
        page = provider.api("GET", path, token)
        assert page.headers["x-total-count"] == str(total)
        links = {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', page.headers["link"])}
        assert {"first", "last"} <= set(links)
        assert ("prev" in links) == ("offset=0" not in path and "offset" in path)
        seen += [one["id"] for one in page.json()["credential"]] + page.json()["compactJwsString"]
        if "next" not in links:
            break
        path = links["next"].removeprefix(f"{BASE}/ims/ob/v3p0/")
    assert len(seen) == len(set(seen)) == total
    assert {json.loads(one)["id"] for one in sent} <= set(seen)
    assert compact.decode() in seen
    later = provider.api("GET", "credentials?since=2026-11-04T00:00:00Z", token).json()
    assert {one["id"] for one in later["credential"]} == {json.loads(one)["id"] for one in sent[1:]}
    page = provider.signed_in().get("/me/applications").text
    assert page.count('<a href="/me/elsewhere/') >= 4


def test_76_77_78_102_equal_credentials_replace_older_ones(provider: Provider, token: str) -> None:
    id_ = f"urn:uuid:{uuid4()}"
    json_type = {"Content-Type": "application/json"}

    def post(day: int, id_: str) -> int:
        sent = badge(provider.house.world, id_=id_, day=day)
        return provider.api("POST", "credentials", token, content=sent, headers=json_type).status_code

    total = int(provider.api("GET", "credentials", token).headers["x-total-count"])
    assert [post(5, id_), post(5, id_), post(6, id_), post(4, id_)] == [201, 200, 200, 304]
    assert int(provider.api("GET", "credentials", token).headers["x-total-count"]) == total + 1


def test_102_our_own_credential_is_known(provider: Provider, token: str) -> None:
    [own] = [one for one in provider.api("GET", "credentials", token).json()["credential"] if BASE in one["id"]]
    total = provider.api("GET", "credentials", token).headers["x-total-count"]
    json_type = {"Content-Type": "application/json"}
    assert provider.api("POST", "credentials", token, json=own, headers=json_type).status_code == 200
    other = provider.tokens(provider.app(), "expired")["access_token"]
    refused = provider.api("POST", "credentials", other, json=own, headers=json_type)
    assert refused.status_code == 403
    is_status_info(refused.json(), 403)
    assert provider.api("GET", "credentials", token).headers["x-total-count"] == total


def test_103_what_is_not_kept(provider: Provider, token: str) -> None:
    good = badge(provider.house.world, day=7)
    tampered = good.replace(b"Kind host", b"Kinder host")
    assert tampered != good
    total = provider.api("GET", "credentials", token).headers["x-total-count"]
    for body, kind in (
        (tampered, "application/json"),
        (b"{}", "application/json"),
        (b"", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"<svg onload=alert(1)>", "text/plain"),
        (good, "text/plain"),
        (good, "text/html"),
        (token_badge(provider.house.world), "application/json"),
        (b'{"a":"' + b"x" * 600_000 + b'"}', "application/json"),
    ):
        answer = provider.api("POST", "credentials", token, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400, (body[:40], answer.text[:300])
        is_status_info(answer.json(), 400)
    assert provider.api("GET", "credentials", token).headers["x-total-count"] == total


def test_expired_badges_are_kept_with_their_result_and_deleted_by_their_holder(provider: Provider) -> None:
    token = provider.tokens(provider.app(), "revoked")["access_token"]
    sent = badge(provider.house.world, day=2, name="<script>alert(1)</script>", until="2026-11-10T00:00:00Z")
    kept = provider.api("POST", "credentials", token, content=sent, headers={"Content-Type": "application/json"})
    assert kept.status_code == 201
    assert kept.headers["x-content-type-options"] == "nosniff"
    browser = provider.signed_in("revoked")
    page = browser.get("/me/applications").text
    assert "<script>" not in page
    assert "pill-soon" in page
    [path] = re.findall(r'"(/me/elsewhere/[^"/]+)"', page)
    assert f'action="{path}/delete"' in browser.get(path).text
    file = browser.get(path + "/file")
    assert file.content == sent
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-type"] == "application/octet-stream"
    assert provider.signed_in("expired").get(path + "/file").status_code == 404
    assert browser.post(path + "/delete").status_code == 303
    assert "/me/elsewhere/" not in browser.get("/me/applications").text


def test_104_105_profile(provider: Provider) -> None:
    token = provider.tokens(provider.app(), "suspended")["access_token"]
    profile = provider.api("GET", "profile", token).json()
    assert (profile["type"], profile["name"]) == (["Profile"], "田中 さくら")
    assert profile["email"] == "suspended@brightmoor.example"
    wanted = {
        "id": "https://1edtech.org/issuers/cert",
        "type": ["Profile"],
        "name": "Sakura",
        "url": "https://s.example",
    }
    assert provider.api("PUT", "profile", token, json=wanted).json() == wanted
    assert provider.api("GET", "profile", token).json() == wanted
    for bad in ([], {"name": 7}, {"type": ["Profile"]}, {**wanted, "url": 3}):
        answer = provider.api("PUT", "profile", token, json=bad)
        assert answer.status_code == 400
        is_status_info(answer.json(), 400)
    assert (
        provider.api("PUT", "profile", token, content=b"{", headers={"Content-Type": "application/json"}).status_code
        == 400
    )
    assert provider.api("GET", "profile", token).json() == wanted


def test_erasure_takes_all_of_it(provider: Provider) -> None:
    token = provider.tokens(provider.app(), "expired")["access_token"]
    sent = badge(provider.house.world, day=8)
    provider.api("POST", "credentials", token, content=sent, headers={"Content-Type": "application/json"})
    service = provider.house.service
    with service.database.read() as session:
        person = session.query(OauthGrantRow).order_by(OauthGrantRow.created_at.desc()).all()
        ids = {one.person_id for one in person}
    erased = erase_person(
        service.database, email="expired@brightmoor.example", actor="test", now=provider.house.clock()
    )
    assert erased.person_id in ids
    with service.database.read() as session:
        assert session.query(HeldCredentialRow).filter_by(person_id=erased.person_id).count() == 0
        assert session.query(OauthGrantRow).filter_by(person_id=erased.person_id).count() == 0
        grants = {one.id for one in session.query(OauthGrantRow)}
        assert {one.grant_id for one in session.query(OauthTokenRow)} <= grants
    assert provider.api("GET", "profile", token).status_code == 401


def test_badges_are_bounded_in_number(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.held.MOST", 0)
    token = provider.tokens(provider.app(), "revoked")["access_token"]
    sent = badge(provider.house.world, day=9)
    answer = provider.api("POST", "credentials", token, content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 403
