"""The pages: what people see, that it works without scripts, and that nobody's text can act in them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.pages.badge_view import badge_view
from portal.pages.dates import human_date
from portal.pages.prose import LONGEST, render_markdown, web_link
from portal.pages.rendering import Site, render
from portal.pages.scripts import language_of
from portal.problems import KINDS
from tests.portal.conftest import BROWSER, House

UTC_ZONE = ZoneInfo("UTC")


def test_the_start_page_says_who_signs_here(client: TestClient) -> None:
    page = client.get("/", headers=BROWSER).text
    assert "Brightmoor Academy</h1>" in page
    assert "did:web:badges.brightmoor.example" in page
    assert 'href="/verify"' in page
    assert 'href="/docs"' in page


class TestVerifyPage:
    """Paste or choose, press the button, read the word."""

    def test_the_form_works_without_scripts(self, client: TestClient) -> None:
        page = client.get("/verify").text
        assert 'method="post" action="/verify" enctype="multipart/form-data"' in page
        for field in ("file", "text"):
            assert f'<label for="{field}">' in page

    @pytest.mark.parametrize("form", [".json", ".jwt", ".png", ".svg"])
    def test_a_file_is_judged(self, house: House, client: TestClient, form: str) -> None:
        content = client.get(f"/credentials/{house.ids['valid']}{form}").content
        page = client.post("/verify", files={"file": ("badge", content)})
        assert page.status_code == 200
        assert '<strong class="status-word">Valid</strong>' in page.text
        assert "Zoë Kjærsgaard" in page.text
        assert f'href="/credentials/{house.ids["valid"]}">Open its page' in page.text
        assert page.headers["cache-control"] == "no-store"

    def test_a_pasted_text_of_a_foreign_issuer_is_judged_alike(self, house: House, client: TestClient) -> None:
        badge = house.world.issuer("acme.example", name="Acme").issue(recipient="ada@acme.example")
        page = client.post("/verify", data={"text": "  " + badge.json.decode() + "\n"}).text
        assert '<strong class="status-word">Valid</strong>' in page
        assert "acme.example" in page
        assert "Open its page" not in page

    def test_a_forgery_is_shown_as_a_claim_only(self, house: House, client: TestClient) -> None:
        document = client.get(f"/credentials/{house.ids['valid']}.json").json()
        document["credentialSubject"]["identifier"][0]["identityHash"] = "Somebody Else"
        page = client.post("/verify", data={"text": json.dumps(document)}).text
        assert '<strong class="status-word">Not valid</strong>' in page
        assert "Nothing below is proven." in page
        assert "Open its page" not in page

    def test_what_cannot_be_checked_is_not_called_forged(self, house: House, client: TestClient) -> None:
        issuer = house.world.issuer("gone.example")
        badge = issuer.issue(recipient="ada@acme.example")
        text = badge.json.decode()
        house.world.fetcher.unreachable("https://gone.example")
        page = client.post("/verify", data={"text": text}).text
        assert '<strong class="status-word">Not fully checked</strong>' in page
        assert "status-unchecked" in page

    @pytest.mark.parametrize(
        ("data", "files", "says"),
        [
            ({"text": ""}, None, "There was nothing to verify"),
            ({"text": "kept & <b>safe</b>"}, None, "neither a badge"),
            ({"text": "a"}, {"file": ("f", b"b")}, "There are a file and a text"),
            (None, None, "There was nothing to verify"),
        ],
    )
    def test_a_fault_is_a_message_at_the_form_and_the_text_is_kept(
        self, client: TestClient, data: Any, files: Any, says: str
    ) -> None:
        page = client.post("/verify", data=data or {"other": "x"}, files=files)
        assert page.status_code == 400
        assert says in page.text
        assert 'role="alert"' in page.text
        if data and "kept" in data["text"]:
            assert "kept &amp; &lt;b&gt;safe&lt;/b&gt;</textarea>" in page.text
            assert "<b>safe" not in page.text

    def test_a_file_without_a_credential_gets_its_own_answer(self, client: TestClient) -> None:
        page = client.post("/verify", files={"file": ("cat.gif", b"GIF89a....")})
        assert page.status_code == 200
        assert "No credential was found in this" in page.text


class TestErrors:
    """Errors are pages for people and problems for machines."""

    def test_a_browser_gets_a_page(self, client: TestClient) -> None:
        page = client.get("/nothing/here", headers=BROWSER)
        assert page.status_code == 404
        assert "<h1" in page.text
        assert client.get("/nothing/here").headers["content-type"] == "application/problem+json"

    def test_an_unforeseen_error_is_mute_and_has_a_number(
        self, house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def burst(*_: object, **__: object) -> None:
            raise ZeroDivisionError("the password is swordfish")

        house.service.documents.memory.close()  # what is remembered cannot burst
        monkeypatch.setattr("portal.api.published_documents.site_for", burst)
        monkeypatch.setattr("portal.own_documents.published.document", burst)
        answer = client.get("/issuer")
        assert answer.status_code == 500
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", answer.json()["instance"])
        assert "swordfish" not in answer.text
        assert "nosniff" in answer.headers["x-content-type-options"]
        page = client.get("/issuer", headers=BROWSER)
        assert page.status_code == 500
        assert "swordfish" not in page.text


class TestReference:
    """The documentation tells of every operation and every problem there is."""

    def test_every_operation_is_documented_with_an_example(self, client: TestClient) -> None:
        description = client.get("/openapi.json").json()
        page = client.get("/docs").text
        operations = [entry for methods in description["paths"].values() for entry in methods.values()]
        assert len(operations) >= 20
        for operation in operations:
            assert f'id="{operation["operationId"]}"' in page
            assert operation["x-curl"].startswith("curl ")
            assert operation["summary"]
            ours = operation["responses"].get("422", {"description": "What came"})["description"]
            assert "Validation Error" not in ours, "what the framework would say is not what is said"
        for kind in KINDS:
            assert f'id="problem-{kind.slug}"' in page

    def test_the_documentation_leaves_no_reference_open(self, client: TestClient) -> None:
        text = client.get("/openapi.json").text
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
        named = set(re.findall(r'"\$ref": "([^"]*)"', text))
        assert "#/components/schemas/Problem404" in named
        assert named <= {f"#/components/schemas/{name}" for name in schemas}


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def hostile_document() -> dict[str, Any]:
    return {
        "id": "javascript:alert(1)",
        "issuer": {"id": "javascript:alert(2)", "name": HOSTILE, "url": "javascript:alert(3)"},
        "credentialSubject": {
            "identifier": [{"identityType": "name", "identityHash": HOSTILE, "hashed": False}],
            "narrative": f"[x](javascript:alert(4)) {HOSTILE}",
            "result": [{"value": HOSTILE}],
            "achievement": {
                "name": HOSTILE,
                "description": HOSTILE,
                "version": HOSTILE,
                "inLanguage": HOSTILE,
                "achievementType": HOSTILE,
                "image": {"id": "https://tracker.example/pixel.png"},
                "criteria": {"id": "data:text/html,x", "narrative": f"![i](https://tracker.example/i.png) {HOSTILE}"},
                "alignment": [{"targetName": HOSTILE, "targetUrl": "vbscript:x"}],
            },
        },
        "evidence": [{"id": "data:text/html,x", "name": HOSTILE, "narrative": f"<iframe> {HOSTILE}"}],
    }


def test_nothing_in_a_document_can_act_or_track(client: TestClient) -> None:
    document = {"@context": ["x"], "type": ["VerifiableCredential"], **hostile_document()}
    page = client.post("/verify", data={"text": json.dumps(document)}).text
    assert "&lt;script&gt;" in page
    scripts = re.findall(r"<(?:script|iframe|img)[^>]*>", page)
    assert all('src="/static/' in tag for tag in scripts), scripts
    assert not re.findall(r"""(?:href|src)=["'](?:javascript|data|vbscript)""", page)
    assert not re.findall(r'src="https?://', page)  # a link may lead away, but nothing is loaded
    assert not re.findall(r"<[a-z][^>\"]*(?:\"[^\"]*\"[^>\"]*)*\son[a-z]+=", page)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "name",
                    "issuer",
                    "credentialSubject",
                    "achievement",
                    "identifier",
                    "identityType",
                    "identityHash",
                    "hashed",
                    "result",
                    "resultDescription",
                    "value",
                    "evidence",
                    "criteria",
                    "narrative",
                    "alignment",
                    "targetName",
                    "validFrom",
                    "validUntil",
                    "achievementType",
                    "tag",
                    "version",
                    "url",
                    "inLanguage",
                ]
            )
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(
    st.dictionaries(st.sampled_from(["id", "name", "issuer", "credentialSubject", "evidence", "validUntil"]), ANY_JSON)
)
def test_any_document_has_a_view(document: dict[str, Any]) -> None:
    badge_view(document, zone=UTC_ZONE)


