"""A credential as a certificate on paper: PDF/A-3 (ISO 19005-3, level A) with the signed credential attached.

What it says is given as words; here it is set, by our template or an organization's own (docs/certificate.md has the
data that a template finds). The same certificate gives the same bytes on the same machine.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from wallet_export.certificate_room import Part, Room, fitted, fitting, lines_of, listed
from wallet_export.errors import LettersMissing
from wallet_export.guilloche import border, rosette
from wallet_export.qr import ErrorCorrection, qr_svg
from wallet_export.typeset import Typeset, Typesetter

Paper = Literal["a4", "letter"]
STANDARDS: Final = ("a-3a", "ua-1")
"""PDF/A-3a, and PDF/UA-1 (ISO 14289-1): it keeps, and screen readers read it."""
_SIZES: Final = {"a4": (297.0, 210.0), "letter": (279.4, 215.9)}
_EAST: Final = {"ja": "Noto Serif CJK JP", "ko": "Noto Serif CJK KR"}
_ACCENT, _GOLD, _FAINT = "#1d3f72", "#b08d3c", "#e3e8f1"
_MOST_LEFT_OUT: Final = 20  # different signs that no font has
_NAMES: Final = (46.0, 42.0, 38.0, 34.0, 30.0, 26.0)  # points
_LEVELS: Final = (31.0, 28.0, 25.0, 22.0, 19.0, 16.0)
_ISSUERS: Final = (18.0, 16.0, 14.0, 12.0)
_PROGRAMS: Final = (14.0, 12.0, 10.0)
_HEADS: Final = (22.0, 19.0, 16.0, 13.0)

# Behind what a template says, so that the credential is in every file, and typst's words on faults keep their lines.
_ATTACHED: Final = """
#{
  let file = json(bytes(sys.inputs.data)).file
  pdf.attach(file.name, bytes(sys.inputs.signed), relationship: "source", mime-type: file.type, description: file.told)
}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A fact: its name and value, and a word more; code: an identifier."""

    name: str
    value: str
    detail: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under a title; it may have none."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Our own words on it, in its language. kind: “Certificate”; checks: ways to check it; more: said where text is
    left out; told: what the attached file is."""

    kind: str
    certifies: str
    earned: str
    scan: str
    signed: str
    checks_title: str
    checks: tuple[str, ...]
    more: str
    qr_alt: str
    badge_alt: str
    told: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. made_at: when the credential was issued, which is the file's time too.

    signed: the credential as it was signed (JSON or JWT), attached byte for byte under signed_name. picture: the badge
    as SVG or PNG; None: there is none. holder: "" where the credential names nobody. holder_language: what its letters
    prove, for Chinese characters' shapes. notice: what must not be overlooked (that it is expired), or "".
    """

    language: str
    title: str
    issuer: str
    domain: str
    holder: str
    holder_language: str
    level: str
    program: str
    about: str
    notice: str
    dates: tuple[Line, ...]
    parts: tuple[Part, ...]
    results: Group
    facts: Group
    url: str
    words: Words
    made_at: datetime
    signed: bytes
    signed_name: str
    signed_type: str
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How an organization has it: its template (None: ours), folders with fonts of its own, paper."""

    template: str | None = None
    fonts: tuple[Path, ...] = ()
    paper: Paper = "a4"


def certificate_pdf(certificate: Certificate, typesetter: Typesetter, look: Look) -> Typeset:
    """The certificate, set. Signs that no font has (emoji) are left out of it.

    Raises LettersMissing for letters: a name with boxes in it would be a wrong name. Raises TypesettingFailed, whose
    message says what is wrong with a template.
    """
    data = certificate_data(certificate, look.paper)
    left_out: set[str] = set()
    while True:
        try:
            return typesetter.set(
                (look.template if look.template is not None else _template()) + _ATTACHED,
                _without(data, left_out),
                at=certificate.made_at,
                standards=STANDARDS,
                texts={"signed": certificate.signed.decode("utf-8"), **_pictures(certificate, look.paper)},
                fonts=look.fonts,
                machine_fonts=_beyond(data),
            )
        except LettersMissing as missing:
            signs = {one for one in missing.letters if _is_sign(one)} - left_out
            if not signs or len(left_out) >= _MOST_LEFT_OUT:
                raise
            left_out |= signs


