"""A certificate at its addresses: for whom, of what, in which language, and that it is read back and verified."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader
from starlette.testclient import TestClient

from portal.certificates.content import certificate_of, notice_of
from portal.certificates.making import NotCertified, certificate
from portal.certificates.paragraphs import paragraphs
from portal.certificates.specimen import certificate_fault
from portal.certificates.turns import Turns
from portal.export import export_credential
from portal.language.language import ENGLISH, GERMAN
from portal.pages.badge_view import badge_view
from portal.pages.credential import Published, published_whole
from portal.settings import load_settings
from portal.verifying.places import Overloaded
from tests.portal.conftest import BASE, BROWSER, House, build_house
from verifier.result import Status, VerificationResult

PDF = {"Accept": "application/pdf"}


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[TestClient]:
    with house.client() as one:
        yield one


def at(house: House, name: str) -> str:
    return f"/credentials/{house.ids[name]}"


def verified(house: House, name: str) -> tuple[Published, VerificationResult]:
    found = published_whole(house.service, UUID(house.ids[name]))
    assert found is not None
    return found, house.service.verify(found.secured, zone=found.zone)


def changed(result: VerificationResult, **members: Any) -> VerificationResult:
    document = {name: value for name, value in (result.document or {}).items() if name not in members}
    return replace(result, document={**document, **{name: value for name, value in members.items() if value}})


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


class TestAddress:
    """`/credentials/{id}.pdf`."""

    def test_it_is_the_credential_on_paper_and_in_the_file(self, house: House, client: TestClient) -> None:
        answer = client.get(at(house, "valid") + ".pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["vary"] == "Accept-Language, Cookie"
        said = text_of(answer.content)
        for told in ("Zoë Kjærsgaard", "Cloud Engineering Practitioner", "9 October 2028", "88 of 100", "Warm standby"):
            assert told in said, told
        assert PdfReader(io.BytesIO(answer.content)).attachments == {
            "credential.json": [client.get(at(house, "valid") + ".json").content]
        }

    def test_verify_reads_it_back(self, house: House, client: TestClient) -> None:
        pdf = client.get(at(house, "valid") + ".pdf").content
        assert house.service.verify(pdf).status is Status.VALID
        page = client.post("/verify", files={"file": ("certificate.pdf", pdf, "application/pdf")}, headers=BROWSER)
        assert page.status_code == 200
        assert "Zoë Kjærsgaard" in page.text
        expired = client.get(at(house, "expired") + ".pdf").content
        assert house.service.verify(expired).status is Status.EXPIRED

    def test_its_code_leads_to_the_page(self, house: House, client: TestClient) -> None:
        face = pypdfium2.PdfDocument(client.get(at(house, "valid") + ".pdf").content)[0]
        (code,) = zxingcpp.read_barcodes(face.render(scale=2, grayscale=True).to_pil())
        assert code.text == BASE + at(house, "valid")

    def test_it_is_offered_where_forms_are(self, house: House, client: TestClient) -> None:
        path = at(house, "valid")
        answer = client.get(path, headers=PDF)
        assert answer.content == client.get(path + ".pdf").content
        assert answer.headers["vary"] == "Accept, Accept-Language, Cookie"
        assert client.get(path + ".pdf", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        page = client.get(path, headers=BROWSER).text
        assert f'<link rel="alternate" type="application/pdf" href="{path}.pdf">' in page
        assert f'href="{path}.pdf" download="cloud-engineering-practitioner-' in page
        assert ".pdf" not in client.get(at(house, "revoked"), headers=BROWSER).text

    def test_german_and_the_paper_of_north_america(self, house: House, client: TestClient) -> None:
        path = at(house, "valid") + ".pdf"
        said = text_of(client.get(path, headers={"Accept-Language": "de"}).content)
        assert "Hiermit wird bescheinigt, dass" in said
        assert "9. Oktober 2028" in said
        assert "Hiermit wird" in text_of(client.get(path + "?lang=de").content)
        letter = PdfReader(io.BytesIO(client.get(path + "?paper=letter").content))
        assert [round(float(one)) for one in letter.pages[0].mediabox[2:]] == [792, 612]
        assert client.get(path + "?paper=a0").status_code == 422

    def test_what_ended_says_so_and_what_is_revoked_has_none(self, house: House, client: TestClient) -> None:
        assert "Expired on 5 January 2026" in text_of(client.get(at(house, "expired") + ".pdf").content)
        for name, status, why in (("revoked", 410, "It is revoked"), ("suspended", 409, "It is suspended")):
            answer = client.get(at(house, name) + ".pdf")
            assert answer.status_code == status
            assert why in answer.json()["detail"]
        page = client.get(at(house, "revoked") + ".pdf", headers={**BROWSER, "Accept-Language": "de"})
        assert page.status_code == 410
        assert "Es ist widerrufen" in page.text
        found, result = verified(house, "revoked")
        corrected = replace(found, chain=replace(found.chain, successor=verified(house, "valid")[0].chain.credential))
        with pytest.raises(NotCertified, match="of its successor there is: " + BASE + at(house, "valid")):
            certificate(house.service, corrected, result, ENGLISH)
        unknown = "/credentials/00000000-0000-4000-8000-000000000000.pdf"
        assert client.get(unknown).status_code == 404


class TestContent:
    """What is said of documents of other shapes."""

    def test_without_an_end_and_not_yet(self, house: House) -> None:
        found, result = verified(house, "valid")
        endless = certificate_of(house.service, found, changed(result, validUntil=None), ENGLISH)
        assert [(one.name, one.value) for one in endless.dates] == [
            ("Awarded", "9 October 2026"),
            ("Valid", "without an end"),
        ]
        badge = badge_view(result.document or {}, zone=found.zone or UTC)
        assert GERMAN.say(notice_of(Status.NOT_YET_VALID, badge)) == "Gültig erst ab 9. Oktober 2026"

    def test_a_document_that_says_almost_nothing(self, house: House) -> None:
        found, result = verified(house, "valid")
        bare = changed(result, credentialSubject={"achievement": {"name": "Odd"}}, evidence=None, proof=None)
        said = certificate_of(house.service, found, bare, ENGLISH)
        assert (said.level, said.holder, said.parts, said.results.lines, said.picture) == ("Odd", "", (), (), None)
        assert text_of(certificate(house.service, found, bare, ENGLISH)).count("Odd") >= 2

    def test_criteria_are_words_lists_and_headings(self) -> None:
        told = paragraphs(
            "# Why\n\nA *b* [c](https://x.example)\nd\n\n3. one\n4. two\n\n   more\n\n- dash\n\n"
            "```\ncode\n```\n<b>x</b>"
        )
        assert [(one.kind, one.text, one.number) for one in told] == [
            ("head", "Why", ""),
            ("text", "A b c d", ""),
            ("item", "one", "3"),
            ("item", "two", "4"),
            ("text", "more", ""),
            ("item", "dash", ""),
            ("text", "code", ""),
            ("text", "<b>x</b>", ""),
        ]

    def test_letters_without_a_font_are_named(self, house: House) -> None:
        found, result = verified(house, "valid")
        subject = {**(result.document or {})["credentialSubject"], "identifier": [], "name": "Ana \U0001e6c0"}
        with pytest.raises(NotCertified, match="No font on this server has the letters “\U0001e6c0”"):
            certificate(house.service, found, changed(result, credentialSubject=subject), ENGLISH)

    def test_too_many_at_once_are_told_to_come_again(self) -> None:
        turns = Turns()
        held = [turns.turn() for _ in range(16)]
        for one in held:
            one.__enter__()
        with pytest.raises(Overloaded, match="Many certificates"), turns.turn():
            pass
        for one in held:
            one.__exit__(None, None, None)
        with turns.turn():
            pass


class TestOwnLook:
    """`certificate_template`, `certificate_fonts`, `certificate_paper`."""

    def test_the_settings_say_how(self, tmp_path: Path) -> None:
        (tmp_path / "ours.typ").write_text(
            "#let d = json(bytes(sys.inputs.data))\n#set document(title: d.title, date: datetime(..d.made))\n"
            '#set page(paper: "us-letter")\n= Wir: #d.holder\n',
            encoding="utf-8",
        )
        own = {"GUILDMARK_CERTIFICATE_TEMPLATE": "ours.typ", "GUILDMARK_CERTIFICATE_PAPER": "letter"}
        assert certificate_fault(load_settings(tmp_path, own)) == ""
        assert certificate_fault(load_settings(tmp_path, {})) == ""
        missing = load_settings(tmp_path, {"GUILDMARK_CERTIFICATE_TEMPLATE": "none.typ"})
        assert "none.typ cannot be read" in certificate_fault(missing)
        (tmp_path / "ours.typ").write_text("#nothing", encoding="utf-8")
        assert "unknown variable: nothing; line 1" in certificate_fault(load_settings(tmp_path, own))

    def test_a_house_with_a_template_of_its_own(self, tmp_path: Path) -> None:
        house = build_house(tmp_path)
        (tmp_path / "ours.typ").write_text(
            "#let d = json(bytes(sys.inputs.data))\n#set document(title: d.title)\n= Ours: #d.holder", encoding="utf-8"
        )
        own = house.service.settings.model_copy(update={"certificate_template": Path("ours.typ")})
        house.service = replace(house.service, settings=own)
        with house.client() as client:
            pdf = client.get(at(house, "valid") + ".pdf").content
            assert text_of(pdf) == "Ours: Zoë Kjærsgaard"
            assert house.service.verify(pdf).status is Status.VALID
            (tmp_path / "ours.typ").write_text("#nothing", encoding="utf-8")
            assert client.get(at(house, "valid") + ".pdf?lang=en").status_code == 503
        house.service.close()


def test_export_writes_it_for_what_stands(house: House, tmp_path: Path) -> None:
    paths = export_credential(house.service, UUID(house.ids["valid"]), tmp_path)
    (pdf,) = (path for path in paths if path.suffix == ".pdf")
    assert "Zoë Kjærsgaard" in text_of(pdf.read_bytes())
    assert pdf.name.startswith("zoë-kjærsgaard_practitioner_")
    revoked = export_credential(house.service, UUID(house.ids["revoked"]), tmp_path)
    assert ".pdf" not in {path.suffix for path in revoked}
