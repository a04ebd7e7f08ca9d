"""Verifying in a real browser: many files at once, the camera, and the check that asks the issuer and not us."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from credentials.prepared import prepare
from credentials.proofs import data_integrity
from credentials.proofs.selective import ecdsa_sd_2023
from keys import base64url
from keys.algorithms import KeyType
from portal.app import create_app
from portal.service import Service
from tests.journeys.browser import DESKTOP, PHONE, another, follow, overflows, watched
from tests.journeys.built import build
from tests.journeys.conftest import free_port
from tests.portal.conftest import NOW, House, build_house
from tests.world import Badge
from wallet_export.qr import qr_png

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@contextmanager
def served(service: Service, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=port, log_config=None, server_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        yield
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house at work on this machine, with strangers' issuers in the world around it."""
    build()
    port = free_port()
    house = build_house(tmp_path_factory.mktemp("house"), f"http://localhost:{port}")
    with served(house.service, port):
        yield house
    house.service.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        yield page


def at(house: House, path: str) -> str:
    return house.service.base_url + path


def own(house: House, standing: str, form: str = "json") -> bytes:
    found = house.service.documents.find(f"/credentials/{house.ids[standing]}", form=form)
    assert found is not None
    return found.body


def outside(page: Page, house: House, *, readable: bool = True) -> list[str]:
    """The web as the browser finds it: what the world's issuers publish, with or without leave for pages of others."""
    asked: list[str] = []
    headers = {"Access-Control-Allow-Origin": "*" if readable else "https://elsewhere.example"}

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        found = house.world.fetcher.sites.get(route.request.url)
        if found is None:
            route.fulfill(status=404, headers=headers)
        else:
            route.fulfill(body=found.body, content_type=found.media_type, headers=headers)

    page.route(re.compile("^https://"), answer)
    return asked


def give(page: Page, house: House, *files: tuple[str, bytes]) -> None:
    page.goto(at(house, "/verify"))
    page.set_input_files(
        "input[type=file]",
        [{"name": name, "mimeType": "application/octet-stream", "buffer": body} for name, body in files],
    )
    follow(page.get_by_role("button", name="Verify"))


def table_is_there(page: Page) -> None:
    page.wait_for_selector("[data-batch]:not([aria-busy]) [data-csv][href]")


class TestSeveral:
    """A manager drops a folder of files."""

    def files(self, house: House) -> list[tuple[str, bytes]]:
        stranger = house.world.issuer("acme.example", name="Acme").issue()
        forged = stranger.json.replace(b'"name":"Certificate"', b'"name":"Master of all"')
        standings = [(f"{name}.json", own(house, name)) for name in ("valid", "expired", "revoked", "suspended")]
        return [*standings, ("stranger.jwt", stranger.jwt), ("forged.json", forged), ("=1+1.txt", b"hello")]

    @pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
    def test_each_gets_its_row(self, page: Page, house: House, size: Any, tmp_path: Path) -> None:
        complaints = watched(page)
        page.set_viewport_size(size)
        give(page, house, *self.files(house))
        table_is_there(page)
        words = page.locator("[data-batch] .cell-status").all_inner_texts()
        assert [word.strip() for word in words] == [
            "Valid", "Expired", "Revoked", "Suspended", "Valid", "Not valid", "Not valid",
        ]  # fmt: skip
        assert "Not known here" in page.locator("tr", has_text="stranger.jwt").inner_text()
        assert "Issued here" in page.locator("tr", has_text="valid.json").first.inner_text()
        forged = page.locator("tr", has_text="forged.json").inner_text()
        assert "Not proven. It claims:" in forged
        assert not overflows(page)
        follow(page.get_by_role("link", name="revoked.json"))
        assert page.locator("#result-3").is_visible()
        with page.expect_download() as download:
            follow(page.get_by_role("link", name="Download as CSV"))
        rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
        assert [row[0] for row in rows] == [
            "File", "valid.json", "expired.json", "revoked.json", "suspended.json", "stranger.jwt", "forged.json",
            "'=1+1.txt",
        ]  # fmt: skip
        assert rows[6][2:9] == [""] * 7  # what is not proven is not in the table
        assert complaints == []

    def test_it_works_without_scripts(self, browser: Browser, house: House) -> None:
        with browser.new_context(java_script_enabled=False, viewport=PHONE) as context:
            page = context.new_page()
            give(page, house, *self.files(house))
            assert page.locator("[data-tally] li").first.inner_text().split() == ["2", "Valid"]
            with page.expect_download() as download:
                follow(page.get_by_role("link", name="Download as CSV"))
            assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 8

    def test_too_many_are_told_at_the_field(self, page: Page, house: House) -> None:
        give(page, house, *[(f"{number}.json", b"{}") for number in range(201)])
        assert page.locator("#file-error").inner_text() == "These are 201. Give up to 200 at a time."


