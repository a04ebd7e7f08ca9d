"""A file that came in a form: chosen, pasted, or come back with the page at which it was looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from fastapi import Request
from starlette.datastructures import UploadFile

from credentials.sentence import sentence
from portal.forms import FieldFault, Form, form_of
from portal.sign_in.sent_form import sent_form


@dataclass(frozen=True, slots=True)
class SentSheet:
    """The file as bytes and as text, and the form's other fields; `form` has a fault if there is no file."""

    data: bytes
    text: str
    form: Form

    @property
    def digest(self) -> str:
        """Of its text: a page holds it, so that what was looked at is what is done."""
        return digest_of(self.text)

    @property
    def seen(self) -> bool:
        """Whether it is the very one that the page showed."""
        return self.form.value("seen") == self.digest


def digest_of(text: str) -> str:
    """`SentSheet.digest` of a text."""
    return sha256(text.encode()).hexdigest()


async def sent_sheet(request: Request) -> SentSheet:
    """Read the field `file`, or, where none was chosen, `text`. Raises a 400, 413 or 415 problem."""
    data = await sent_form(request)
    pasted, upload = data.get("text"), data.get("file")
    form = form_of(data)
    others = {name: value for name, value in form.values.items() if name not in {"text", "csrf_token"}}
    form = replace(form, values=others, faults=tuple(one for one in form.faults if one.name != "text"))
    if isinstance(upload, UploadFile) and upload.filename:
        content = await upload.read()
        await data.close()
        text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").strip("\n")
        return SentSheet(content, text, form)
    text = pasted.replace("\r\n", "\n").strip("\n") if isinstance(pasted, str) else ""
    if not text.strip() and not form.fault("file"):
        form = form.refused(FieldFault("file", sentence("Choose a file, or paste its rows below.")))
    return SentSheet(text.encode(), text, form)
