"""A contact card that leads to a credential: vCard 4.0 (RFC 6350), and 3.0 (RFC 2426) for what reads nothing newer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

MEDIA_TYPE: Final = "text/vcard; charset=utf-8"
Version = Literal["4.0", "3.0"]
VERSIONS: Final[tuple[Version, ...]] = ("4.0", "3.0")

_LINE = 75  # octets, without the line's end (RFC 6350, section 3.2)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Contact:
    """Whose card it is, the credential's id and address, and what is said about it. written: aware."""

    name: str
    credential_id: UUID
    url: str
    note: str
    written: datetime

    def vcard(self, version: Version) -> bytes:
        """The card. A name is not taken apart: which of its words is the family's, nobody said."""
        written = self.written.astimezone(UTC)
        uid = f"urn:uuid:{self.credential_id}"
        lines = ["BEGIN:VCARD", f"VERSION:{version}", f"FN:{_text(self.name)}"]
        if version == "4.0":
            lines += ["KIND:individual", f"UID:{uid}", f"REV:{written:%Y%m%dT%H%M%SZ}"]
        else:  # which requires N, and knows no KIND
            lines += [f"N:{_text(self.name)};;;;", f"UID:{uid}", f"REV:{written:%Y-%m-%dT%H:%M:%SZ}"]
        lines += [f"URL:{self.url}", f"NOTE:{_text(self.note)}", "END:VCARD"]
        return b"".join(_folded(line) for line in lines)


def _text(value: str) -> str:
    """A text value (RFC 6350, section 3.4); `;` is escaped too, as 3.0 wants it and 4.0 allows it."""
    plain = _CONTROL.sub("", value.replace("\r\n", "\n"))
    for sign in "\\;,":
        plain = plain.replace(sign, "\\" + sign)
    return plain.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line in octets, folded between characters, with its end."""
    parts, part = [], b""
    for letter in line:
        octets = letter.encode()
        if len(part) + len(octets) > _LINE:
            parts.append(part)
            part = b" "
        part += octets
    return b"\r\n".join([*parts, part]) + b"\r\n"
