"""A draft as HTML for mail programs: a table for the page, styles on the elements, nothing fetched from anywhere. Pure.

The colours are those of portal/static/tokens.css in the light. There is no image and no counting of readers.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from issuer.messages.draft import Draft, Entry, Group, Section

_SANS = "-apple-system,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue',Arial,sans-serif"
_SERIF = "'Iowan Old Style',Palatino,'Book Antiqua',Georgia,'Noto Serif',serif"
_PAPER, _CARD, _SUNKEN = "#f4f5f8", "#ffffff", "#eef0f5"
_INK, _SOFT, _LINE = "#12161f", "#4b5467", "#dde1e9"
_ACCENT, _LATE, _LATE_TINT = "#2340a8", "#a81e2b", "#fcebec"

_BUTTON = (
    f"display:inline-block;padding:10px 20px;border-radius:999px;background:{_ACCENT};color:#ffffff;"
    "font-weight:600;text-decoration:none"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{subject}</title>
</head>
<body style="margin:0;padding:0;background:{paper};color:{ink};font-family:{sans};font-size:16px;line-height:1.55">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:{paper}">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;text-align:left">
<tr><td style="padding:0 4px 14px;font-size:15px;font-weight:650;color:{ink}">
<span style="color:{accent}">&#9679;</span>&nbsp; <span dir="auto">{issuer}</span></td></tr>
<tr><td style="background:{card};border:1px solid {line};border-radius:18px;padding:28px 28px 30px">
<p style="margin:0" dir="auto">{greeting}</p>
{body}
</td></tr>
<tr><td style="padding:16px 4px 0;font-size:13px;line-height:1.5;color:{soft}">{because}<br>
<a href="{base_url}" style="color:{soft}">{base_url}</a></td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""


def html_of(draft: Draft) -> str:
    """The page. Every word of people in it is escaped."""
    return _PAGE.format(
        subject=escape(draft.subject),
        issuer=escape(draft.issuer),
        greeting=escape(draft.greeting),
        because=escape(draft.because),
        base_url=escape(draft.base_url),
        body="\n".join(_section(section) for section in draft.sections),
        paper=_PAPER,
        card=_CARD,
        ink=_INK,
        soft=_SOFT,
        line=_LINE,
        accent=_ACCENT,
        sans=_SANS,
    )


def _section(section: Section) -> str:
    parts = []
    if section.title:
        style = f"margin:26px 0 0;font-family:{_SERIF};font-size:22px;line-height:1.2;font-weight:700"
        parts.append(f'<h1 style="{style}" dir="auto">{escape(section.title)}</h1>')
    if section.lead:
        parts.append(f'<p style="margin:8px 0 0;color:{_SOFT}">{escape(section.lead)}</p>')
    parts += [_entry(entry, below_title=bool(section.title)) for entry in section.entries]
    if section.groups:
        parts.append(_groups(section.groups))
    return "\n".join(parts)


def _entry(entry: Entry, *, below_title: bool) -> str:
    tag = "h2" if below_title else "h1"
    edge, tint = (_LATE, _LATE_TINT) if entry.urgent else (_ACCENT, _SUNKEN)
    heading = f"margin:0;font-family:{_SERIF};font-size:20px;line-height:1.25;font-weight:700"
    lines = [f'<{tag} style="{heading}" dir="auto">{escape(entry.heading)}</{tag}>']
    lines += [f'<p style="margin:8px 0 0" dir="auto">{escape(sentence)}</p>' for sentence in entry.sentences]
    if entry.link:
        link = f'<a href="{escape(entry.link)}" style="{_BUTTON}">{escape(entry.link_label)}</a>'
        lines.append(f'<p style="margin:16px 0 0">{link}</p>')
    for label, target in entry.more:
        link = f'<a href="{escape(target)}" style="color:{_ACCENT}">{escape(label)}</a>'
        lines.append(f'<p style="margin:12px 0 0">{link}</p>')
    box = f"background:{tint};border-left:5px solid {edge};border-radius:10px;padding:18px 20px"
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:18px">'
        f'<tr><td style="{box}">{"".join(lines)}</td></tr></table>'
    )


def _groups(groups: Iterable[Group]) -> str:
    rows = []
    for group in groups:
        late = f' <span style="color:{_LATE};font-size:13px;font-weight:600">overdue</span>' if group.late else ""
        lines = "".join(f'<br><span dir="auto" style="color:{_SOFT}">{escape(line)}</span>' for line in group.lines)
        rows.append(
            f'<tr><td style="padding:12px 0;border-top:1px solid {_LINE}">'
            f'<strong dir="auto">{escape(group.name)}</strong>{late}{lines}</td></tr>'
        )
    head = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin-top:14px">'
    return f"{head}{''.join(rows)}</table>"