def test_markdown_is_rendered_and_tamed() -> None:
    html = render_markdown(
        "# A\n### B\n**bold** <b>raw</b> [l](https://e.example) [j](javascript:1) [r](/r)", heading=3
    )
    assert "<h3>A</h3>" in html
    assert "<h4>B</h4>" in html
    assert "<strong>bold</strong>" in html
    assert "&lt;b&gt;raw" in html
    assert '<a href="https://e.example" rel="nofollow noopener noreferrer">' in html
    assert 'href="javascript' not in html
    assert 'href="/r"' not in html
    assert len(render_markdown("# x\n" * LONGEST, heading=3)) < LONGEST + 100


@pytest.mark.parametrize(
    "url",
    [
        "javascript:1",
        "javascript://x/%0aalert(1)",
        "ftp://x",
        "//e.example",
        "/x",
        "data:,x",
        "http://",
        "https://[",
        "",
        None,
        7,
        {},
    ],
)
def test_only_the_web_is_linked(url: object) -> None:
    assert web_link(url) == ""


def test_dates_are_those_of_the_zone_of_the_pages() -> None:
    instant = datetime(2028, 11, 22, 22, 59, 59, tzinfo=UTC)
    assert human_date(instant, UTC_ZONE) == ("2028-11-22T22:59:59Z", "22 November 2028", "22 November 2028, 22:59 UTC")
    assert human_date(instant, ZoneInfo("Asia/Tokyo")).minute == "23 November 2028, 07:59 JST"


@pytest.mark.parametrize(
    ("name", "tag"), [("田中 さくら", "ja"), ("김민준", "ko"), ("王芳", ""), ("Ada", ""), ("فاطمة", "")]
)
def test_a_language_is_claimed_only_if_the_script_proves_it(name: str, tag: str) -> None:
    assert language_of(name) == tag


def test_a_portal_below_a_path_links_below_it() -> None:
    html = render("error.html", Site("S", "/badges"), page={"status": 404, "title": "t", "detail": "d", "incident": ""})
    assert not re.findall(r'(?:href|src)="/(?!badges/)', html)
