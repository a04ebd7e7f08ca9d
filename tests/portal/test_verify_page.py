"""The verify page: several at once, as table and as CSV, whom it knows, and what it allows its scripts."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pypdf import PdfWriter
from starlette.testclient import TestClient

from portal.app import create_app
from portal.pages import browser_check, verify, verify_form
from portal.pages.browser_check import origins_of
from portal.settings import SettingsRefused, load_settings
from portal.static_files import StaticFile, static_files
from portal.verifying import several
from portal.verifying.desk import Desk
from portal.verifying.places import Overloaded
from tests.portal.conftest import BASE, House
from wallet_export.qr import qr_png

ACADEMY = "did:web:academy.example"


def badge_of(house: House, standing: str, form: str = "json") -> bytes:
    found = house.service.documents.find(f"/credentials/{house.ids[standing]}", form=form)
    assert found is not None
    return found.body


def post(client: TestClient, *files: tuple[str, bytes], **data: str) -> Any:
    return client.post("/verify", files=[("file", one) for one in files], data=data)


def rows(page: str) -> list[list[str]]:
    """The spreadsheet that a page offers for download."""
    found = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', page)
    assert found is not None
    return list(csv.reader(io.StringIO(base64.b64decode(found[1]).decode("utf-8-sig"))))


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts that were built, whether this checkout has them or not."""
    names = ("credential_check.js", "code_reader.js")
    made = {name: StaticFile(name, b"", "text/javascript", "0" * 16) for name in names}
    use(monkeypatch, {**static_files(), **made})


def use(monkeypatch: pytest.MonkeyPatch, files: Mapping[str, StaticFile]) -> None:
    for module in ("portal.pages.browser_check", "portal.pages.verify", "portal.pages.rendering"):
        monkeypatch.setattr(f"{module}.static_files", lambda: MappingProxyType(dict(files)))


