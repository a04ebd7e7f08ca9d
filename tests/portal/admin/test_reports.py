"""The reports as pages, CSV and PDF, for admins and auditors: the same figures in each, in the reader's language."""

from __future__ import annotations

import csv
import io

import pytest
from pypdf import PdfReader

from issuer.reports.health import health
from issuer.reports.periods import Quarter
from portal.admin.reports.paper import as_pdf
from portal.admin.reports.reading import Name, Wanted, read_report
from portal.language.language import ENGLISH, GERMAN
from tests.portal.admin.conftest import Desk
from tests.portal.admin.test_bounds import counted, more
from tests.portal.conftest import NOW
from wallet_export.errors import TypesettingFailed
from wallet_export.typeset import typeset

PAGES = ["", "/outcomes", "/overdue", "/differences", "/quarter"]
NAME = "#panic() *bold* $x$ <script> فاطمة 山田"


def rows(answer: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.decode("utf-8-sig"))))


def test_every_report_in_both_languages(desk: Desk) -> None:
    for page in PAGES:
        shown = desk.look("/admin/reports" + page)
        assert "<svg" in shown or "Nothing yet" in shown or "Not shown" in shown or "Nobody was" in shown
        assert "<style" not in shown
        assert ' style="' not in shown
        assert "Berichte" in desk.look("/admin/reports" + page, language="de")
    assert "Quartal" in desk.look("/admin/reports/quarter", language="de")
    desk.look("/admin/reports/none", status=404)
    assert "no quarter" in desk.look("/admin/reports/quarter?quarter=2026", status=422)
    assert "has not begun" in desk.look("/admin/reports/quarter?quarter=2030-Q1", status=422)
    assert "no program" in desk.look("/admin/reports/overdue?program=x", status=422)
    assert "no level" in desk.look("/admin/reports/differences?level=x%2Fy", status=422)


def test_the_tables_for_spreadsheets(desk: Desk) -> None:
    head, *lines = rows(desk.browser.get("/admin/reports/credentials/table.csv?sheet=levels").content)
    assert head[:4] == ["Program", "Level", "Valid", "Suspended"]
    total = lines[-1]
    assert total[0] == "All levels"
    assert int(total[2]) == sum(int(one[2]) for one in lines[:-1])
    answer = desk.browser.get("/admin/reports/quarter/table.csv?quarter=2026-Q4")
    assert answer.headers["content-disposition"] == 'attachment; filename="quarter-cloud-engineering-2026-Q4.csv"'
    head, *lines = rows(answer.content)
    assert head == ["Table", "Of what", "Figure", "Value"]
    assert ["At a glance", "Learners", "Value"] in [one[:3] for one in lines]
    assert desk.browser.get("/admin/reports/quarter/table.csv?sheet=none").status_code == 404


def test_the_quarterly_report_on_paper(desk: Desk) -> None:
    more(desk, 3)
    answer = desk.browser.get("/admin/reports/quarter/report.pdf?quarter=2026-Q4")
    assert answer.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "Cloud Engineering" in text
    assert "Q4 2026" in text
    assert "Learners" in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "pdfaid:part" in str(reader.trailer["/Root"]["/Metadata"].get_object().get_data())
    page = desk.look("/admin/reports/quarter?quarter=2026-Q4")
    found = health(desk.db, None, "cloud-engineering", Quarter(2026, 4), now=desk.clock())
    assert f"<dd>{found.learners}" in page
    assert str(found.total.after) in text


def test_a_past_quarter_is_byte_for_byte_the_same(desk: Desk) -> None:
    zone, wanted = desk.service.settings.zone, Wanted(Name.QUARTER, quarter="2026-Q3")
    made = []
    for language in (ENGLISH, GERMAN, ENGLISH):
        found = read_report(desk.db, None, zone, wanted, now=desk.clock())
        assert found.health is not None
        made.append(as_pdf(found.health, found, language))
        more(desk, 1)
    assert made[0] == made[2] != made[1]


def test_names_are_set_and_never_read() -> None:
    template = (
        "#let d = json(bytes(sys.inputs.data))\n#set document(title: d.name, date: datetime(..d.made))\n= #d.name\n"
    )
    made = typeset(template, {"name": NAME}, at=NOW)
    text = PdfReader(io.BytesIO(made.pdf)).pages[0].extract_text()
    assert "#panic() *bold* $x$ <script>" in text
    assert made.pdf == typeset(template, {"name": NAME}, at=NOW).pdf
    assert typeset(template, {"name": "Zoë Ñandú"}, at=NOW).own_fonts
    with pytest.raises(TypesettingFailed, match="could not be set"):
        typeset('#read("/etc/passwd")', {}, at=NOW)
    with pytest.raises(TypesettingFailed, match="longer than"):
        typeset(template, {"name": NAME}, at=NOW, seconds=0.005)


def test_no_report_asks_more_questions_of_more_rows(desk: Desk) -> None:
    numbers = {}
    for page in PAGES:
        with counted(desk) as asked:
            desk.look("/admin/reports" + page)
        numbers[page] = len(asked)
    more(desk, 20)
    for page in PAGES:
        with counted(desk) as asked:
            desk.look("/admin/reports" + page)
        assert len(asked) <= numbers[page] + 4, (page, asked)
        assert len(asked) < 40, page
