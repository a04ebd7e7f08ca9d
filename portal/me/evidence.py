"""Evidence in a form: links as they were typed, and of files the name and the SHA-256, which is all that is kept.

A form that is refused keeps the files too: what is known of them comes back in a hidden field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from starlette.datastructures import FormData, UploadFile

from credentials.sentence import sentence
from issuer.assessment.rules import EvidenceKind, EvidenceRule
from issuer.awards import Evidence
from issuer.plain_text import web_address
from portal.forms import FieldFault, Form

MORE: Final = 2
"""Links beyond what the level asks for."""
_KEPT = re.compile(r"([0-9a-f]{64}) (.{1,200})")


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in, and what is wrong with it. `files` are the values of the hidden fields, by their names."""

    evidence: tuple[Evidence, ...]
    faults: tuple[FieldFault, ...]
    files: dict[str, str]


def link_field(rule: EvidenceRule) -> str:
    """The name of the field for a link."""
    return f"link-{rule.id}"


def file_field(rule: EvidenceRule) -> str:
    """The name of the field for a file; the hidden one is called `kept-` and the id."""
    return f"file-{rule.id}"


def files_of(data: FormData, rules: Sequence[EvidenceRule]) -> dict[str, str]:
    """The digests and names of the files that came with a form, or came with it before. Reads them: not in the loop."""
    found = {}
    for rule in rules:
        upload, kept = data.get(file_field(rule)), data.get(f"kept-{rule.id}")
        if isinstance(upload, UploadFile) and upload.filename:
            found[f"kept-{rule.id}"] = f"{_digest(upload)} {_plain(upload.filename)}"
        elif isinstance(kept, str) and _KEPT.fullmatch(kept):
            found[f"kept-{rule.id}"] = kept
    return found


def handed_in(form: Form, files: dict[str, str], rules: Sequence[EvidenceRule]) -> Handed:
    """The evidence of a form, and the faults that the level's rules and the web find in it."""
    evidence: list[Evidence] = []
    faults: list[FieldFault] = []
    for rule in rules:
        link, kept = form.value(link_field(rule)), _KEPT.fullmatch(files.get(f"kept-{rule.id}", ""))
        if link and (fault := _fault_of(link)) is not None:
            faults.append(FieldFault(link_field(rule), fault))
        elif link:
            evidence.append(Evidence(url=link, rule=rule.id))
        if kept is not None:
            evidence.append(Evidence(name=kept[2], sha256=kept[1], rule=rule.id))
        if rule.required and not link and kept is None:
            field = file_field(rule) if rule.kind is EvidenceKind.FILE else link_field(rule)
            if not form.fault(file_field(rule)):  # a file that was too large was chosen
                faults.append(FieldFault(field, sentence("The level asks for “{name}”: hand it in.", name=rule.name)))
    for number in range(1, MORE + 1):
        link, name = form.value(f"more-{number}"), form.value(f"more-{number}-name")
        if link and (fault := _fault_of(link)) is not None:
            faults.append(FieldFault(f"more-{number}", fault))
        elif link or name:
            evidence.append(Evidence(url=link or None, name=name or None))
    return Handed(tuple(evidence), tuple(faults), files)


def _digest(upload: UploadFile) -> str:
    digest = sha256()
    while part := upload.file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _fault_of(link: str) -> str | None:
    try:
        web_address(link)
    except ValueError:
        return sentence("This is no web address. Write it whole, like https://example.org/page.")
    return None


def _plain(name: str) -> str:
    """A file's name without its folders and without what no credential can say."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(one for one in last if one.isprintable()).strip()[:200] or "file"