def _is_sign(letter: str) -> bool:
    """Whether a text says the same without it. A letter may be newer than what is known of Unicode here."""
    kind = unicodedata.category(letter)
    return kind[0] in "PSZ" or kind in {"Cc", "Cf", "Co"} or 0x1F000 <= ord(letter) <= 0x1FAFF


def certificate_data(certificate: Certificate, paper: Paper) -> dict[str, Any]:
    """What a template finds in `json(bytes(sys.inputs.data))`."""
    width, height = _SIZES[paper]
    one, words = certificate, certificate.words
    room = Room(width=(width - 48 - 11) * 0.545, height=height - 94)
    size, parts = fitting(one.about, one.parts, room, words.more)
    sizes = {
        "holder": fitted(one.holder, _NAMES, width - 64),
        "level": fitted(one.level, _LEVELS, width - 64),
        "program": fitted(one.program, _PROGRAMS, width - 64),
        "issuer": fitted(one.issuer, _ISSUERS, width - 80),
        "head": fitted(one.level, _HEADS, width - 110),
        "facts": listed(
            [
                *((f"{line.name} {line.value} {line.detail}", 0.8) for line in one.results.lines),
                *((f"{line.value} {line.detail}", 0.6) for line in one.facts.lines),
            ],
            Room(width=(width - 48 - 11) * 0.455 - 12, height=height - 98),
        ),
    }
    wide = width - 64
    seconds = sum(lines_of(getattr(one, name), sizes[name], wide) > 1 for name in ("holder", "level", "program"))
    return {
        **{
            name: getattr(one, name) for name in ("language", "title", "issuer", "domain", "holder", "level", "program")
        },
        **{name: getattr(one, name) for name in ("about", "notice", "url")},
        **asdict(words),
        "paper": paper,
        "dates": [asdict(line) for line in one.dates],
        "parts": [asdict(part) for part in parts],
        "results": asdict(one.results),
        "facts": asdict(one.facts),
        "where": one.url.partition("://")[2].partition("/")[0],
        "file": {"name": one.signed_name, "type": one.signed_type, "told": words.told},
        "look": {
            **sizes,
            "text": size,
            "picture": 44 - 8 * (seconds + bool(one.notice)),
            "direction": _direction(one.holder),
            "accent": _ACCENT,
            "second": _GOLD,
            "east": [_EAST[one.holder_language]] if one.holder_language in _EAST else [],
            "badge": one.picture is not None,
        },
    }


def _pictures(certificate: Certificate, paper: Paper) -> dict[str, str]:
    """What a template finds as `sys.inputs.…`: SVG."""
    width, height = _SIZES[paper]
    return {
        "qr": qr_svg(certificate.url, correction=ErrorCorrection.M).decode("ascii"),
        "badge": _svg(certificate.picture) if certificate.picture is not None else "",
        "border": border(width, height, inset=12.5, depth=5.2, ink=_ACCENT, second=_GOLD),
        "rosette": rosette(128, ink=_FAINT, stroke=0.22),
    }


def _svg(picture: bytes) -> str:
    """The picture as SVG: a PNG is put into one."""
    if not picture.startswith(b"\x89PNG"):
        return picture.decode("utf-8")
    width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    data = base64.b64encode(picture).decode("ascii")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" '
        f'xlink:href="data:image/png;base64,{data}"/></svg>'
    )


def _direction(text: str) -> str:
    """Of the first letter that has one."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def _beyond(data: Any) -> bool:
    """Whether it has letters that the fonts which are always there lack, or have only as those of a typewriter."""
    if isinstance(data, str):
        return not data.isascii() and any(ord(letter) >= 0x0530 and letter.isalpha() for letter in data)
    inside: Sequence[Any] = list(data.values()) if isinstance(data, Mapping) else data if isinstance(data, list) else ()
    return any(_beyond(one) for one in inside)


def _without(data: Any, signs: set[str]) -> Any:
    if not signs:
        return data
    if isinstance(data, str):
        return " ".join("".join(one for one in data if one not in signs).split())
    if isinstance(data, Mapping):
        return {name: _without(value, signs) for name, value in data.items()}
    return [_without(one, signs) for one in data] if isinstance(data, list | tuple) else data


@cache
def _template() -> str:
    return files("wallet_export").joinpath("certificate.typ").read_text(encoding="utf-8")