class TestMyIssuers:
    """A visitor says whom he trusts; the server is not told."""

    def test_the_list_stays_in_the_browser(self, page: Page, house: House) -> None:
        stranger = house.world.issuer("college.example", name="College")
        give(page, house, ("badge.json", stranger.issue().json))
        panel = page.locator("[data-issuer]")
        assert "Not known here" in panel.inner_text()
        assert "That says nothing against it" in panel.inner_text()
        follow(page.get_by_role("button", name="I trust this issuer"))
        assert "On your list" in panel.inner_text()
        give(page, house, ("one.json", stranger.issue().json), ("two.json", own(house, "valid")))
        table_is_there(page)
        assert "On your list" in page.locator("tr", has_text="one.json").inner_text()
        with page.expect_download() as download:
            follow(page.get_by_role("link", name="Download as CSV"))
        rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
        assert [row["Issuer known"] for row in rows] == ["On your list", "Issued here"]
        page.goto(at(house, "/verify"))
        assert "did:web:college.example" in page.locator("[data-my-issuers]").inner_text()
        follow(page.get_by_role("button", name="Remove College"))
        assert not page.locator("[data-my-issuers]").is_visible()


class TestInTheBrowser:
    """Both answers beside each other, and the browser's is its own."""

    def check(self, page: Page, text: str = "") -> str:
        """The browser's word; on `text` instead of what the page carries, as if the server had sent that."""
        page.wait_for_selector("[data-answers]", state="attached")
        page.evaluate(
            """text => {
            document.querySelector('[data-answers]').hidden = true;
            if (text) document.querySelector('[data-text]').textContent = text;
        }""",
            text,
        )
        follow(page.locator("[data-start]"))
        page.wait_for_selector("[data-answers]:not([hidden])")
        return page.locator("[data-own] b").inner_text()

    def test_the_page_of_a_credential(self, page: Page, house: House) -> None:
        complaints = watched(page)
        for standing in ("valid", "expired", "revoked", "suspended"):
            page.goto(at(house, f"/credentials/{house.ids[standing]}"))
            assert self.check(page) == standing.capitalize()
            assert page.locator("[data-comparison]").is_hidden()
            assert page.evaluate("document.activeElement.hasAttribute('data-start')"), "the focus stays where it was"
        assert f"{house.service.base_url}/.well-known/did.json" in page.locator("[data-asked]").inner_text()
        assert not overflows(page)
        assert complaints == []

    @pytest.mark.parametrize("form", ["json", "jwt"])
    def test_a_strangers_credential_is_checked_with_the_stranger(self, page: Page, house: House, form: str) -> None:
        badge = house.world.issuer("academy.example", name="Academy").issue()
        complaints, asked = watched(page), outside(page, house)
        give(page, house, ("badge", badge.forms()[form]))
        assert "It will ask nobody but: academy.example." in page.locator("[data-in-browser]").inner_text()
        assert self.check(page) == "Valid", complaints
        assert asked == [badge.issuer.document_url, badge.issuer.list_url("revocation")]
        # The server's answer stays, and what the page carries is changed: as a server could do that lies.
        assert self.check(page, forged(badge, form)) == "Not valid"
        assert "The two answers differ" in page.locator("[data-comparison]").inner_text()
        assert complaints == []

    @pytest.mark.parametrize(
        ("cryptosuite", "key"),
        [
            ("eddsa-jcs-2022", KeyType.ED25519),
            ("ecdsa-rdfc-2019", KeyType.P256),
            ("ecdsa-rdfc-2019", KeyType.P384),
            ("ecdsa-jcs-2019", KeyType.P256),
            ("ecdsa-jcs-2019", KeyType.P384),
            ("ecdsa-sd-2023", KeyType.P256),
        ],
    )
    def test_every_cryptosuite(self, page: Page, house: House, cryptosuite: str, key: KeyType) -> None:
        """Of an issuer whose status list is signed with the same key, and of one that is a key itself."""
        outside(page, house)
        for issuer, status in (
            (house.world.issuer(f"{key.lower()}.example", key=key), ("revocation",)),
            (house.world.issuer(f"{key.lower()}.example", key=key, method="key"), ()),
        ):
            signed = signed_by(issuer.issue(status=status), cryptosuite)
            give(page, house, ("badge.json", signed))
            assert self.check(page) == "Valid", page.locator("[data-steps]").inner_text()
            changed = signed.decode().replace("Cloud Associate", "Cloud Principal")
            assert self.check(page, changed) == "Not valid"

    def test_a_holders_copy_to_derive_from_is_not_called_forged(self, page: Page, house: House) -> None:
        issuer = house.world.issuer("deriving.example", key=KeyType.P256)
        badge = issuer.issue()
        outside(page, house)
        give(page, house, ("badge.json", badge.json))
        assert self.check(page, base_copy(badge).decode()) == "Not fully checked"
        assert "holder derives what is shown" in page.locator("[data-steps]").inner_text()

    def test_a_server_that_may_not_be_read_says_nothing_against_it(self, page: Page, house: House) -> None:
        badge = house.world.issuer("closed.example").issue()
        outside(page, house, readable=False)
        give(page, house, ("badge.json", badge.json))
        assert self.check(page) == "Not fully checked"
        assert "CORS" in page.locator("[data-steps]").inner_text()
        assert page.locator("[data-comparison]").is_hidden()

    def test_what_could_mean_two_things_is_not_called_valid(self, page: Page, house: House) -> None:
        badge = house.world.issuer("plain.example").issue()
        outside(page, house)
        give(page, house, ("badge.json", badge.json))
        document = json.loads(badge.json)
        context = [*document["@context"], {"@vocab": "https://x.example/"}]
        for change, word in (
            ({}, "Valid"),
            ({"https://www.w3.org/2018/credentials#validUntil": "2020-01-01T00:00:00Z"}, "Not valid"),
            ({"@included": []}, "Not valid"),
            ({"madeUp": "word"}, "Not valid"),
            ({"validFrom": [document["validFrom"]]}, "Not valid"),
            ({"@context": context}, "Not fully checked"),
            ({"proof": []}, "Not valid"),
            ({"proof": [*document["proof"], {**document["proof"][0], "created": "2020-01-01T00:00:00Z"}]}, "Not valid"),
            ({"issuer": "did:web:other.example"}, "Not valid"),
        ):
            assert self.check(page, json.dumps({**document, **change})) == word, change

    def test_a_key_that_the_issuer_does_not_publish(self, page: Page, house: House) -> None:
        victim, thief = house.world.issuer("victim.example"), house.world.issuer("thief.example")
        badge = victim.issue()
        outside(page, house)
        give(page, house, ("badge.json", badge.json))
        stolen = Badge(thief, badge.document, badge.indexes, thief.seal())
        for form in stolen.forms().values():
            assert self.check(page, form.decode()) in {"Not valid", "Not fully checked"}


