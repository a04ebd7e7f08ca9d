"""What axe-core finds wrong with a page for people who do not see it, or not well, or use no mouse (WCAG 2.2 AA)."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Frame, Page

from tests.peers.process import INSTALLED, install

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, help, nodes}) => `${id}: ${help}: ${nodes.slice(0, 3).map(({html}) => html).join(" … ")}`);
}"""


def serious(page: Page | Frame) -> list[str]:
    """Its serious and critical findings, each with the elements; the script comes past the page's own policy."""
    page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN, _TAGS)
    return found


@cache
def _source() -> str:
    install()
    return (INSTALLED / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
