"""The auditor’s road through the reports in a real browser: charts without scripts, tables, and the report on paper."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows, watched
from tests.journeys.command import run
from tests.journeys.conftest import Company, company

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,  # axe-core comes with the peers
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
"""Where to write pictures of the pages, to look at."""
NAMES = ("Ada Auditor", "Ben Okafor", "فاطمة الزهراء", "Cleo Varga", "Dan Drew", "Eva Møller", "Finn Aas", "Gia Rossi")
PAGES = ["", "/outcomes", "/overdue", "/differences", "/quarter"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("reports")
    with company(folder) as made:
        people = "".join(f"{name},p{n}@brightmoor.example,{n},team {n % 2}\n" for n, name in enumerate(NAMES))
        (folder / "people.csv").write_text(f"name,email,employee_number,teams\n{people}", encoding="utf-8")
        assert made.command("people", "import", str(folder / "people.csv")).code == 0
        earned = [datetime.now(UTC).date() - timedelta(days=40 * n) for n in range(len(NAMES))]
        awards = "".join(
            f"{name},p{n}@brightmoor.example,first-aid,first-aider,{earned[n]}\n" for n, name in enumerate(NAMES)
        )
        (folder / "awards.csv").write_text(f"name,email,program,level,awarded_on\n{awards}", encoding="utf-8")
        assert made.command("issue", str(folder / "awards.csv")).code == 0
        to_all = ("assign", "add", "first-aid/first-aider", "--to-everyone", "--required", "within 30 days of joining")
        made.command(*to_all)
        assert made.command("admin", "grant", "p0@brightmoor.example", "auditor").code == 0
        yield made


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"reports-{name}.png"), full_page=True)


def sign_in(page: Page, house: Company) -> None:
    page.goto(run("admin", "link", "p0@brightmoor.example", "--home", str(house.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in"))
    page.wait_for_load_state("networkidle")


def test_an_auditor_reads_the_reports(browser: Browser, house: Company) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, house)
    complaints = watched(page)
    for path in PAGES:
        page.goto(f"{house.base_url}/admin/reports{path}")
        assert not overflows(page), path
        picture(page, f"phone{path.replace('/', '-')}")
    page.goto(f"{house.base_url}/admin/reports")
    expect(page.get_by_role("img", name="How credentials stand, by level")).to_be_visible()
    page.get_by_text("The figures").first.click()
    expect(page.get_by_role("cell", name="8", exact=True).first).to_be_visible()
    follow(page.get_by_role("link", name="Quarterly report"))
    page.get_by_label("Quarter", exact=True).select_option(index=0)
    follow(page.get_by_role("button", name="Show"))
    address = page.get_by_role("link", name="As PDF").get_attribute("href")
    answer = context.request.get(f"{house.base_url}{address}")
    assert "Quarterly report".upper() in PdfReader(io.BytesIO(answer.body())).pages[0].extract_text()
    assert complaints == []
    context.close()
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport=DESKTOP, color_scheme=scheme)
        sign_in(page, house)
        for path in PAGES:
            page.goto(f"{house.base_url}/admin/reports{path}")
            for summary in page.get_by_text("The figures").all():
                summary.click()
            assert serious(page) == [], path
            picture(page, f"{scheme}{path.replace('/', '-')}")
        page.close()