def forged(badge: Badge, form: str) -> str:
    """The same with another name of what was achieved, and the signature as it was."""
    if form == "json":
        return badge.json.decode().replace("Cloud Associate", "Cloud Principal")
    head, payload, signature = badge.jwt.decode().split(".")
    said = base64url.decode(payload).replace(b"Cloud Associate", b"Cloud Principal")
    return f"{head}.{base64url.encode(said)}.{signature}"


def signed_by(badge: Badge, cryptosuite: str) -> bytes:
    """The badge signed with its issuer's key by this cryptosuite; without its name, if that can leave something out."""
    if cryptosuite == "ecdsa-sd-2023":
        return json.dumps(ecdsa_sd_2023.derive(json.loads(base_copy(badge)), [])).encode()
    seal, suite = badge.seal, data_integrity.SIGNING_ONCE[cryptosuite]
    method = seal.verification_method
    signed = data_integrity.add_proof(
        prepare(badge.document), seal.key, verification_method=method, created=seal.created, suite=suite
    )
    return signed.body


def base_copy(badge: Badge) -> bytes:
    """What the holder has, and derives from what he shows."""
    fixed = ["/issuer", "/validFrom", "/credentialSubject/achievement"]
    if "credentialStatus" in badge.document:
        fixed.append("/credentialStatus")
    return ecdsa_sd_2023.sign(
        prepare(badge.document),
        badge.seal.key,
        verification_method=badge.seal.verification_method,
        created=badge.seal.created,
        mandatory=fixed,
        randomness=Random(9).randbytes,  # noqa: S311
    ).body


