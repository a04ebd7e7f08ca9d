"""A badge below one's e-mails: HTML that mail programs keep (a table, styles on the elements), and the same as text.

It is pasted into the settings of a mail program, and its picture is fetched from its own address: it has no colours of
its own, since who reads may have chosen a dark window.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

_TABLE = 'cellpadding="0" cellspacing="0" border="0" role="presentation" style="border-collapse:collapse"'
_WORDS = "vertical-align:middle;font-family:Arial,Helvetica,sans-serif;font-size:13px;line-height:18px"
_HEIGHT = 56  # pixels


@dataclass(frozen=True, slots=True)
class Signature:
    """What the badge is for, who awarded it, and where it is proven; `picture` is the address of a PNG, or "".

    alt: what the picture is, for those who hear it or do not load it.
    """

    name: str
    organization: str
    url: str
    picture: str = ""
    alt: str = ""

    @property
    def html(self) -> str:
        """One line of HTML; every word of people in it is escaped."""
        url = escape(self.url)
        cells = (
            f'<td style="{_WORDS}"><a href="{url}"><b>{escape(self.name)}</b></a><br>{escape(self.organization)}</td>'
        )
        if self.picture:
            picture = (
                f'<img src="{escape(self.picture)}" alt="{escape(self.alt)}" height="{_HEIGHT}" '
                f'style="display:block;border:0;height:{_HEIGHT}px">'
            )
            cells = f'<td style="padding:0 12px 0 0;vertical-align:middle"><a href="{url}">{picture}</a></td>{cells}'
        return f"<table {_TABLE}><tr>{cells}</tr></table>"

    @property
    def text(self) -> str:
        """The same for mails without HTML: two lines."""
        return f"{self.name} – {self.organization}\n{self.url}"