class TestSeveral:
    """A folder of files, without scripts."""

    def test_a_table_of_every_standing(self, house: House, client: TestClient) -> None:
        stranger = house.world.issuer("acme.example", name="Acme").issue()
        standings = [(f"{name}.json", badge_of(house, name)) for name in ("valid", "expired", "revoked", "suspended")]
        answer = post(client, *standings, ("acme.jwt", stranger.jwt), ("note.txt", b"hello"))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        words = re.findall(r"<td class=\"cell-status\">.*?<b>([^<]+)</b>", answer.text, re.DOTALL)
        assert words == ["Valid", "Expired", "Revoked", "Suspended", "Valid", "Not valid"]
        assert answer.text.count('<details class="result') == 6
        assert 'href="#result-6"' in answer.text
        assert 'id="result-6"' in answer.text

    def test_the_spreadsheet_says_what_the_table_says(self, house: House, client: TestClient) -> None:
        forged = badge_of(house, "valid").replace("Zoë".encode(), "Zaë".encode())
        page = post(client, ("=cmd()|A.json", badge_of(house, "valid")), ("forged.json", forged)).text
        head, valid, false = rows(page)
        assert head[:4] == ["File", "Status", "Holder", "Credential"]
        said = dict(zip(head, valid, strict=True))
        assert said["File"] == "'=cmd()|A.json"
        assert said["Holder"] == "Zoë Kjærsgaard"
        assert said["Issuer known"] == "Issued here"
        assert said["Valid until"].endswith("Z")
        assert said["What was found"] == ""
        claimed = dict(zip(head, false, strict=True))
        assert claimed["Status"] == "Not valid"
        assert claimed["Holder"] == claimed["Issuer"] == claimed["Valid until"] == ""
        assert "signature" in claimed["What was found"].lower()

    def test_a_program_asks_for_the_spreadsheet_alone(self, house: House, client: TestClient) -> None:
        files = [(f"{name}.json", badge_of(house, name)) for name in ("valid", "revoked")]
        answer = client.post("/verify", files=[("file", one) for one in files], data={"as": "csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        assert [row[1] for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))][1:] == [
            "Valid",
            "Revoked",
        ]

    def test_addresses_line_by_line(self, house: House, client: TestClient) -> None:
        addresses = [f"{BASE}/credentials/{house.ids[name]}" for name in ("valid", "suspended")]
        page = client.post("/verify", data={"text": "\n".join(["", *addresses, " "])}).text
        assert [row[0] for row in rows(page)[1:]] == addresses
        assert [row[1] for row in rows(page)[1:]] == ["Valid", "Suspended"]

    def test_a_pdf_and_a_picture_among_them(self, house: House, client: TestClient) -> None:
        writer, made = PdfWriter(), io.BytesIO()
        writer.add_blank_page(100, 100)
        writer.add_attachment("credential.json", badge_of(house, "valid"))
        writer.write(made)
        code = qr_png(f"{BASE}/credentials/{house.ids['revoked']}")
        page = post(client, ("certificate.pdf", made.getvalue()), ("code.png", code)).text
        assert [row[1] for row in rows(page)[1:]] == ["Valid", "Revoked"]

    def test_names_and_texts_of_strangers_are_never_markup(self, client: TestClient) -> None:
        page = post(client, ("<img src=x>'\".json", b"<b>"), ("b", b"{}")).text
        assert "<img src=x>" not in page
        assert "'\"" not in page.split("<tbody", 1)[1]


class TestAddresses:
    """An address with no credential at it: said at the field, what was typed kept."""

    @pytest.mark.parametrize(
        ("address", "why", "advice"),
        [
            ("https://elsewhere.example/1", "was not followed", "Give the badge’s own https address"),
            ("https://nosuch.example/1", "could not be reached", "See whether the address is written right."),
            ("https://empty.example/1", "status 404", "See whether the address is written right."),
            (BASE + "/", "this server publishes no credential", "See whether the address is written right."),
        ],
    )
    def test_the_message_is_at_the_field(
        self, house: House, client: TestClient, address: str, why: str, advice: str
    ) -> None:
        house.world.fetcher.unreachable("https://nosuch.example")
        house.world.fetcher.redirect("https://elsewhere.example", "https://trap.example")
        answer = post(client, text=address)
        assert answer.status_code == 400
        fault = re.search(r'id="text-error"[^>]*>([^<]+)<', answer.text)
        assert fault is not None
        assert why in fault[1]
        assert advice in fault[1]
        assert f"\n{address}</textarea>" in answer.text
        assert "in a moment" not in answer.text

    def test_a_code_that_leads_nowhere_is_not_advised_to_wait(self, house: House, client: TestClient) -> None:
        house.world.fetcher.redirect("https://inside.example", "https://trap.example")
        answer = post(client, ("code.png", qr_png("https://inside.example/1")))
        assert answer.status_code == 200
        assert "Nothing could be judged." in answer.text
        assert "in a moment" not in answer.text


class TestRows:
    """What the page's script asks for: one row at a time."""

    def test_a_row_and_its_checks(self, house: House, client: TestClient) -> None:
        files = {"file": ("a.json", badge_of(house, "expired"))}
        answer = client.post("/verify/row", files=files, data={"number": "17"})
        assert answer.status_code == 200
        assert 'data-number="17"' in answer.text
        assert 'id="result-17"' in answer.text
        assert "<html" not in answer.text
        cells = re.search(r"data-cells='([^']+)'", answer.text)
        assert cells is not None
        assert json.loads(cells[1])[:2] == ["a.json", "Expired"]

    @pytest.mark.parametrize("files", [[], [("file", ("a", b"1")), ("file", ("b", b"2"))]])
    def test_one_and_no_more(self, client: TestClient, files: Any) -> None:
        assert client.post("/verify/row", files=files or {"x": ("", b"")}).status_code == 400


class TestBounds:
    """What is too much is said at the field, and nothing of it is looked at."""

    def test_at_most_200_files(self, client: TestClient) -> None:
        answer = post(client, *[(f"{number}", b"{}") for number in range(201)])
        assert answer.status_code == 400
        assert "These are more than 200 files." in answer.text
        assert re.search(r'<p class="fault" id="file-error" role="alert" data-fault dir="auto">These', answer.text)

    def test_at_most_200_addresses_and_they_are_kept(self, client: TestClient) -> None:
        text = "\n".join(f"https://a.example/{number}" for number in range(201))
        answer = client.post("/verify", data={"text": text})
        assert answer.status_code == 400
        assert "These are 201 addresses." in answer.text
        assert "https://a.example/200</textarea>" in answer.text

    def test_at_most_so_many_bytes_together(self, client: TestClient) -> None:
        big = bytes(11 * 1024 * 1024)
        answer = post(client, *[(f"{number}", big) for number in range(6)])
        assert answer.status_code == 413
        assert "This is more than 64 MB together." in answer.text

    def test_a_file_that_is_larger_than_any_badge_is_a_row(self, client: TestClient) -> None:
        page = post(client, ("film.mp4", bytes(12 * 1024 * 1024 + 5)), ("b", b"hello")).text
        assert "This is larger than 12 MB" in rows(page)[1][9]

    def test_few_large_forms_at_a_time(self, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verify_form.bodies, "MOST_BYTES", 10_000)
        held = [verify_form._LARGE_AT_ONCE.acquire(blocking=False) for _ in range(4)]
        try:
            answer = post(client, ("a", bytes(20_000)), ("b", b"hello"))
        finally:
            for _ in filter(None, held):
                verify_form._LARGE_AT_ONCE.release()
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "20"
        assert post(client, ("a", bytes(20_000)), ("b", b"hello")).status_code == 200

    def test_what_there_was_no_room_or_time_for_is_unchecked(
        self, house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def overloaded(_desk: Desk, _document: bytes, **_rest: Any) -> Any:
            raise Overloaded("Too many wait.", 5)

        files = (("a", badge_of(house, "valid")), ("b", b"hello"))
        with monkeypatch.context() as patched:
            patched.setattr(Desk, "judge", overloaded)
            page = post(client, *files).text
            assert [row[1] for row in rows(page)[1:]] == ["Not fully checked"] * 2
            assert "Too many wait. Try this one again in a moment." in rows(page)[1][9]
        monkeypatch.setattr(several, "PATIENCE", -1.0)
        assert "no time left" in rows(post(client, *files).text)[2][9]


class TestKnownIssuers:
    """Unknown is not bad, and known is only who is proven."""

    @pytest.fixture
    def listing(self, house: House) -> Iterator[TestClient]:
        settings = house.service.settings.model_copy(update={"trusted_issuers": {ACADEMY: "Our academy"}})
        with TestClient(create_app(replace(house.service, settings=settings)), base_url=BASE) as client:
            yield client

    def test_of_this_installation(self, house: House, client: TestClient) -> None:
        page = post(client, ("a", badge_of(house, "revoked"))).text
        assert 'class="known known-own" data-known-word>Issued here<' in page

    def test_on_the_list(self, house: House, listing: TestClient) -> None:
        badge = house.world.issuer("academy.example", name="Academy").issue()
        page = post(listing, ("a", badge.json)).text
        assert "On this installation’s list" in page
        assert "lists it as “Our academy”" in page

    def test_unknown_is_not_bad(self, house: House, listing: TestClient) -> None:
        badge = house.world.issuer("acme.example", name="Acme").issue()
        page = post(listing, ("a", badge.json)).text
        assert '<strong class="status-word">Valid</strong>' in page
        assert "Not known here" in page
        assert "That says nothing against it" in page

    def test_who_only_claims_to_be_listed_is_not(self, house: House, listing: TestClient) -> None:
        forged = house.world.issuer("academy.example").issue().json.replace(b'"name":"Certificate"', b'"name":"X"')
        page = post(listing, ("a", forged), ("b", b"hello")).text
        assert "On this installation’s list" not in page
        assert "Not proven. It claims:" in page

    def test_the_setting(self, tmp_path: Path) -> None:
        (tmp_path / "guildmark.toml").write_text(f'[trusted_issuers]\n"{ACADEMY}" = "Our academy"\n', encoding="utf-8")
        assert load_settings(tmp_path, {}).trusted_issuers == {ACADEMY: "Our academy"}
        given = {"GUILDMARK_TRUSTED_ISSUERS": f"{ACADEMY}=Our academy, https://b.example/issuer=B"}
        assert load_settings(tmp_path, given).trusted_issuers == {
            ACADEMY: "Our academy",
            "https://b.example/issuer": "B",
        }
        with pytest.raises(SettingsRefused, match="identifies no issuer"):
            load_settings(tmp_path, {"GUILDMARK_TRUSTED_ISSUERS": "Academy=did:web:academy.example"})


class TestScripts:
    """What pages let their scripts do: ask nobody, but whom the check in the browser must ask."""

    def policy(self, page: Any) -> dict[str, str]:
        parts = (part.strip().partition(" ") for part in page.headers["content-security-policy"].split(";"))
        return {name: rest for name, _, rest in parts}

    @pytest.mark.usefixtures("built")
    def test_the_form_may_use_the_camera_and_ask_this_server(self, client: TestClient) -> None:
        page = client.get("/verify")
        assert page.headers["permissions-policy"].startswith("camera=(self),")
        assert self.policy(page) == {
            "default-src": "'none'",
            "img-src": "'self'",
            "style-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
            "script-src": "'self'",
            "connect-src": "'self'",
        }
        assert "code_reader.js" in page.text
        assert "The camera’s picture stays on this device." in page.text

    @pytest.mark.usefixtures("built")
    def test_an_answer_may_ask_its_issuer(self, house: House, client: TestClient) -> None:
        badge = house.world.issuer("acme.example").issue()
        page = post(client, ("a", badge.json))
        assert self.policy(page)["connect-src"] == f"'self' {BASE} https://acme.example"
        assert page.headers["permissions-policy"].startswith("camera=(),")
        assert "It will ask nobody but: <code>acme.example</code>." in page.text
        text = re.search(r"<pre hidden data-text>\n(.*?)</pre>", page.text, re.DOTALL)
        assert text is not None
        assert text[1].replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&") == badge.json.decode()

    def test_without_the_built_scripts_all_else_works(
        self, house: House, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = {
            name: one for name, one in static_files().items() if name not in (verify.CODE_READER, browser_check.MODULE)
        }
        use(monkeypatch, own)
        page = client.get("/verify")
        assert "are not available in this installation" in page.text
        assert page.headers["permissions-policy"].startswith("camera=(),")
        answer = post(client, ("a", badge_of(house, "valid")))
        assert '<strong class="status-word">Valid</strong>' in answer.text
        assert "Check it without this server" not in answer.text
        assert "connect-src" not in self.policy(answer)

    @pytest.mark.parametrize(
        ("issuer", "lists", "origins", "barred"),
        [
            ("did:web:a.example", "https://b.example/list", ("https://a.example", "https://b.example"), ()),
            ("did:web:badges.brightmoor.example", f"{BASE}/list", (BASE,), ()),
            ("https://a.example:8443/issuer", "https://a.example:8443/l", ("https://a.example:8443",), ()),
            ("did:key:z6Mk", "http://a.example/list", (), ("a.example",)),
            ("did:web:localhost", "https://localhost/list", (), ("localhost",)),
            ("did:web:printer.local", "https://10.0.0.1/list", (), ("printer.local", "10.0.0.1")),
            ("did:web:192.168.0.1", "https://[::1]/list", (), ("[::1]",)),
            ("did:web:intranet", "https://2130706433/list", (), ("intranet", "2130706433")),
            ("did:web:a.example;script-src *", "https://a.example *; script-src 'unsafe-inline'/", (), ()),
            (7, ["https://a.example"], (), ()),
        ],
    )
    def test_no_browser_is_led_into_its_own_network(
        self, house: House, issuer: Any, lists: Any, origins: tuple[str, ...], barred: tuple[str, ...]
    ) -> None:
        document = {"issuer": issuer, "credentialStatus": {"statusListCredential": lists}}
        assert origins_of(house.service, document) == (origins, barred)

    def test_what_the_operator_allows_by_name_is_asked(self, house: House) -> None:
        allowed = ("http://badges.internal:8080", "https://lists.internal")
        settings = house.service.settings.model_copy(update={"allowed_origins": allowed})
        lists = {"statusListCredential": "https://lists.internal/1"}
        document = {"issuer": "did:web:badges.internal%3A8080", "credentialStatus": lists}
        assert origins_of(replace(house.service, settings=settings), document) == (allowed, ())
        assert origins_of(house.service, document) == ((), ("badges.internal:8080", "lists.internal"))

    def test_a_check_that_no_browser_can_make_is_not_offered(
        self, house: House, client: TestClient, built: None
    ) -> None:
        answer = post(client, ("badge.json", house.world.issuer("printer.local").issue().json)).text
        assert "This one it cannot check" in answer
        assert "<code>printer.local</code></p>" in answer
        assert "It needs to ask nobody" not in answer
        assert re.search(r'<p class="in-browser-start" hidden>', answer)

    def test_who_nobody_could_ask_vouches_for_nothing(self, house: House, client: TestClient) -> None:
        badge = house.world.issuer("gone.example").issue()
        house.world.fetcher.unreachable("https://gone.example")
        answer = post(client, ("badge.json", badge.json)).text
        assert '<strong class="status-word">Not fully checked</strong>' in answer
        assert "Nobody vouches for what follows yet" in answer
        house.world.fetcher.heal()
        assert "vouches for what follows" not in post(client, ("badge.json", badge.json)).text

    def test_the_seals_for_scripts(self, client: TestClient) -> None:
        found = client.get("/verify/signs/0")
        assert found.text.count("<template") == 12