def film(text: str, path: Path) -> Path:
    """What the fake camera sees: a code held into the picture, as raw video (YUV4MPEG2)."""
    picture = Image.new("L", (640, 480), 140)
    code = Image.open(io.BytesIO(qr_png(text))).convert("L").resize((300, 300))
    picture.paste(code.rotate(7, expand=True, fillcolor=140), (150, 70))
    frame = b"FRAME\n" + picture.tobytes() + bytes([128]) * (640 * 480 // 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 4)
    return path


class TestCamera:
    """The code is read on the device; only what it says goes out."""

    @pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
    def test_a_code_held_before_the_camera(self, browser: Browser, house: House, tmp_path: Path, size: Any) -> None:
        video = film(at(house, f"/credentials/{house.ids['valid']}"), tmp_path / "code.y4m")
        fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
        with another(browser, *fake, f"--use-file-for-fake-video-capture={video}") as with_camera:
            page = with_camera.new_page(viewport=size)
            complaints, sent = watched(page), []
            page.goto(at(house, "/"))
            follow(page.get_by_role("link", name="Scan a badge"))  # from any page; browsers then want one tap
            assert page.evaluate("document.activeElement.hasAttribute('data-camera-open')")
            page.on("request", lambda request: sent.append((request.method, request.post_data_buffer or b"")))
            assert "stays on this device" in page.locator("[data-camera-says]").inner_text()
            with page.expect_navigation(timeout=20_000):
                follow(page.get_by_role("button", name="Scan a QR code"))
            assert "Valid" in page.locator("main").inner_text()[:200]
            posted = [body for method, body in sent if method == "POST"]
            assert len(posted) == 1
            assert len(posted[0]) < 1500
            assert house.ids["valid"].encode() in posted[0]
            assert not overflows(page)
            assert complaints == []

    def test_who_refuses_is_told_another_way(self, browser: Browser, house: House) -> None:
        with browser.new_context(viewport=PHONE) as context:
            page = context.new_page()
            page.goto(at(house, "/verify"))
            follow(page.get_by_role("button", name="Scan a QR code"))
            page.wait_for_selector("[data-camera-says].fault")
            assert "take a photo" in page.locator("[data-camera-says]").inner_text().lower()
            assert page.get_by_role("button", name="Scan a QR code").is_visible()
